"""deploy.sh: how it calls gcloud, in which order, and what it never shows."""

import re
import unittest

from bench import DIGEST, PROJECT, Checkout

SERVICES = ("predict-service", "plot-service", "frontend")
CALLER = f"serviceAccount:fortnight-frontend@{PROJECT}.iam.gserviceaccount.com"


def describe(service):
    return f"run services describe fortnight-{service}"


def first_release():
    """What the cloud answers before anything is deployed."""
    answers = {
        "artifacts docker images describe": f"registry/image{DIGEST}",
        "secrets versions list": "7",
        "projects describe": "42",
        "auth print-identity-token": "planted-identity",
        "curl": "200",
    }
    for service in SERVICES:
        address = f"https://{service.removesuffix('-service')}.example"
        answers[f"{describe(service)} --region us-central1"] = None
        answers[f"{describe(service)} --region us-central1 --format value(status.url)"] = address
        answers[f"{describe(service)} --region europe-west1 --format value(status.url)"] = address
    return answers


def later_release():
    """What it answers when release 1 serves and the candidate is deployed."""
    answers = first_release()
    for service in SERVICES:
        address = answers[f"{describe(service)} --region us-central1 --format value(status.url)"]
        answers[f"{describe(service)} --region us-central1"] = "{}"
        answers[f"{describe(service)} --region us-central1 --flatten"] = (
            f"100,,fortnight-{service}-00001-abc,\n,candidate,fortnight-{service}-00002-def,"
            f"{address.replace('https://', 'https://candidate---')}"
        )
        answers[f"{describe(service)} --region us-central1 --format value(status.latestReadyRevisionName)"] = (
            f"fortnight-{service}-00002-def"
        )
        answers[f"run services get-iam-policy fortnight-{service}"] = CALLER
        answers[f"run revisions list --service fortnight-{service}"] = (
            f"three,fortnight-{service}-00003-ghi\ntwo,fortnight-{service}-00002-def\n"
            f"two,fortnight-{service}-00004-again\none,fortnight-{service}-00001-abc"
        )
    return answers


def changes(calls):
    """The calls that change the traffic or ask the doctor, in order, without what is the same in all."""
    told = [call["call"] for call in calls]
    return [
        call.replace(" --region us-central1", "").replace("run services ", "").replace("fortnight-", "")
        for call in told
        if call.startswith(("run services replace", "run services update-traffic", "doctor", "sleep"))
    ]


def applied(calls):
    """Returns the files that were applied, by service."""
    texts = [text for call in calls if call["call"].startswith("run services replace") for text in call["files"]]
    return {re.search(r"name: fortnight-(\S+)", text).group(1): text for text in texts}


class Deploy(Checkout):
    def up(self, *arguments, **environment):
        done, calls = self.deploy("up", *arguments, **environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done, calls

    def test_a_dry_run_names_every_change_and_makes_none(self):
        done, calls = self.up("--dry-run")
        self.assertEqual(calls, [])
        for change in (
            "services enable",
            "artifacts repositories create",
            "set-cleanup-policies",
            "iam service-accounts create fortnight-frontend",
            "secrets create",
            "docker push",
            "run services replace",
            "set-iam-policy fortnight-predict-service",
            "--tag candidate",
            "LATEST=10",
            "--to-latest",
        ):
            self.assertIn(change, done.stdout)

    def test_only_the_frontend_may_call_the_private_services_and_everyone_the_frontend(self):
        self.answer(first_release())
        _, calls = self.up()
        policies = {call["call"].split()[3]: call["files"][0] for call in calls if "set-iam-policy" in call["call"]}
        self.assertEqual(set(policies), {"fortnight-predict-service", "fortnight-plot-service"})
        for policy in policies.values():
            self.assertIn(CALLER, policy)
            self.assertNotIn("allUsers", policy)
        files = applied(calls)
        for service in SERVICES:
            self.assertEqual("invoker-iam-disabled" in files[service], service == "frontend")

    def test_permissions_that_are_right_are_left_alone(self):
        self.answer(later_release())
        _, calls = self.up()
        self.assertFalse([call for call in calls if "set-iam-policy" in call["call"]])

    def test_the_frontend_is_told_the_addresses_of_the_others_which_stand_first(self):
        self.answer(first_release())
        _, calls = self.up()
        files = applied(calls)
        self.assertEqual(list(files), ["predict-service", "plot-service", "frontend"])
        self.assertIn("name: PREDICT_URL\n              value: https://predict.example\n", files["frontend"])
        self.assertIn("name: PLOT_URL\n              value: https://plot.example\n", files["frontend"])
        for text in files.values():
            self.assertIn(DIGEST, text)
            self.assertIn(f"release: {self.release}\n", text)
            self.assertNotIn("${", text)

    def test_the_frontend_knows_its_own_address(self):
        self.answer(first_release())
        _, calls = self.up(REGION="europe-west1")
        expected = "name: PUBLIC_URL\n              value: https://fortnight-frontend-42.europe-west1.run.app\n"
        self.assertIn(expected, applied(calls)["frontend"])
        _, calls = self.up(PUBLIC_URL="https://fortnight.example")
        self.assertIn("value: https://fortnight.example\n", applied(calls)["frontend"])

    def test_a_project_without_a_number_ends_the_deployment(self):
        self.answer({**first_release(), "projects describe": ""})
        done, _ = self.deploy("up")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no number for the project acme", done.stderr)

    def test_the_token_goes_through_a_pipe_and_its_version_is_pinned(self):
        self.answer(first_release())
        done, calls = self.up(EODHD_API_TOKEN="planted-token")
        added = [call for call in calls if call["call"].startswith("secrets versions add")]
        self.assertEqual([call["input"] for call in added], ["planted-token"])
        self.assertFalse([call for call in calls if "planted-token" in call["call"]])
        self.assertNotIn("planted-token", done.stdout + done.stderr)
        self.assertIn('key: "7"', applied(calls)["predict-service"])

    def test_without_a_token_predict_gets_none(self):
        self.answer({**first_release(), "secrets versions list": ""})
        _, calls = self.up()
        self.assertNotIn("EODHD_API_TOKEN", applied(calls)["predict-service"])

    def test_a_subnetwork_makes_the_private_services_internal(self):
        self.answer(first_release())
        _, calls = self.up()
        files = applied(calls)
        self.assertIn("run.googleapis.com/ingress: all", files["predict-service"])
        self.assertNotIn("vpc-access-egress", files["frontend"])
        _, calls = self.up(SUBNETWORK="inside")
        files = applied(calls)
        for private in ("predict-service", "plot-service"):
            self.assertIn("run.googleapis.com/ingress: internal\n", files[private])
        self.assertIn("vpc-access-egress: all-traffic", files["frontend"])
        self.assertIn('"subnetwork": "inside"', files["frontend"])
        self.assertNotIn("vpc-access-egress", files["predict-service"])

    def test_redis_is_reached_through_its_subnetwork(self):
        self.answer(first_release())
        _, calls = self.up()
        self.assertNotIn("REDIS_URL", applied(calls)["predict-service"])
        _, calls = self.up(REDIS_URL="redis://10.0.0.3:6379/?a=1&b=2", REDIS_SUBNETWORK="cache", PREDICT_MAX="4")
        predict = applied(calls)["predict-service"]
        self.assertIn('value: "redis://10.0.0.3:6379/?a=1&b=2"', predict)
        self.assertIn('"subnetwork": "cache"', predict)
        self.assertIn("vpc-access-egress: private-ranges-only", predict)
        self.assertIn('maxScale: "4"', predict)
        self.assertNotIn("vpc-access-egress", applied(calls)["frontend"])

    def test_what_is_there_is_not_made_again(self):
        self.answer(first_release())
        _, calls = self.up()
        self.assertFalse([call for call in calls if " create " in f" {call['call']} "])
        self.answer(
            {
                **first_release(),
                "artifacts repositories describe": None,
                "iam service-accounts describe": None,
                "secrets describe": None,
            }
        )
        _, calls = self.up()
        made = [call for call in calls if re.search(r"\bcreate\b", call["call"])]
        self.assertEqual(len(made), 5, made)

    def test_old_images_are_cleaned_up(self):
        self.answer(first_release())
        _, calls = self.up()
        policy = [call for call in calls if "set-cleanup-policies fortnight" in call["call"]]
        self.assertEqual(len(policy), 1)
        self.assertIn('"keepCount": 10', policy[0]["files"][0])
        self.assertIn("--no-dry-run", policy[0]["call"])

    def test_down_takes_all_away_but_the_secret(self):
        self.answer({"logging metrics describe": None, "run jobs describe": None})
        done, calls = self.deploy("down")
        self.assertEqual(done.returncode, 0, done.stderr)
        deleted = [call["call"] for call in calls if " delete" in call["call"]]
        self.assertEqual(len(deleted), 7, deleted)
        self.assertFalse([call for call in deleted if call.startswith("secrets")])
        _, calls = self.deploy("down", "--with-secret")
        self.assertTrue([call for call in calls if call["call"].startswith("secrets delete eodhd-api-token")])

    def test_without_a_bucket_there_is_no_night(self):
        self.answer(first_release())
        _, calls = self.up()
        self.assertFalse([call for call in calls if re.search("nightly|scheduler|storage", call["call"])])
        self.assertNotIn("STORE_URL", applied(calls)["frontend"])

    def test_a_bucket_brings_the_night(self):
        self.answer({**first_release(), "storage buckets describe": None, "scheduler jobs describe": None})
        (self.folder / "record.pem").write_text("planted-key")
        done, calls = self.up(STORE_BUCKET="acme-store", RECORD_KEY_FILE=str(self.folder / "record.pem"), SUBNETWORK="inside")
        told = [call["call"] for call in calls]
        self.assertFalse([call for call in told if "planted-key" in call])
        self.assertNotIn("planted-key", done.stdout + done.stderr)
        for expected in (
            "storage buckets create gs://acme-store --location us-central1 --uniform-bucket-level-access",
            f"--member serviceAccount:fortnight-nightly@{PROJECT}.iam.gserviceaccount.com --role roles/storage.objectUser",
            f"--member {CALLER} --role roles/storage.objectViewer",
            "run jobs add-iam-policy-binding fortnight-nightly",
            "scheduler jobs create http fortnight-nightly --location us-central1 --schedule 30 18 * * 1-5",
        ):
            self.assertTrue([call for call in told if expected in call], expected)
        job = next(text for call in calls if call["call"].startswith("run jobs replace") for text in call["files"])
        for expected in (
            "value: https://predict.example\n", "value: gs://acme-store\n", DIGEST, 'key: "7"', '"subnetwork": "inside"',
            f"release: {self.release}\n",
        ):
            self.assertIn(expected, job)
        self.assertIn("name: STORE_URL\n              value: gs://acme-store\n", applied(calls)["frontend"])
        policies = {call["call"].split()[3]: call["files"][0] for call in calls if "services set-iam-policy" in call["call"]}
        self.assertIn("fortnight-nightly@", policies["fortnight-predict-service"])
        self.assertNotIn("fortnight-nightly@", policies["fortnight-plot-service"])

    def test_a_night_without_a_key_ends_the_deployment(self):
        self.answer({**first_release(), "secrets versions list record-key": ""})
        done, calls = self.deploy("up", STORE_BUCKET="acme-store")
        self.assertEqual(done.returncode, 1)
        self.assertIn("openssl genpkey -algorithm ed25519", done.stderr)
        self.assertFalse([call for call in calls if call["call"].startswith("docker")])

    def test_down_takes_the_night_away_but_what_it_recorded(self):
        self.answer({"logging metrics describe": None})
        done, calls = self.deploy("down")
        deleted = [call["call"] for call in calls if " delete" in call["call"]]
        self.assertEqual(sum("nightly" in call for call in deleted), 3, deleted)
        self.assertFalse([call for call in deleted if "storage" in call or "record-key" in call])
        self.assertIn("the bucket with the store", done.stdout)

    def test_what_is_missing_or_misspelt_is_said(self):
        for arguments, environment, said in (
            (("up",), {"PROJECT": None}, "PROJECT is not set"),
            (("up",), {"EDGAR_CONTACT": None}, "EDGAR_CONTACT is not set"),
            (("up",), {"TAG": "V1.0"}, "TAG is `V1.0`; expected lower-case"),
            (("upp",), {}, "`upp` is unknown"),
            (("up", "now"), {}, "`now` is unknown"),
            ((), {}, "expected up, releases"),
        ):
            with self.subTest(said):
                done, calls = self.deploy(*arguments, **environment)
                self.assertEqual((done.returncode, calls), (1, []))
                self.assertIn(said, done.stderr)

    def test_changes_that_are_not_committed_are_refused_or_named(self):
        self.answer(first_release())
        (self.checkout / "deploy/README.md").write_text("changed")
        done, calls = self.deploy("up")
        self.assertEqual((done.returncode, calls), (1, []))
        self.assertIn("changes that are not committed", done.stderr)
        _, calls = self.up(DIRTY="1")
        self.assertIn(f"release: {self.release}-dirty\n", applied(calls)["frontend"])
        built = [call["call"] for call in calls if call["call"].startswith("docker build")]
        self.assertTrue(
            all("-dirty --build-arg CREATED" in call and f":{self.release}-dirty" in call for call in built)
        )


if __name__ == "__main__":
    unittest.main()

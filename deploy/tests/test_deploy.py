"""deploy.sh: how it calls gcloud, in which order, and what it never shows."""

import re
import unittest

from bench import DIGEST, PROJECT, Bench

UP = {
    "artifacts docker images describe": f"registry/image{DIGEST}",
    "secrets versions list": "7",
    "projects describe": "42",
    "run services describe fortnight-predict-service": "https://predict.example",
    "run services describe fortnight-plot-service": "https://plot.example",
    "run services describe fortnight-frontend": "https://frontend.example",
}


class Deploy(Bench):
    def up(self, *arguments, **environment):
        # The doctor has its own tests and would need a cloud; it runs last.
        done = self.run_script("deploy.sh", "up", *arguments, PROJECT=PROJECT, **environment)
        return done, self.calls()

    def applied(self, calls):
        """Returns the files that were applied, by service."""
        texts = [text for call in calls if call["call"].startswith("run services replace") for text in call["files"]]
        return {re.search(r"name: fortnight-(\S+)", text).group(1): text for text in texts}

    def test_a_dry_run_names_every_change_and_makes_none(self):
        done, calls = self.up("--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls, [])
        for change in (
            "services enable", "artifacts repositories create", "iam service-accounts create fortnight-frontend",
            "secrets create", "docker push", "run services replace", "set-iam-policy fortnight-predict-service",
        ):
            self.assertIn(change, done.stdout)

    def test_only_the_frontend_may_call_the_private_services_and_everyone_the_frontend(self):
        self.answer(UP)
        _, calls = self.up()
        policies = {
            call["call"].split()[3]: call["files"][0] for call in calls if "set-iam-policy" in call["call"]
        }
        caller = f"serviceAccount:fortnight-frontend@{PROJECT}.iam.gserviceaccount.com"
        self.assertEqual(set(policies), {"fortnight-predict-service", "fortnight-plot-service", "fortnight-frontend"})
        for private in ("fortnight-predict-service", "fortnight-plot-service"):
            self.assertIn(caller, policies[private])
            self.assertNotIn("allUsers", policies[private])
        self.assertIn("allUsers", policies["fortnight-frontend"])

    def test_the_frontend_is_told_the_addresses_of_the_others_which_stand_first(self):
        self.answer(UP)
        _, calls = self.up()
        files = self.applied(calls)
        self.assertEqual(list(files), ["predict-service", "plot-service", "frontend"])
        self.assertIn("name: PREDICT_URL\n              value: https://predict.example\n", files["frontend"])
        self.assertIn("name: PLOT_URL\n              value: https://plot.example\n", files["frontend"])
        for text in files.values():
            self.assertIn(DIGEST, text)
            self.assertNotIn("${", text)

    def test_the_frontend_knows_its_own_address(self):
        self.answer(UP)
        _, calls = self.up(REGION="europe-west1")
        expected = "name: PUBLIC_URL\n              value: https://fortnight-frontend-42.europe-west1.run.app\n"
        self.assertIn(expected, self.applied(calls)["frontend"])

        (self.folder / "calls.jsonl").unlink()
        _, calls = self.up(PUBLIC_URL="https://fortnight.example")
        self.assertIn("value: https://fortnight.example\n", self.applied(calls)["frontend"])

    def test_a_project_without_a_number_ends_the_deployment(self):
        self.answer({**UP, "projects describe": ""})
        done, _ = self.up()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no number for the project acme", done.stderr)

    def test_the_token_goes_through_a_pipe_and_its_version_is_pinned(self):
        self.answer(UP)
        done, calls = self.up(EODHD_API_TOKEN="planted-token")
        added = [call for call in calls if call["call"].startswith("secrets versions add")]
        self.assertEqual([call["input"] for call in added], ["planted-token"])
        self.assertFalse([call for call in calls if "planted-token" in call["call"]])
        self.assertNotIn("planted-token", done.stdout + done.stderr)
        self.assertIn('key: "7"', self.applied(calls)["predict-service"])

    def test_without_a_token_predict_gets_none(self):
        self.answer({**UP, "secrets versions list": ""})
        _, calls = self.up()
        self.assertNotIn("EODHD_API_TOKEN", self.applied(calls)["predict-service"])

    def test_a_subnetwork_makes_the_private_services_internal(self):
        self.answer(UP)
        _, calls = self.up()
        files = self.applied(calls)
        self.assertIn("run.googleapis.com/ingress: all", files["predict-service"])
        self.assertNotIn("vpc-access-egress", files["frontend"])

        (self.folder / "calls.jsonl").unlink()
        _, calls = self.up(SUBNETWORK="inside")
        files = self.applied(calls)
        for private in ("predict-service", "plot-service"):
            self.assertIn("run.googleapis.com/ingress: internal\n", files[private])
        self.assertIn("vpc-access-egress: all-traffic", files["frontend"])
        self.assertIn('"subnetwork": "inside"', files["frontend"])

    def test_what_is_there_is_not_made_again(self):
        self.answer(UP)
        _, calls = self.up()
        self.assertFalse([call for call in calls if " create " in f" {call['call']} "])
        self.answer({
            **UP, "artifacts repositories describe": None, "iam service-accounts describe": None,
            "secrets describe": None,
        })
        (self.folder / "calls.jsonl").unlink()
        _, calls = self.up()
        made = [call for call in calls if re.search(r"\bcreate\b", call["call"])]
        self.assertEqual(len(made), 5, made)

    def test_down_takes_all_away_but_the_secret(self):
        done = self.run_script("deploy.sh", "down", PROJECT=PROJECT)
        self.assertEqual(done.returncode, 0, done.stderr)
        deleted = [call["call"] for call in self.calls() if " delete" in call["call"]]
        self.assertEqual(len(deleted), 7, deleted)
        self.assertFalse([call for call in deleted if call.startswith("secrets")])
        self.run_script("deploy.sh", "down", "--with-secret", PROJECT=PROJECT)
        self.assertTrue([call for call in self.calls() if call["call"].startswith("secrets delete eodhd-api-token")])

    def test_what_is_missing_or_misspelt_is_said(self):
        self.assertIn("PROJECT is not set", self.run_script("deploy.sh", "up").stderr)
        done = self.run_script("deploy.sh", "upp", PROJECT=PROJECT)
        self.assertEqual(done.returncode, 1)
        self.assertIn("`upp` is unknown", done.stderr)


if __name__ == "__main__":
    unittest.main()

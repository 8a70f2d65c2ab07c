"""The doctor accepts a sound deployment and finds each planted misconfiguration, by its name and no other."""

import contextlib
import importlib.machinery
import importlib.util
import io
import re
import sys
import unittest
from unittest import mock

from bench import DEPLOY, PROJECT, Bench
from sound import Deployment, Visited, WithNight, account, annotations, container, revision

INGRESS = "run.googleapis.com/ingress"
BALANCER = "internal-and-cloud-load-balancing"


def token_reference(cloud):
    return next(entry for entry in container(cloud.predict)["env"] if entry["name"] == "EODHD_API_TOKEN")


def traffic_to_the_old_revision(cloud):
    cloud.predict["status"]["traffic"] = [{"revisionName": revision("predict-service", 1), "percent": 100}]


def in_another_region(cloud):
    cloud.answers["run services describe fortnight-plot-service"] = None
    cloud.answers["run services list"] = [
        {"metadata": {"labels": {"cloud.googleapis.com/location": "europe-west1"}}},
    ]


def without_a_token(cloud):
    cloud.unset(cloud.predict, "EODHD_API_TOKEN")


def redis_without_egress(cloud):
    cloud.set(cloud.predict, "REDIS_URL", "redis://10.0.0.3:6379")


def redis_with_tls(cloud):
    cloud.set(cloud.predict, "REDIS_URL", "rediss://10.0.0.3:6378")
    annotations(cloud.predict)["run.googleapis.com/network-interfaces"] = '[{"subnetwork": "inside"}]'


def open_to_everyone(cloud):
    cloud.answers["run services get-iam-policy fortnight-plot-service"]["bindings"][0]["members"].append("allUsers")


def set_to(service, variable, value):
    return lambda cloud: cloud.set(getattr(cloud, service), variable, value)


def unset(service, variable):
    return lambda cloud: cloud.unset(getattr(cloud, service), variable)


def scaled(service, least, most):
    def plant(cloud):
        scale = annotations(getattr(cloud, service))
        scale["autoscaling.knative.dev/minScale"] = str(least)
        if most is None:
            del scale["autoscaling.knative.dev/maxScale"]
        else:
            scale["autoscaling.knative.dev/maxScale"] = str(most)

    return plant


def changed(service, **fields):
    return lambda cloud: container(getattr(cloud, service)).update(fields)


def answered(call, answer):
    return lambda cloud: cloud.answers.update({call: answer})


def on_service(service, annotation, value):
    return lambda cloud: getattr(cloud, service)["metadata"]["annotations"].update({annotation: value})


def spec(service, **fields):
    return lambda cloud: getattr(cloud, service)["spec"]["template"]["spec"].update(fields)


def limits(service, **amounts):
    return changed(service, resources={"limits": {"cpu": "1", "memory": "256Mi", **amounts}})


# What is planted, the name the doctor must give it, and words of the explanation or of the fix.
PLANTED = [
    ("the service is not there", answered("run services describe fortnight-plot-service", None),
     "missing-service", "deploy.sh up"),
    ("the service is in another region", in_another_region, "wrong-region", "europe-west1"),
    ("the newest revision does not start",
     lambda cloud: cloud.predict["status"].update(conditions=[{"type": "Ready", "status": "False", "message": "no memory"}]),
     "not-ready", "no memory"),
    ("requests go to an old revision", traffic_to_the_old_revision, "traffic-pinned", "--to-latest"),
    ("an account shared with others", spec("predict", serviceAccountName="1-compute@developer.gserviceaccount.com"),
     "shared-account", "1-compute@developer"),
    ("an image that can change under its name", changed("predict", image="registry/predict-service:latest"),
     "image-not-pinned", "by digest"),
    ("a probe on a reserved path", changed("predict", startupProbe={"httpGet": {"path": "/healthz"}}),
     "reserved-probe-path", "use /health"),
    ("no probe", changed("plot", livenessProbe={}), "no-probe", "add one on /health"),
    ("another port", changed("predict", args=["--port", "9000"]), "wrong-port", "9000"),
    ("half a CPU", limits("frontend", cpu="500m"), "fractional-cpu", "one request at a time"),
    ("too little memory", limits("predict", memory="128Mi"), "low-memory", "256Mi"),
    ("traces without CPU between requests", set_to("predict", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://10.0.0.9:4318"),
     "background-throttled", "cpu-throttling"),
    ("no limit of instances", scaled("frontend", 0, None), "no-max-instances", "limits the bill"),
    ("more at least than at most", scaled("plot", 5, 4), "min-above-max", "at least 5"),
    ("budgets of several instances", scaled("predict", 0, 3), "budgets-not-shared", "REDIS_URL"),
    ("a number that is none", set_to("frontend", "PREDICT_DEADLINE_MS", "10s"), "not-a-number", "PREDICT_DEADLINE_MS=10000"),
    ("a misspelled variable", set_to("plot", "QUEUE_LENGHT", "100"), "unknown-setting", "QUEUE_LENGHT"),
    ("no public address", unset("frontend", "PUBLIC_URL"), "no-public-url", "set PUBLIC_URL"),
    ("a public address without a scheme", set_to("frontend", "PUBLIC_URL", "fortnight.example"),
     "bad-public-url", "not an https address"),
    ("a private service open to everyone", open_to_everyone, "public-private-service",
     "remove-iam-policy-binding fortnight-plot-service"),
    ("a private service that checks no one", on_service("predict", "run.googleapis.com/invoker-iam-disabled", "true"),
     "invoker-check-off", "--invoker-iam-check"),
    ("a page closed to visitors", answered("run services get-iam-policy fortnight-frontend", {}),
     "not-public", "--no-invoker-iam-check"),
    ("a frontend that may not call", answered("run services get-iam-policy fortnight-predict-service", {}),
     "no-invoker", f"--member serviceAccount:{account('frontend')}"),
    ("another service's address", set_to("frontend", "PREDICT_URL", "https://old.example"), "wrong-address", "set PREDICT_URL="),
    ("an audience with a path", set_to("frontend", "PLOT_AUDIENCE", "https://plot.example/plot"),
     "wrong-audience", "unset PLOT_AUDIENCE"),
    ("internal without a VPC", on_service("predict", INGRESS, "internal"), "internal-without-vpc", "SUBNETWORK"),
    ("an ingress that keeps visitors out", on_service("frontend", INGRESS, "internal"), "ingress", "to all"),
    ("a balancer that can be bypassed", set_to("frontend", "CLIENT_ADDRESS_HOPS", "2"), "balancer-bypassed", BALANCER),
    ("all visitors counted as one", set_to("frontend", "CLIENT_ADDRESS_HOPS", "0"), "visitors-as-one",
     "CLIENT_ADDRESS_HOPS=1"),
    ("a limit for the frontend", set_to("predict", "CLIENT_RATE_PER_SECOND", "50"), "frontend-limited", "unset it"),
    ("a token in plain text", set_to("predict", "EODHD_API_TOKEN", "planted-token"), "plain-text-secret", "Secret Manager"),
    ("a password in plain text", set_to("frontend", "PREDICT_ID_TOKEN", "planted-token"), "plain-text-secret", "secretKeyRef"),
    ("a token that is not used", without_a_token, "token-not-used", "has a token"),
    ("a floating version", lambda cloud: (
        token_reference(cloud)["valueFrom"]["secretKeyRef"].update(key="latest"),
        cloud.answers.update({"secrets versions describe latest": {"state": "ENABLED"}}),
    ), "secret-not-pinned", "pin a number"),
    ("a secret that is not there", answered("secrets versions describe 3", None), "secret-missing", "version 3"),
    ("a disabled version", answered("secrets versions describe 3", {"state": "DISABLED"}), "secret-disabled", "enable 3"),
    ("a secret its service may not read", answered("secrets get-iam-policy", {}), "secret-unreadable", "secretAccessor"),
    ("no contact for the SEC", unset("predict", "EDGAR_CONTACT"), "no-edgar-contact", "EDGAR_CONTACT="),
    ("Redis without egress", redis_without_egress, "redis-without-egress", "REDIS_SUBNETWORK"),
    ("Redis with TLS", redis_with_tls, "redis-tls", "not built in"),
    ("a cache in memory", set_to("predict", "CACHE_DIR", "/tmp"), "cache-in-memory", "REDIS_URL"),
    ("a fixed day", set_to("predict", "NOW", "2024-03-08T22:00:00Z"), "fixed-time", "unset it"),
    ("logs as text", set_to("plot", "LOG_FORMAT", "text"), "text-logs", "LOG_FORMAT=json"),
    ("a stop that takes too long", set_to("plot", "SHUTDOWN_GRACE_MS", "20000"), "slow-stop", "20 s"),
    ("deadlines that are not nested", set_to("predict", "REQUEST_DEADLINE_MS", "20000"), "deadlines", "predict's deadline 20 s"),
]


def load_doctor():
    loader = importlib.machinery.SourceFileLoader("doctor", str(DEPLOY / "doctor"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("doctor", loader))
    with mock.patch.object(sys, "path", [str(DEPLOY), *sys.path]):
        loader.exec_module(module)
    return module


DOCTOR = load_doctor()


def of_task(change):
    return lambda cloud: change(cloud.task, cloud.task["containers"][0])


def with_variable(variable, value):
    def plant(_, found):
        next(entry for entry in found["env"] if entry["name"] == variable)["value"] = value

    return of_task(plant)


def not_invited(cloud):
    cloud.answers["run services get-iam-policy fortnight-predict-service"]["bindings"][0]["members"].pop()


def failed(cloud):
    cloud.job["status"]["latestCreatedExecution"]["completionStatus"] = "EXECUTION_FAILED"


PLANTED_IN_THE_JOB = [
    (answered("run jobs describe", None), "missing-job", "STORE_BUCKET=acme-store"),
    (of_task(lambda task, _: task.update(serviceAccountName="shared@acme")), "shared-account", "shared@acme"),
    (of_task(lambda _, found: found.update(image="registry/nightly:latest")), "image-not-pinned", "by digest"),
    (of_task(lambda _, found: found["env"].pop()), "no-record-key", "RECORD_KEY_FILE"),
    (with_variable("STORE_URL", "gs://other"), "other-store", "gs://other"),
    (with_variable("PREDICT_URL", "https://other.example"), "wrong-address", "other.example"),
    (not_invited, "night-refused", "may not invoke predict-service"),
    (answered("scheduler jobs describe", None), "no-schedule", "not there"),
    (answered("scheduler jobs describe", {"state": "PAUSED"}), "no-schedule", "resume"),
    (failed, "night-failed", "continues where it stopped"),
]


class Doctor(Bench):
    def setUp(self):
        super().setUp()
        self.page = Visited(lambda path: 200)
        self.closed = Visited(lambda path: 403)
        self.addCleanup(self.page.close)
        self.addCleanup(self.closed.close)
        self.cloud = self.deployment()

    def deployment(self):
        return Deployment(self.page.url, self.closed.url)

    def diagnose(self, cloud=None, *arguments):
        """Runs the doctor in this process, which is much quicker than a process for each question to gcloud."""
        answers = (cloud or self.cloud).answers

        def ask(_, *question):
            known = [beginning for beginning in answers if " ".join(question).startswith(beginning)]
            found = answers[max(known, key=len)] if known else {}
            return (None, "NOT_FOUND") if found is None else (found, "")

        printed = io.StringIO()
        with (
            mock.patch.object(DOCTOR.Cloud, "ask", ask),
            mock.patch.object(sys, "argv", ["doctor", "--project", PROJECT, *arguments]),
            contextlib.redirect_stdout(printed),
        ):
            status = DOCTOR.main()
        return status, printed.getvalue()

    def finds(self, cloud, name, words, *arguments):
        """The doctor reports this problem and no other."""
        status, text = self.diagnose(cloud, *arguments)
        self.assertEqual(set(re.findall(r"WRONG  ([a-z-]+):", text)), {name}, text)
        self.assertEqual(status, 1)
        problem = text.split("WRONG", 1)[1]
        self.assertIn(words, problem)
        self.assertIn("fix: ", problem)
        return text

    def test_each_planted_misconfiguration_is_found_by_name(self):
        for what, plant, name, words in PLANTED:
            with self.subTest(what):
                cloud = self.deployment()
                plant(cloud)
                self.assertNotIn("planted-token", self.finds(cloud, name, words))

    def test_every_name_is_planted_somewhere(self):
        code = "".join(path.read_text() for path in [DEPLOY / "doctor", *(DEPLOY / "diagnosis").glob("*.py")])
        named = set(re.findall(r'\b(?:check|bad)\(\s*"([a-z-]+)"', code))
        tested_below = {"answers-strangers", "missing-tag", "page-fails"}
        planted = {name for _, _, name, _ in PLANTED} | {name for _, name, _ in PLANTED_IN_THE_JOB}
        self.assertEqual(planted | tested_below, named)
        self.assertGreater(len(named), 40)

    def test_a_sound_deployment_is_called_sound_and_left_alone(self):
        self.answer(self.cloud.answers)
        done = self.run_script(DEPLOY / "doctor", "--project", PROJECT)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("no problems found", done.stdout)
        for call in self.calls():
            self.assertRegex(call["call"], r"^(run (services|jobs)|secrets( versions)?) (describe|get-iam-policy) ")

    def test_a_night_is_checked_too(self):
        def of_job(plant):
            cloud = WithNight(self.page.url, self.closed.url)
            plant(cloud)
            return cloud

        status, text = self.diagnose(of_job(lambda cloud: None))
        self.assertEqual(status, 0, text)
        self.assertIn("it starts at 30 18 * * 1-5", text)

        for plant, name, words in PLANTED_IN_THE_JOB:
            with self.subTest(name):
                self.finds(of_job(plant), name, words)

    def test_what_is_right_in_other_ways_is_not_reported(self):
        for what, plant in [
            ("internal through a VPC", lambda cloud: (
                on_service("predict", INGRESS, "internal")(cloud),
                annotations(cloud.frontend).update({"run.googleapis.com/vpc-access-egress": "all-traffic"}),
            )),
            ("public without allUsers", lambda cloud: (
                on_service("frontend", "run.googleapis.com/invoker-iam-disabled", "true")(cloud),
                cloud.answers.update({"run services get-iam-policy fortnight-frontend": {}}),
            )),
            ("several instances with Redis", lambda cloud: (
                scaled("predict", 0, 3)(cloud), redis_without_egress(cloud),
                annotations(cloud.predict).update({"run.googleapis.com/network-interfaces": "[]"}),
            )),
            ("no token anywhere", lambda cloud: (
                without_a_token(cloud), cloud.answers.update({"secrets versions list": []}),
            )),
            ("traces with CPU", lambda cloud: (
                cloud.set(cloud.predict, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://10.0.0.9:4318"),
                annotations(cloud.predict).update({"run.googleapis.com/cpu-throttling": "false"}),
            )),
            ("no limit per visitor", unset("frontend", "CLIENT_RATE_PER_SECOND")),
        ]:
            with self.subTest(what):
                cloud = self.deployment()
                plant(cloud)
                status, text = self.diagnose(cloud)
                self.assertEqual(status, 0, text)

    def test_behind_a_balancer_the_public_address_is_visited(self):
        self.cloud.set(self.cloud.frontend, "CLIENT_ADDRESS_HOPS", "2")
        on_service("frontend", INGRESS, BALANCER)(self.cloud)
        visited = []
        with mock.patch("diagnosis.visitor.visit", lambda url: (visited.append(url), (200, 0.1))[1]):
            status, text = self.diagnose()
        self.assertEqual(status, 0, text)
        self.assertEqual({url.split("/")[2] for url in visited}, {"fortnight.example"})

    def test_a_private_service_that_answers_strangers(self):
        door = Visited(lambda path: 200)
        self.addCleanup(door.close)
        self.cloud.plot["status"]["url"] = door.url
        self.cloud.set(self.cloud.frontend, "PLOT_URL", door.url)
        self.finds(self.cloud, "answers-strangers", "answered with 200")

    def test_a_page_whose_answers_fail(self):
        for path, name in (("/health", "page-fails"), ("forecast.json", "forecast-fails"), ("plot.png", "picture-fails")):
            page = Visited(lambda asked, path=path: 502 if path in asked else 200)
            self.addCleanup(page.close)
            self.cloud.frontend["status"]["url"] = page.url
            self.finds(self.cloud, name, "502")

    def test_a_tag_is_visited_in_place_of_the_page(self):
        candidate = Visited(lambda path: 502 if "plot.png" in path else 200)
        self.addCleanup(candidate.close)
        self.finds(self.cloud, "missing-tag", "no revision has the tag candidate", "--tag", "candidate")
        self.cloud.frontend["status"]["traffic"] = [
            {"revisionName": revision("frontend", 1), "percent": 100}, {"tag": "candidate", "url": candidate.url},
        ]
        self.finds(self.cloud, "picture-fails", "502", "--tag", "candidate")
        candidate.close()
        self.assertEqual(self.diagnose()[0], 1, "without the tag, it reports that an old revision serves")


if __name__ == "__main__":
    unittest.main()

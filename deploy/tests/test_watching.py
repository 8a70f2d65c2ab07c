"""Dashboard, alerts and log-based metrics: both ways take the same files, which the APIs know and our logs fit."""

import json
import re
import shutil
import subprocess
import unittest

from bench import DEPLOY, Checkout

FOLDER = DEPLOY / "monitoring"
ROOT = DEPLOY.parent
# Runs in gcloud's own Python: reads each file as gcloud does, and reports what the API does not know.
SCHEMA_CHECK = """
import json, os, sys
sys.path[:0] = [os.path.join(sys.argv[1], "lib"), os.path.join(sys.argv[1], "lib", "third_party")]
from apitools.base.py import encoding
from googlecloudsdk.generated_clients.apis.logging.v2 import logging_v2_messages as logging
from googlecloudsdk.generated_clients.apis.monitoring.v1 import monitoring_v1_messages as dashboards
from googlecloudsdk.generated_clients.apis.monitoring.v3 import monitoring_v3_messages as monitoring
kinds = {"metrics": logging.LogMetric, "alerts": monitoring.AlertPolicy, "monitoring": dashboards.Dashboard}
unknown = []
for path in sys.argv[2:]:
    message = encoding.PyValueToMessage(kinds[path.split("/")[-2]], json.load(open(path)))
    unknown += [f"{path}: {edges} {names}" for edges, names in encoding.UnrecognizedFieldIter(message)]
print(json.dumps(unknown))
"""


def files(folder):
    return sorted((FOLDER / folder).glob("*.json"))


def read(path):
    return json.loads(path.read_text())


def queries():
    """Returns every query of the alerts and the dashboard."""
    alerts = [
        condition["conditionPrometheusQueryLanguage"]["query"]
        for path in files("alerts") for condition in read(path)["conditions"]
    ]
    panels = [
        data["timeSeriesQuery"]["prometheusQuery"]
        for tile in read(FOLDER / "dashboard.json")["mosaicLayout"]["tiles"]
        for data in tile["widget"]["xyChart"]["dataSets"]
    ]
    return alerts + panels


def sources():
    """Returns the code of what runs, without its tests."""
    folders = (
        "crates/service-runtime/src", "crates/feature-sources/src", "crates/nightly/src",
        "predict-service/src", "frontend/src", "plot-service/src",
    )
    return "".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.rs"))


class Files(unittest.TestCase):
    def test_the_apis_know_every_field(self):
        if not shutil.which("gcloud"):
            self.skipTest("gcloud is not installed: the files were NOT checked against its schema")
        fields = "value(installation.sdk_root,basic.python_location)"
        root, python = subprocess.run(
            ["gcloud", "info", "--format", fields], capture_output=True, text=True, check=True
        ).stdout.split()
        paths = [*files("metrics"), *files("alerts"), FOLDER / "dashboard.json"]
        self.assertGreater(len(paths), 15)
        done = subprocess.run([python, "-c", SCHEMA_CHECK, root, *map(str, paths)], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "[]"), done.stderr)

    def test_queries_are_promql(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian: prometheus): the queries were NOT parsed")
        rules = {"groups": [{"name": "all", "rules": [
            {"record": f"query:{number}", "expr": query} for number, query in enumerate(queries())
        ]}]}
        # JSON is YAML too.
        done = subprocess.run(
            ["promtool", "check", "rules", "/dev/stdin"], input=json.dumps(rules), capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_queries_ask_for_metrics_that_are_made(self):
        made = {path.stem for path in files("metrics")}
        asked = set(re.findall(r"logging_googleapis_com:user_(\w+)", " ".join(queries())))
        self.assertLessEqual(asked, made)
        labels = {path.stem: set(read(path).get("labelExtractors", {})) for path in files("metrics")}
        for query in queries():
            for name, given in re.findall(r"user_(\w+)\{[^}]*?(route|status)=", query):
                self.assertIn(given, labels[name])

    def test_log_filters_fit_what_the_services_log(self):
        code = sources()
        for path in files("metrics"):
            metric = read(path)
            for message in re.findall(r'jsonPayload\.message[=:]"([^"]+)"', metric["filter"]):
                self.assertIn(message, code, path.name)
            for reason in re.findall(r'jsonPayload\.reason:"([^"]+)"', metric["filter"]):
                self.assertIn(reason, code, path.name)
            for extractor in metric.get("labelExtractors", {}).values():
                field = re.fullmatch(r"EXTRACT\((?:jsonPayload\.)?([\w.]+)\)", extractor).group(1)
                self.assertIn(field, code, path.name)
            labels = {label["key"] for label in metric["metricDescriptor"].get("labels", [])}
            self.assertEqual(labels, set(metric.get("labelExtractors", {})), path.name)

    def test_every_alert_says_what_to_do(self):
        names = [read(path)["displayName"] for path in files("alerts")]
        self.assertEqual(len(names), len(set(names)))
        for path in files("alerts"):
            self.assertGreater(len(read(path)["documentation"]["content"]), 80, path.name)

    def test_terraform_takes_the_same_files(self):
        text = (DEPLOY / "terraform/watching.tf").read_text()
        for part in ("metrics", "alerts"):
            self.assertIn(f'fileset("${{local.folder}}/{part}", "*.json")', text)
        self.assertIn('file("${local.folder}/dashboard.json")', text)
        script = (DEPLOY / "steps/watching.sh").read_text()
        for flag, setting in (("--path /health", 'path         = "/health"'), ("--period 5 ", '"300s"'), ("--timeout 10", '"10s"')):
            self.assertIn(flag, script)
            self.assertIn(setting, text)


class Watch(Checkout):
    def test_everything_is_made_once_and_then_updated(self):
        channel = "projects/acme/notificationChannels/1"
        self.answer({
            "projects describe": "42", "logging metrics describe": None,
            "beta monitoring channels list": {"in turn": ["", channel]},
            "monitoring uptime list-configs": "", "alpha monitoring policies list": "", "monitoring dashboards list": "",
        })
        done, calls = self.deploy("watch", NOTIFY_EMAIL="jane@example.com")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = [call["call"] for call in calls]

        def count(beginning):
            return len([call for call in told if call.startswith(beginning)])

        self.assertEqual(count("beta monitoring channels create"), 1)
        self.assertEqual(count("logging metrics create"), len(files("metrics")))
        self.assertEqual(count("alpha monitoring policies create"), len(files("alerts")))
        self.assertEqual((count("monitoring uptime create"), count("monitoring dashboards create")), (1, 1))
        host = "fortnight-frontend-42.us-central1.run.app"
        self.assertTrue([call for call in told if "monitoring uptime create" in call and f"host={host}," in call])
        policies = [call for call in calls if call["call"].startswith("alpha monitoring policies create")]
        for policy in policies:
            self.assertIn(f"--notification-channels {channel}", policy["call"])
            self.assertNotIn("${HOST}", policy["files"][0])
        self.assertTrue([policy for policy in policies if f'host=\\"{host}\\"' in policy["files"][0]])

        self.answer({
            "projects describe": "42", "logging metrics describe": "{}", "beta monitoring channels list": channel,
            "monitoring uptime list-configs": "projects/acme/uptimeCheckConfigs/2",
            "alpha monitoring policies list": "projects/acme/alertPolicies/3",
            "monitoring dashboards list": "projects/42/dashboards/4", "monitoring dashboards describe": "planted-etag",
        })
        done, calls = self.deploy("watch", NOTIFY_EMAIL="jane@example.com")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse([call for call in calls if " create" in call["call"]])
        updated = [call for call in calls if call["call"].startswith("monitoring dashboards update projects/42/dashboards/4")]
        self.assertEqual(json.loads(updated[0]["files"][0])["etag"], "planted-etag")

        _, calls = self.deploy("down")
        for gone in ("policies delete projects/acme/alertPolicies/3", "uptime delete projects/acme/uptimeCheckConfigs/2",
                     "dashboards delete projects/42/dashboards/4", "logging metrics delete fortnight_bugs"):
            self.assertTrue([call for call in calls if gone in call["call"]], gone)

    def test_nobody_to_tell_is_said(self):
        done, calls = self.deploy("watch")
        self.assertEqual((done.returncode, calls), (1, []))
        self.assertIn("NOTIFY_EMAIL is not set", done.stderr)


if __name__ == "__main__":
    unittest.main()

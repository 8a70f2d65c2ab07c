"""Checks the Knative files against gcloud's schema, the format of the Terraform files, and that both agree."""

import json
import re
import shutil
import subprocess
import unittest

from bench import DEPLOY

SERVICES = ("frontend", "predict-service", "plot-service")
VALUES = {
    "PROJECT": "acme", "REGION": "us-central1", "IMAGE": "registry/image@sha256:" + "a" * 64, "MIN_INSTANCES": "0",
    "MAX_INSTANCES": "4", "PRIVATE_INGRESS": "internal", "TOKEN_VERSION": "1", "SUBNETWORK": "inside",
    "PREDICT_URL": "https://predict.example", "PLOT_URL": "https://plot.example",
    "PUBLIC_URL": "https://fortnight.example",
}
# Runs in gcloud's own Python: reads YAML as `gcloud run services replace` does, and reports what the API does not know.
SCHEMA_CHECK = """
import json, os, sys
sys.path[:0] = [os.path.join(sys.argv[1], "lib"), os.path.join(sys.argv[1], "lib", "third_party")]
from apitools.base.py import encoding
from googlecloudsdk.core import yaml
from googlecloudsdk.generated_clients.apis.run.v1 import run_v1_messages as messages
service = yaml.load(sys.stdin.read())
message = encoding.PyValueToMessage(messages.Service, service)
unknown = ["/".join(map(str, edges)) + ": " + ", ".join(names) for edges, names in encoding.UnrecognizedFieldIter(message)]
print(json.dumps({"unknown": unknown, "service": json.loads(encoding.MessageToJson(message))}))
"""


def filled_in(service):
    text = (DEPLOY / "knative" / f"{service}.yaml").read_text()
    for name, value in VALUES.items():
        text = text.replace(f"${{{name}}}", value)
    return text.split("\n", 1)[1]


def terraform(name):
    return (DEPLOY / "terraform" / name).read_text()


class Schema(unittest.TestCase):
    """Against the messages of the Cloud Run API that gcloud itself fills."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("gcloud"):
            raise unittest.SkipTest("gcloud is not installed: the Knative files were NOT checked against its schema")
        fields = "value(installation.sdk_root,basic.python_location)"
        done = subprocess.run(["gcloud", "info", "--format", fields], capture_output=True, text=True, check=True)
        cls.root, cls.python = done.stdout.split()

    def read(self, text):
        done = subprocess.run(
            [self.python, "-c", SCHEMA_CHECK, self.root], input=text, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_api_knows_every_field(self):
        for service in SERVICES:
            with self.subTest(service=service):
                read = self.read(filled_in(service))
                self.assertEqual(read["unknown"], [])
                self.assertEqual(read["service"]["metadata"]["name"], f"fortnight-{service}")
                self.assertEqual(len(read["service"]["spec"]["template"]["spec"]["containers"]), 1)

    def test_a_field_the_api_does_not_know_is_found(self):
        read = self.read(filled_in("frontend").replace("timeoutSeconds: 30", "timoutSeconds: 30"))
        self.assertTrue(read["unknown"])
        # A value of the wrong kind does not even load.
        wrong = filled_in("frontend").replace("containerConcurrency: 250", "containerConcurrency: many")
        done = subprocess.run(
            [self.python, "-c", SCHEMA_CHECK, self.root], input=wrong, capture_output=True, text=True, check=False
        )
        self.assertNotEqual(done.returncode, 0)


class Terraform(unittest.TestCase):
    def test_its_form_is_canonical(self):
        if not shutil.which("terraform"):
            raise unittest.SkipTest("terraform is not installed: `terraform fmt -check` was NOT run")
        done = subprocess.run(
            ["terraform", f"-chdir={DEPLOY}/terraform", "fmt", "-check", "-diff", "-no-color"],
            capture_output=True, text=True, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_its_configuration_is_valid(self):
        folder = DEPLOY / "terraform"
        if not shutil.which("terraform"):
            raise unittest.SkipTest("terraform is not installed: `terraform validate` was NOT run")
        if not (folder / ".terraform").is_dir():
            raise unittest.SkipTest(
                "the Google provider is not here (run `terraform init -backend=false` in deploy/terraform): "
                "`terraform validate` was NOT run"
            )
        done = subprocess.run(
            ["terraform", f"-chdir={folder}", "validate", "-no-color"], capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_both_ways_deploy_the_same(self):
        text = terraform("services.tf")
        for service in SERVICES:
            knative = filled_in(service)
            timeout = re.search(r"timeoutSeconds: (\d+)\n +containers", knative).group(1)
            concurrency = re.search(r"containerConcurrency: (\d+)", knative).group(1)
            port = re.search(r"containerPort: (\d+)", knative).group(1)
            if service == "frontend":
                self.assertRegex(text, rf'timeout += "{timeout}s"')
                self.assertRegex(text, rf"max_instance_request_concurrency = {concurrency}\b")
                self.assertRegex(text, rf"container_port = {port}\b")
            else:
                self.assertIn(
                    f'"{service}" = {{ port = {port}, timeout = "{timeout}s", concurrency = {concurrency} }}'.replace(" ", ""),
                    text.replace(" ", ""),
                )
            for name, value in re.findall(r"- name: ([A-Z_]+)\n +value: \"(\d+)\"", knative):
                self.assertRegex(text, rf'{name} += "{value}"')
            for name, value in re.findall(r'([A-Z_]+) += "(\d+)"', text):
                if f"- name: {name}\n" in knative:
                    self.assertRegex(knative, rf'- name: {name}\n +value: "{value}"')
            memory = re.search(r"memory: (\S+)", knative).group(1)
            self.assertEqual(set(re.findall(r'memory = "(\S+?)"', text)), {memory})


class Settings(unittest.TestCase):
    def test_both_ways_set_the_public_address(self):
        self.assertIn("- name: PUBLIC_URL\n              value: https://fortnight.example\n", filled_in("frontend"))
        self.assertRegex(terraform("services.tf"), r"PUBLIC_URL += local\.public_url")

    def test_no_service_caches_on_disk_which_is_memory_there(self):
        for text in (*map(filled_in, SERVICES), terraform("services.tf")):
            self.assertNotIn("CACHE_DIR", text)


class ClientRate(unittest.TestCase):
    def test_only_the_frontend_limits_clients_and_it_knows_them_apart(self):
        def settings(service):
            return dict(re.findall(r"- name: (CLIENT_[A-Z_]+)\n +value: \"(\d+)\"", filled_in(service)))

        frontend = settings("frontend")
        self.assertGreater(int(frontend["CLIENT_RATE_PER_SECOND"]), 0)
        self.assertEqual(frontend["CLIENT_ADDRESS_HOPS"], "1", "Cloud Run's own front end, and nothing before it")
        # The frontend is the only client of these two.
        self.assertEqual(settings("predict-service"), {})
        self.assertEqual(settings("plot-service"), {})


class Deadlines(unittest.TestCase):
    def test_each_outlasts_the_next_inside_it(self):
        frontend, predict = filled_in("frontend"), filled_in("predict-service")

        def seconds(text, name):
            return int(re.search(rf"- name: {name}\n +value: \"(\d+)\"", text).group(1)) / 1000

        chain = [
            int(re.search(r"timeoutSeconds: (\d\d+)\n", frontend).group(1)),
            seconds(frontend, "PREDICT_DEADLINE_MS"),
            seconds(predict, "REQUEST_DEADLINE_MS"),
            seconds(predict, "SOURCE_DEADLINE_MS"),
        ]
        self.assertEqual(chain, sorted(chain, reverse=True))
        self.assertEqual(len(set(chain)), len(chain), chain)
        self.assertGreater(int(re.search(r"timeoutSeconds: (\d\d+)\n", predict).group(1)), chain[2])


if __name__ == "__main__":
    unittest.main()

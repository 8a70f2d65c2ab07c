"""Checks the Knative files against gcloud's schema, the format of the Terraform files, and that both agree."""

import itertools
import json
import re
import shutil
import subprocess
import unittest

import hcl
from bench import DEPLOY

SERVICES = ("frontend", "predict-service", "plot-service")
VALUES = {
    "PROJECT": "acme", "REGION": "us-central1", "IMAGE": "registry/image@sha256:" + "a" * 64, "MIN_INSTANCES": "0",
    "MAX_INSTANCES": "4", "PRIVATE_INGRESS": "internal", "TOKEN_VERSION": "1", "SUBNETWORK": "inside",
    "PREDICT_URL": "https://predict.example", "PLOT_URL": "https://plot.example",
    "PUBLIC_URL": "https://fortnight.example", "RELEASE": "1f2e3d", "STABLE": "fortnight-stable-00001-abc",
    "STORE_BUCKET": "acme-store", "KEY_VERSION": "1", "EDGAR_CONTACT": "jane@example.com", "REDIS_URL": "redis://10.0.0.3:6379",
}
# What Terraform itself reads in a resource, and no provider.
META = {"count", "depends_on", "for_each", "lifecycle", "provider"}
# Runs in gcloud's own Python: reads YAML as `gcloud run services replace` does, and reports what the API does not know.
SCHEMA_CHECK = """
import json, os, sys
sys.path[:0] = [os.path.join(sys.argv[1], "lib"), os.path.join(sys.argv[1], "lib", "third_party")]
from apitools.base.py import encoding
from googlecloudsdk.core import yaml
from googlecloudsdk.generated_clients.apis.run.v1 import run_v1_messages as messages
service = yaml.load(sys.stdin.read())
message = encoding.PyValueToMessage(getattr(messages, service["kind"]), service)
unknown = ["/".join(map(str, edges)) + ": " + ", ".join(names) for edges, names in encoding.UnrecognizedFieldIter(message)]
print(json.dumps({"unknown": unknown, "service": json.loads(encoding.MessageToJson(message))}))
"""


def filled_in(service, without="first release"):
    """Returns the file that deploy.sh applies, without one of the parts that exclude each other."""
    text = (DEPLOY / "knative" / f"{service}.yaml").read_text()
    text = re.sub(rf" *# {without}:.*?# end of {without}\n", "", text, flags=re.DOTALL)
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
        for service, without in itertools.product(SERVICES, ("first release", "later release")):
            with self.subTest(service=service, without=without):
                read = self.read(filled_in(service, without))
                self.assertEqual(read["unknown"], [])
                self.assertEqual(read["service"]["metadata"]["name"], f"fortnight-{service}")
                self.assertEqual(len(read["service"]["spec"]["template"]["spec"]["containers"]), 1)

    def test_the_api_knows_every_field_of_the_job(self):
        read = self.read(filled_in("nightly"))
        self.assertEqual(read["unknown"], [])
        self.assertEqual(read["service"]["metadata"]["name"], "fortnight-nightly")

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

    def test_the_provider_knows_every_block_and_attribute(self):
        """Against the schema of the oldest version that `versions.tf` allows: names only, no types."""
        schema = json.loads((DEPLOY / "tests/google_schema.json").read_text())
        self.assertIn(f">= {schema.pop('provider').split()[1].rsplit('.', 1)[0]},", terraform("versions.tf"))
        used = set()
        for file in sorted((DEPLOY / "terraform").glob("*.tf")):
            for kind, labels, attributes, blocks in hcl.read(file.read_text()):
                if kind == "resource":
                    self.assertEqual(self.unknown(schema[labels[0]], attributes, blocks), [], f"{file.name}: {labels}")
                    used.add(labels[0])
        self.assertEqual(used, set(schema))

    def unknown(self, schema, attributes, blocks):
        names = [name for name in attributes if name not in META and schema.get(name, {}) is not None]
        for kind, _, inner_attributes, inner_blocks in blocks:
            if kind not in META:
                inner = schema.get(kind)
                names += [kind] if inner is None else self.unknown(inner, inner_attributes, inner_blocks)
        return names

    def test_a_misspelled_name_is_found(self):
        schema = {"google_x": {"name": None, "template": {"timeout": None}}}
        text = 'resource "google_x" "this" {\n  nam = "a"\n  template {\n    timeouts = 1\n  }\n  trafic {\n  }\n}\n'
        ((_, labels, *body),) = hcl.read(text)
        self.assertEqual(self.unknown(schema[labels[0]], *body), ["nam", "timeouts", "trafic"])

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
                # Two entries of the address behind a load balancer, which only Terraform can put there.
                self.assertRegex(text, rf'{name} += (var\.domain == "" \? )?"{value}"')
            self.assertEqual(text.count("labels                           = { release = var.release }"), 2)
            self.assertIn('candidate = "candidate"', text)
            for name, value in re.findall(r'([A-Z_]+) += "(\d+)"', text):
                if f"- name: {name}\n" in knative:
                    self.assertRegex(knative, rf'- name: {name}\n +value: "{value}"')
            self.assertRegex(knative, r"labels:\n +release: 1f2e3d\n")
            self.assertIn("tag: candidate\n", knative)
            memory = re.search(r"memory: (\S+)", knative).group(1)
            self.assertEqual(set(re.findall(r'memory = "(\S+?)"', text)), {memory})


class NightlyJob(unittest.TestCase):
    def test_both_ways_deploy_the_same_night(self):
        knative, text = filled_in("nightly"), terraform("nightly.tf")
        for key, name in (
            ("taskCount", "task_count"), ("parallelism", "parallelism"), ("maxRetries", "max_retries"),
        ):
            value = re.search(rf"{key}: (\d+)", knative).group(1)
            self.assertRegex(text, rf"{name} += {value}\b")
        self.assertIn(f'"{re.search(r"timeoutSeconds: (.*)", knative).group(1)}s"', text)
        self.assertIn(f'memory = "{re.search(r"memory: (.*)", knative).group(1)}"', text)
        self.assertIn("execution-environment: gen2", knative)
        self.assertIn("EXECUTION_ENVIRONMENT_GEN2", text)
        own = {name for name in re.findall(r"- name: ([A-Z_]+)\n", knative)}
        common = {"LOG_FORMAT", "GOOGLE_CLOUD_PROJECT"}
        self.assertEqual(own - common, set(re.findall(r'(?:^ +|name += ")([A-Z_]+)(?: += |")', text, re.MULTILINE)))
        for name, value in re.findall(r'- name: ([A-Z_]+)\n +value: "(\d+)"', knative):
            self.assertRegex(text, rf'{name} += "{value}"')

    def test_both_ways_give_the_same_rights_and_the_same_schedule(self):
        steps, text = (DEPLOY / "steps/night.sh").read_text(), terraform("nightly.tf") + terraform("variables.tf")
        for role in ("roles/storage.objectUser", "roles/storage.objectViewer", "roles/run.invoker", "record-key"):
            self.assertIn(role, steps)
            self.assertIn(role, text)
        schedule = re.search(r"NIGHTLY_SCHEDULE:-(.*)}", steps).group(1)
        self.assertIn(f'default     = "{schedule}"', text)
        self.assertIn("America/New_York", steps)
        self.assertIn("America/New_York", text)


class Settings(unittest.TestCase):
    def test_both_ways_set_the_same_variables(self):
        text = terraform("services.tf")
        for service in SERVICES:
            for name in re.findall(r"- name: ([A-Z_]+)\n", filled_in(service)):
                self.assertRegex(text, rf'\b{name} += |name = "{name}"', service)

    def test_both_ways_lead_to_redis_and_through_the_vpc_alike(self):
        text = terraform("services.tf")
        for service, egress in (("predict-service", "private-ranges-only"), ("frontend", "all-traffic")):
            self.assertIn(f"run.googleapis.com/vpc-access-egress: {egress}\n", filled_in(service))
            self.assertIn(f'egress = "{egress.upper().replace("-", "_")}"', text)
        self.assertNotIn("vpc-access-egress", filled_in("plot-service"))

    def test_both_ways_open_the_frontend_and_no_other(self):
        for service in SERVICES:
            self.assertEqual('invoker-iam-disabled: "true"' in filled_in(service), service == "frontend")
        self.assertEqual(terraform("services.tf").count("invoker_iam_disabled = true"), 1)
        self.assertNotIn("allUsers\"", terraform("iam.tf"))

    def test_both_ways_clean_the_registry_up_by_the_same_file(self):
        policies = json.loads((DEPLOY / "registry-cleanup.json").read_text())
        self.assertEqual([policy["name"] for policy in policies], ["keep-ten", "delete-old"])
        self.assertIn('file("${path.module}/../registry-cleanup.json")', terraform("project.tf"))
        self.assertIn("deploy/registry-cleanup.json", (DEPLOY / "steps/project.sh").read_text())

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

"""Reads a deployment with gcloud."""

import json
import re
import subprocess

PRIVATE = ("predict-service", "plot-service")
SERVICES = ("frontend", *PRIVATE)
EVERYONE = {"allUsers", "allAuthenticatedUsers"}
INVOKER = "roles/run.invoker"
UNITS_MIB = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024, "k": 1e3 / 2**20, "M": 1e6 / 2**20, "G": 1e9 / 2**20, "": 1 / 2**20}


def members(policy, role):
    bindings = (policy or {}).get("bindings", [])
    return {member for binding in bindings if binding["role"] == role for member in binding["members"]}


class Cloud:
    """What gcloud knows."""

    def __init__(self, project, region):
        self.project, self.region = project, region

    def ask(self, *arguments):
        """Returns gcloud's answer as an object, or None with the reason it gave none."""
        command = ["gcloud", "--project", self.project, "--quiet", *arguments, "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None, (done.stderr.strip().splitlines() or ["no reason reported"])[-1]
        return json.loads(done.stdout or "null"), ""

    def service(self, name):
        return self.ask("run", "services", "describe", f"fortnight-{name}", "--region", self.region)

    def regions_of(self, name):
        """Returns the regions in which a service exists."""
        found, _ = self.ask("run", "services", "list", "--filter", f"metadata.name=fortnight-{name}")
        places = [entry["metadata"].get("labels", {}) for entry in found or []]
        return sorted(labels["cloud.googleapis.com/location"] for labels in places if labels)

    def invokers(self, name):
        policy, _ = self.ask("run", "services", "get-iam-policy", f"fortnight-{name}", "--region", self.region)
        return members(policy, INVOKER)

    def account(self, name):
        return f"fortnight-{name}@{self.project}.iam.gserviceaccount.com"


class Deployed:
    """One service as it is deployed."""

    def __init__(self, name, service):
        self.name = name
        self.annotations = service["metadata"].get("annotations", {})
        template = service["spec"]["template"]
        self.revision = template["metadata"].get("annotations", {})
        self.spec = template["spec"]
        self.container = self.spec["containers"][0]
        self.variables = {entry["name"]: entry for entry in self.container.get("env", [])}
        self.status = service.get("status", {})
        self.url = self.status.get("url", "")

    def value(self, variable, default=None):
        return self.variables.get(variable, {}).get("value", default)

    def number(self, variable, default):
        """Returns a number, or the default where the value is none; `check_settings` reports that."""
        text = self.value(variable, "")
        return int(text) if re.fullmatch(r"\d+", text) else default

    def instances(self, bound):
        """Returns the `min` or `max` number of instances, or None if it is not set."""
        text = self.revision.get(f"autoscaling.knative.dev/{bound}Scale") or self.annotations.get(
            f"run.googleapis.com/{bound}Scale"
        )
        return int(text) if text else None

    def memory_mib(self):
        text = self.container.get("resources", {}).get("limits", {}).get("memory", "512Mi")
        amount, unit = re.fullmatch(r"(\d+)([A-Za-z]*)", text).groups()
        return int(amount) * UNITS_MIB[unit]

    def condition(self):
        for condition in self.status.get("conditions", []):
            if condition["type"] == "Ready":
                return condition["status"] == "True", condition.get("message", "no reason reported")
        return False, "it has never become ready"

    def tagged(self, tag):
        """Returns the address of a tagged revision, or None."""
        targets = self.status.get("traffic", [])
        return next((target.get("url") for target in targets if target.get("tag") == tag), None)

    def audiences(self):
        custom = json.loads(self.annotations.get("run.googleapis.com/custom-audiences", "[]"))
        known = json.loads(self.annotations.get("run.googleapis.com/urls", "[]"))
        return {self.url, *custom, *known}

    def is_open(self):
        """Returns whether Cloud Run does not check who calls."""
        return self.annotations.get("run.googleapis.com/invoker-iam-disabled") == "true"

    def uses_vpc(self):
        keys = ("run.googleapis.com/network-interfaces", "run.googleapis.com/vpc-access-connector")
        return any(key in self.revision for key in keys)

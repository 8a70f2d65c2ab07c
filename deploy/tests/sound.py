"""A sound deployment as gcloud describes it, and web servers that stand in for its services."""

import copy
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench import DIGEST, PROJECT

PORTS = {"frontend": 8501, "predict-service": 8000, "plot-service": 8079}
TIMEOUTS = {"frontend": 30, "predict-service": 15, "plot-service": 10}


class Visited:
    """Answers for a deployed service with the status that a function of the path returns."""

    def __init__(self, status_of):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status_of(self.path))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def account(service):
    return f"fortnight-{service}@{PROJECT}.iam.gserviceaccount.com"


def revision(service, number=2):
    return f"fortnight-{service}-0000{number}-abc"


def service(name, url, variables, most=1):
    probe = {"httpGet": {"path": "/health"}}
    return {
        "metadata": {"annotations": {"run.googleapis.com/ingress": "all"}},
        "spec": {"template": {
            "metadata": {"annotations": {"autoscaling.knative.dev/minScale": "0", "autoscaling.knative.dev/maxScale": str(most)}},
            "spec": {
                "serviceAccountName": account(name), "containerConcurrency": 80, "timeoutSeconds": TIMEOUTS[name],
                "containers": [{
                    "image": f"registry/{name}{DIGEST}", "ports": [{"containerPort": PORTS[name]}],
                    "startupProbe": copy.deepcopy(probe), "livenessProbe": copy.deepcopy(probe),
                    "resources": {"limits": {"cpu": "1", "memory": "256Mi"}},
                    "env": [{"name": variable, **value} if isinstance(value, dict) else {"name": variable, "value": value}
                            for variable, value in variables.items()],
                }],
            },
        }},
        "status": {
            "url": url, "conditions": [{"type": "Ready", "status": "True"}], "latestReadyRevisionName": revision(name),
            "traffic": [{"revisionName": revision(name), "percent": 100, "latestRevision": True}],
        },
    }


class Deployment:
    """A sound deployment that a test may damage before gcloud describes it."""

    def __init__(self, page, closed):
        self.frontend = service("frontend", page, {
            "PREDICT_URL": closed, "PLOT_URL": closed, "CLIENT_ADDRESS_HOPS": "1", "CLIENT_RATE_PER_SECOND": "50",
            "PUBLIC_URL": "https://fortnight.example",
        }, most=4)
        token = {"valueFrom": {"secretKeyRef": {"name": "eodhd-api-token", "key": "3"}}}
        self.predict = service("predict-service", closed, {"EODHD_API_TOKEN": token, "EDGAR_CONTACT": "jane@example.com"})
        self.plot = service("plot-service", closed, {}, most=4)
        caller = {"bindings": [{"role": "roles/run.invoker", "members": [f"serviceAccount:{account('frontend')}"]}]}
        self.answers = {
            "run services describe fortnight-frontend": self.frontend,
            "run services describe fortnight-predict-service": self.predict,
            "run services describe fortnight-plot-service": self.plot,
            "run services list": [],
            "run services get-iam-policy fortnight-predict-service": copy.deepcopy(caller),
            "run services get-iam-policy fortnight-plot-service": copy.deepcopy(caller),
            "run services get-iam-policy fortnight-frontend": {
                "bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}],
            },
            "run jobs describe": None,
            "secrets versions list": [{"name": "projects/1/secrets/eodhd-api-token/versions/3"}],
            "secrets versions describe 3": {"state": "ENABLED"},
            "secrets get-iam-policy": {"bindings": [{
                "role": "roles/secretmanager.secretAccessor", "members": [f"serviceAccount:{account('predict-service')}"],
            }]},
        }

    def set(self, found, variable, value):
        self.unset(found, variable)
        container(found)["env"].append({"name": variable, "value": value})

    def unset(self, found, variable):
        entries = container(found)["env"]
        entries[:] = [entry for entry in entries if entry["name"] != variable]


class WithNight(Deployment):
    """A sound deployment with the nightly job."""

    def __init__(self, page, closed):
        super().__init__(page, closed)
        self.set(self.frontend, "STORE_URL", "gs://acme-store")
        key = {"name": "RECORD_KEY", "valueFrom": {"secretKeyRef": {"name": "record-key", "key": "1"}}}
        self.task = {
            "serviceAccountName": account("nightly"),
            "containers": [{"image": f"registry/nightly{DIGEST}", "env": [
                {"name": "PREDICT_URL", "value": closed}, {"name": "STORE_URL", "value": "gs://acme-store"}, key,
            ]}],
        }
        self.job = {
            "spec": {"template": {"spec": {"template": {"spec": self.task}}}},
            "status": {"latestCreatedExecution": {"name": "fortnight-nightly-x1", "completionStatus": "EXECUTION_SUCCEEDED"}},
        }
        self.answers["run jobs describe"] = self.job
        self.answers["scheduler jobs describe"] = {"state": "ENABLED", "schedule": "30 18 * * 1-5"}
        callers = self.answers["run services get-iam-policy fortnight-predict-service"]["bindings"][0]["members"]
        callers.append(f"serviceAccount:{account('nightly')}")


def container(found):
    return found["spec"]["template"]["spec"]["containers"][0]


def annotations(found):
    """The annotations of the newest revision; those of the service are `found["metadata"]["annotations"]`."""
    return found["spec"]["template"]["metadata"]["annotations"]

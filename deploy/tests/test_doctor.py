"""The doctor accepts a correct deployment and finds each planted fault."""

import copy
import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench import DIGEST, PROJECT, Bench


class Visited:
    """Answers for the deployed services: the page for everyone, the two private services for no one."""

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
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def account(service):
    return f"fortnight-{service}@{PROJECT}.iam.gserviceaccount.com"


def service(name, url, variables):
    probe = {"httpGet": {"path": "/health"}}
    return {
        "metadata": {"annotations": {"run.googleapis.com/ingress": "all"}},
        "spec": {"template": {"metadata": {"annotations": {}}, "spec": {
            "serviceAccountName": account(name), "containerConcurrency": 80,
            "timeoutSeconds": 30 if name == "frontend" else 15,
            "containers": [{
                "image": f"registry/{name}{DIGEST}", "startupProbe": copy.deepcopy(probe),
                "livenessProbe": copy.deepcopy(probe), "resources": {"limits": {"cpu": "1"}}, "env": variables,
            }],
        }}},
        "status": {"url": url, "conditions": [{"type": "Ready", "status": "True"}]},
    }


class Doctor(Bench):
    def setUp(self):
        super().setUp()
        self.page = Visited(lambda path: 200)
        self.closed = Visited(lambda path: 403)
        self.addCleanup(self.page.close)
        self.addCleanup(self.closed.close)
        token = {"name": "EODHD_API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "eodhd-api-token", "key": "3"}}}
        only_frontend = {"bindings": [{"role": "roles/run.invoker", "members": [f"serviceAccount:{account('frontend')}"]}]}
        self.frontend = service("frontend", self.page.url, [
            {"name": "PREDICT_URL", "value": self.closed.url}, {"name": "PLOT_URL", "value": self.closed.url},
            {"name": "CLIENT_ADDRESS_HOPS", "value": "1"}, {"name": "CLIENT_RATE_PER_SECOND", "value": "50"},
            {"name": "PUBLIC_URL", "value": "https://fortnight.example"},
        ])
        self.predict = service("predict-service", self.closed.url, [token])
        self.cloud = {
            "run services describe fortnight-frontend": self.frontend,
            "run services describe fortnight-predict-service": self.predict,
            "run services describe fortnight-plot-service": service("plot-service", self.closed.url, []),
            "run services get-iam-policy fortnight-predict-service": copy.deepcopy(only_frontend),
            "run services get-iam-policy fortnight-plot-service": copy.deepcopy(only_frontend),
            "run services get-iam-policy fortnight-frontend": {
                "bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}],
            },
            "secrets versions describe 3": {"state": "ENABLED"},
            "secrets get-iam-policy": {"bindings": [{
                "role": "roles/secretmanager.secretAccessor", "members": [f"serviceAccount:{account('predict-service')}"],
            }]},
        }

    def diagnose(self):
        self.answer(self.cloud)
        return self.run_script("doctor", "--project", PROJECT)

    def finds(self, *words):
        """The doctor reports a problem whose lines contain all the words."""
        done = self.diagnose()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        faults = done.stdout.split("WRONG")[1:]
        self.assertTrue([fault for fault in faults if all(word in fault for word in words)], done.stdout)

    def container(self, found):
        return found["spec"]["template"]["spec"]["containers"][0]

    def test_a_sound_deployment_is_called_sound_and_left_alone(self):
        done = self.diagnose()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("no problems found", done.stdout)
        for call in self.calls():
            self.assertRegex(call["call"], r"^(run services|secrets( versions)?) (describe|get-iam-policy) ")

    def test_a_service_that_is_not_there(self):
        self.cloud["run services describe fortnight-plot-service"] = None
        self.finds("it does not exist", "deploy.sh up")

    def test_a_revision_that_is_not_ready(self):
        self.predict["status"]["conditions"] = [{"type": "Ready", "status": "False", "message": "out of memory"}]
        self.finds("it is not ready: out of memory")

    def test_a_private_service_open_to_all(self):
        self.cloud["run services get-iam-policy fortnight-plot-service"]["bindings"][0]["members"].append("allUsers")
        self.finds("allUsers may invoke it", "remove-iam-policy-binding fortnight-plot-service")

    def test_a_frontend_that_may_not_call(self):
        self.cloud["run services get-iam-policy fortnight-predict-service"] = {}
        self.finds("the frontend may not invoke it", f"--member serviceAccount:{account('frontend')}")

    def test_a_frontend_closed_to_visitors(self):
        self.cloud["run services get-iam-policy fortnight-frontend"] = {}
        self.finds("allUsers may not invoke it")

    def test_an_address_that_is_not_the_services(self):
        self.container(self.frontend)["env"][0]["value"] = "https://old.example"
        self.finds("PREDICT_URL is `https://old.example`", f"set PREDICT_URL={self.closed.url}")

    def test_an_audience_with_a_path(self):
        self.container(self.frontend)["env"].append({"name": "PLOT_AUDIENCE", "value": f"{self.closed.url}/plot"})
        self.finds("audience", "unset PLOT_AUDIENCE")

    def test_internal_ingress_without_a_way_through_the_vpc(self):
        self.predict["metadata"]["annotations"]["run.googleapis.com/ingress"] = "internal"
        self.finds("do not go through the VPC", "SUBNETWORK")
        self.frontend["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/vpc-access-egress"] = "all-traffic"
        self.assertEqual(self.diagnose().returncode, 0)

    def test_a_probe_on_a_reserved_path(self):
        self.container(self.predict)["startupProbe"]["httpGet"]["path"] = "/healthz"
        self.finds("startupProbe asks /healthz", "use /health")

    def test_a_secret_version_that_floats_or_is_disabled(self):
        self.cloud["secrets versions describe 3"] = {"state": "DISABLED"}
        self.finds("DISABLED", "versions enable 3")
        self.container(self.predict)["env"][0]["valueFrom"]["secretKeyRef"]["key"] = "latest"
        self.cloud["secrets versions describe latest"] = {"state": "ENABLED"}
        self.finds("`latest`", "pin a number")

    def test_a_secret_its_service_may_not_read(self):
        self.cloud["secrets get-iam-policy"] = {}
        self.finds("predict-service may not read it")

    def test_a_token_in_plain_sight_is_found_and_not_shown(self):
        self.container(self.predict)["env"] = [{"name": "EODHD_API_TOKEN", "value": "planted-token"}]
        self.finds("EODHD_API_TOKEN is stored in plain text")
        self.assertNotIn("planted-token", self.diagnose().stdout)

    def test_an_image_that_can_change_under_its_name(self):
        self.container(self.predict)["image"] = "registry/predict-service:latest"
        self.finds("is not pinned")

    def test_an_account_shared_with_others(self):
        self.predict["spec"]["template"]["spec"]["serviceAccountName"] = "1-compute@developer.gserviceaccount.com"
        self.finds("runs as 1-compute@developer.gserviceaccount.com")

    def test_deadlines_that_do_not_nest(self):
        self.container(self.predict)["env"].append({"name": "REQUEST_DEADLINE_MS", "value": "20000"})
        self.finds("deadlines are not nested", "predict's deadline 20 s")

    def test_a_limit_that_all_visitors_share(self):
        self.container(self.frontend)["env"][2]["value"] = "0"
        self.finds("they count as one client", "CLIENT_ADDRESS_HOPS=1")
        del self.container(self.frontend)["env"][2:4]
        done = self.diagnose()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("no CLIENT_RATE_PER_SECOND", done.stdout)

    def test_a_balancer_that_can_be_gone_around(self):
        self.container(self.frontend)["env"][2]["value"] = "2"
        self.finds("bypass the load balancer", "internal-and-cloud-load-balancing")
        self.frontend["metadata"]["annotations"]["run.googleapis.com/ingress"] = "internal-and-cloud-load-balancing"
        self.assertEqual(self.diagnose().returncode, 0)

    def test_a_balancer_that_all_visitors_are_taken_for(self):
        self.frontend["metadata"]["annotations"]["run.googleapis.com/ingress"] = "internal-and-cloud-load-balancing"
        self.finds("its ingress is internal-and-cloud-load-balancing", "CLIENT_ADDRESS_HOPS=2")

    def test_a_page_that_does_not_know_its_address(self):
        self.container(self.frontend)["env"][4]["value"] = "fortnight.example"
        self.finds("PUBLIC_URL is `fortnight.example`", "not an https address")
        del self.container(self.frontend)["env"][4]
        self.finds("PUBLIC_URL is not set", self.page.url)

    def test_a_private_service_that_holds_the_frontend_back(self):
        self.container(self.predict)["env"].append({"name": "CLIENT_RATE_PER_SECOND", "value": "50"})
        self.finds("its only client", "unset it")

    def test_a_private_service_that_answers_strangers(self):
        open_door = Visited(lambda path: 200)
        self.addCleanup(open_door.close)
        self.predict["status"]["url"] = open_door.url
        self.container(self.frontend)["env"][0]["value"] = open_door.url
        self.finds("an unauthenticated request is answered with 200")

    def test_a_page_whose_forecast_fails(self):
        self.page.close()
        self.page = Visited(lambda path: 502 if "forecast.json" in path else 200)
        self.frontend["status"]["url"] = self.page.url
        self.finds("a forecast of AAPL is answered with 502", "identity token")


if __name__ == "__main__":
    unittest.main()

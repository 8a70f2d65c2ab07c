"""The dashboard of compose's profile `monitoring`, asked by a real Prometheus about running services.

It shows a forecast, a fault and its recovery. Needs Debian's prometheus and the release binaries; Grafana itself is not
needed, as a panel is its queries.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

from bench import DEPLOY

ROOT = DEPLOY.parent
FOLDER = ROOT / "docker/monitoring"
STOCKS = ("AAPL", "MSFT", "AMZN", "GOOGL", "META", "NVDA", "TSLA", "JPM")
FAILING = ("V", "WMT", "XOM", "KO", "PEP", "DIS", "NKE", "MCD", "INTC", "CSCO", "ORCL", "IBM", "QCOM", "TXN", "ADBE")

sys.path.append(str(ROOT / "bench"))
from system import SERVICES, Process, ask, free_port, target_folder, upstreams  # noqa: E402


def panels():
    """Returns the queries of each panel, by title."""
    dashboard = json.loads((FOLDER / "dashboards/fortnight.json").read_text())
    return {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in dashboard["panels"]}


def names(query):
    return set(re.findall(r"\b([a-z]\w+_(?:total|seconds|seconds_bucket|bytes|in_flight|fds))\b", query)) - {
        "process_start_time_seconds"
    }


class Files(unittest.TestCase):
    def test_both_dashboards_have_the_same_panels(self):
        cloud = json.loads((DEPLOY / "monitoring/dashboard.json").read_text())["mosaicLayout"]["tiles"]
        self.assertEqual([tile["widget"]["title"] for tile in cloud], list(panels()))

    def test_both_watch_for_the_same(self):
        rules = (FOLDER / "alerts.yaml").read_text()
        here = set(re.findall(r"summary: (.+)\}", rules))
        there = {
            json.loads(path.read_text())["conditions"][0]["displayName"]
            for path in (DEPLOY / "monitoring/alerts").glob("*.json")
        }
        # Prometheus sees neither Cloud Run's uptime checks nor what is in the logs only: EODHD's budget, and what a
        # nightly run finds before it exits.
        self.assertEqual(
            there - here,
            {
                "the page does not answer from outside",
                "the daily calls to a source are used up",
                "the 80% range of the last month is out of bounds",
            },
        )
        self.assertEqual(here - there, set())

    def test_alerts_fire_and_end_as_they_should(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian: prometheus): the alerts were NOT tested")
        for command in (["check", "config", "prometheus.yaml"], ["test", "rules", "alerts_test.yaml"]):
            done = subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_prometheus_scrapes_each_service_of_compose(self):
        config = (FOLDER / "prometheus.yaml").read_text()
        compose = (ROOT / "docker/compose.yaml").read_text()
        port = re.search(r"METRICS_PORT: (\d+)", compose).group(1)
        for job in (*SERVICES, "market-sim"):
            self.assertIn(f'job_name: {job}\n    static_configs: [{{targets: ["{job}:{port}"]}}]', config)
            self.assertIn(f"\n  {job}:\n", compose)

    def test_grafana_finds_what_is_mounted(self):
        compose = (ROOT / "docker/compose.yaml").read_text()
        mounted = dict(re.findall(r"- \./monitoring/(\w+):(\S+):ro", compose))
        self.assertEqual(mounted["provisioning"], "/etc/grafana/provisioning")
        provider = (FOLDER / "provisioning/dashboards/fortnight.yaml").read_text()
        self.assertIn(f"path: {mounted['dashboards']}\n", provider)
        self.assertIn(f"{mounted['dashboards']}/fortnight.json", compose)
        source = (FOLDER / "provisioning/datasources/prometheus.yaml").read_text()
        self.assertIn("uid: prometheus\n", source)
        self.assertIn("\n  prometheus:\n    <<: *service", compose)
        panels = json.loads((FOLDER / "dashboards/fortnight.json").read_text())["panels"]
        self.assertEqual({panel["datasource"]["uid"] for panel in panels}, {"prometheus"})


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        binaries = Path(os.environ.get("FORTNIGHT_BINARIES", target_folder() / "release"))
        missing = [name for name in (*SERVICES, "market-sim") if not (binaries / name).exists()]
        if missing or not shutil.which("prometheus"):
            raise unittest.SkipTest("no release binaries or no prometheus (Debian): the dashboard was NOT filled")
        cls.work = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.scraped = {name: free_port() for name in (*SERVICES, "market-sim")}
        cls.market = cls.start("market-sim", binaries)
        reports = dict.fromkeys(
            ("EDGAR_DATA_URL", "EDGAR_WWW_URL", "NASDAQ_URL"), f"http://127.0.0.1:{cls.market.port}"
        )
        predict = cls.start(
            "predict-service",
            binaries,
            {
                **upstreams(cls.market.port),
                **reports,
                "EDGAR_CONTACT": "jane@example.com",
            },
        )
        plot = cls.start("plot-service", binaries)
        cls.page = cls.start(
            "frontend",
            binaries,
            {
                "PREDICT_URL": f"http://127.0.0.1:{predict.port}",
                "PLOT_URL": f"http://127.0.0.1:{plot.port}",
                "MARKET": "simulated",
            },
        )
        cls.prometheus = cls.start_prometheus()

    @classmethod
    def start(cls, name, binaries, environment=None):
        service = Process(
            name,
            binaries,
            {"METRICS_PORT": str(cls.scraped[name]), **(environment or {})},
            log=cls.work / f"{name}.log",
        )
        service.start()
        cls.addClassCleanup(service.stop)
        return service

    @classmethod
    def start_prometheus(cls):
        """Starts Prometheus with compose's own configuration, at this machine's ports and ten times as often."""
        config = (FOLDER / "prometheus.yaml").read_text().replace("5s", "500ms")
        for name, port in cls.scraped.items():
            config = config.replace(f"{name}:9464", f"127.0.0.1:{port}")
        (cls.work / "prometheus.yaml").write_text(config)
        shutil.copy(FOLDER / "alerts.yaml", cls.work)
        port = free_port()
        prometheus = Process(
            "prometheus",
            None,
            port=port,
            ready="/-/ready",
            log=cls.work / "prometheus.log",
            command=[
                shutil.which("prometheus"),
                f"--config.file={cls.work}/prometheus.yaml",
                f"--storage.tsdb.path={cls.work}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
        )
        prometheus.start()
        cls.addClassCleanup(prometheus.stop)
        return prometheus

    def panel(self, title):
        """Returns the values that a panel shows now, by their labels."""
        shown = {}
        for number, query in enumerate(panels()[title]):
            path = "/api/v1/query?" + urllib.parse.urlencode({"query": query})
            status, _, body = ask(self.prometheus.port, path)
            self.assertEqual(status, 200, body)
            for sample in json.loads(body)["data"]["result"]:
                labels = {
                    name: value for name, value in sample["metric"].items() if name not in ("__name__", "instance")
                }
                label = next(iter(labels.values()), str(number))
                shown[label] = float(sample["value"][1])
        return shown

    def until(self, what, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what}: {[(title, self.panel(title)) for title in panels()]}")
            time.sleep(0.2)

    def forecast(self, stock):
        return ask(self.page.port, f"/forecast/{stock}/forecast.json")[0]

    def order(self, fault):
        status, _, body = ask(
            self.market.port, "/faults", "POST", json.dumps(fault), {"content-type": "application/json"}
        )
        self.assertEqual(status, 200, body)

    def test_it_shows_a_forecast_a_fault_and_its_recovery(self):
        stocks = iter(STOCKS)

        def until_shown(what, title, label, statuses):
            """Asks for one stock after the other, as a rate needs a counter that grows between two scrapes."""

            def shown():
                self.assertIn(self.forecast(next(stocks, STOCKS[-1])), statuses)
                return self.panel(title).get(label, 0) > 0

            self.until(what, shown)

        self.until("all instances", lambda: list(self.panel("Instances").values()) == [1.0] * 4)
        until_shown("a forecast", "Forecasts a minute", "ok", {200})
        until_shown("its memory", "Memory", "frontend", {200})
        self.assertEqual(set(self.panel("Time to an answer")), {"0", "1", "2"})
        self.assertEqual(self.panel("Failed fetches a minute"), {})
        self.assertEqual(self.panel("Share of failed requests"), {})

        self.order({"upstream": "prices", "fault": {"kind": "status", "status": 500}})
        # 503 once the circuit breaker is open.
        stocks = iter(FAILING)
        until_shown("the fault", "Failed fetches a minute", "prices", {502, 503})
        until_shown("what visitors see of it", "Share of failed requests", "frontend", {502, 503})

        self.order({"upstream": "prices"})
        known = self.total("ok")
        self.until("the recovery", lambda: self.forecast(FAILING[-1]) == 200 and self.total("ok") > known)

    def total(self, ended):
        """How many forecasts ended like this, as Prometheus knows."""
        query = urllib.parse.urlencode({"query": f'sum(forecasts_total{{ended="{ended}"}})'})
        result = json.loads(ask(self.prometheus.port, f"/api/v1/query?{query}")[2])["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    def test_every_metric_it_asks_for_exists(self):
        self.forecast("AAPL")
        ask(self.market.port, "/health")
        scraped = "".join(ask(port, "/metrics")[2].decode() for port in self.scraped.values())
        asked = set().union(*(names(query) for queries in panels().values() for query in queries))
        asked |= names((FOLDER / "alerts.yaml").read_text())
        self.assertGreaterEqual(len(asked), 5)
        for name in asked:
            self.assertRegex(scraped, rf"(?m)^{name}[{{ ]", name)


if __name__ == "__main__":
    unittest.main()

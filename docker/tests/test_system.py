"""The whole system as compose runs it: it answers, survives kills, stops without losing a request, can be observed."""

import json
import os
import re
import secrets
import signal
import threading
import time
import unittest

from collector import Collector
from containers import (
    PORTS, SERVICES, address, answers, ask, compose, container, docker, free_port, inspect, logs, metric,
    moment, wait_healthy, wait_until,
)

ALL = ("market-sim", *SERVICES)
MOST_MEMORY_BYTES = 64 * 1024 * 1024
PAGE_PORT = free_port()


def setUpModule():
    global collector
    gateway = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()
    collector = Collector(gateway)
    os.environ.update(
        FRONTEND_PORT=str(PAGE_PORT), PREDICT_PORT=str(free_port()), PLOT_PORT=str(free_port()),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.address,
        # The time a load balancer needs to notice that an instance is stopping.
        SHUTDOWN_DELAY_MS="500",
    )
    compose("up", "--detach", "--no-build")
    wait_healthy(*ALL)


def tearDownModule():
    compose("down", "--volumes", "--timeout", "1")
    collector.close()


def page(path, **options):
    """Asks the page service through its published port."""
    return ask("127.0.0.1", PAGE_PORT, path, **options)


def forecast_works():
    try:
        status, _, body = page("/forecast/AAPL/forecast.json")
        return status == 200 and b'"forecast"' in body
    except OSError:
        return False


class System(unittest.TestCase):
    def setUp(self):
        wait_healthy(*ALL)

    def test_01_a_forecast_page_and_its_picture_come_through_the_published_port(self):
        status, headers, body = page("/forecast/AAPL")
        self.assertEqual(status, 200, body[:500])
        self.assertIn("text/html", headers["content-type"])
        self.assertIn(b"AAPL", body)
        self.assertIn(b"simulated", body.lower())

        status, headers, body = page("/forecast/AAPL/plot.png")
        self.assertEqual((status, headers["content-type"]), (200, "image/png"), body[:500])
        self.assertEqual(body[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(len(body), 5_000)
        self.assertEqual(body[-8:-4], b"IEND")

    def test_02_each_container_is_locked_down(self):
        for service in ALL:
            config = inspect(container(service))["HostConfig"]
            self.assertTrue(config["ReadonlyRootfs"], service)
            self.assertEqual(config["CapDrop"], ["ALL"], service)
            self.assertIn("no-new-privileges:true", config["SecurityOpt"], service)
            self.assertGreater(config["Memory"], 0, service)
            for bindings in (config["PortBindings"] or {}).values():
                self.assertEqual({binding["HostIp"] for binding in bindings}, {"127.0.0.1"}, service)
        pid = inspect(container("frontend"))["State"]["Pid"]
        with open(f"/proc/{pid}/status") as status:
            self.assertIn("65532", re.search(r"Uid:(.*)", status.read()).group(1))

    def test_03_one_trace_runs_through_the_logs_of_all_three_containers(self):
        trace, request = secrets.token_hex(16), f"trace-{secrets.token_hex(4)}"
        routes = {"frontend": "/forecast/{symbol}/plot.png", "predict-service": "/predict", "plot-service": "/plot"}
        headers = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01", "x-request-id": request}

        status, answered, body = page("/forecast/MSFT/plot.png", headers=headers)

        self.assertEqual(status, 200, body[:500])
        self.assertEqual(answered["x-request-id"], request)
        for service in SERVICES:
            lines = [line for line in logs(service) if line.get("logging.googleapis.com/trace") == trace]
            self.assertTrue(lines, f"{service} logged nothing of the trace")
            closing = {line["httpRequest"]["requestUrl"]: line["httpRequest"]["status"]
                       for line in lines if "httpRequest" in line}
            self.assertEqual(closing.get(routes[service]), 200, f"{service}: {closing}")
            self.assertEqual({line["request_id"] for line in lines}, {request}, service)
            for line in lines:
                self.assertLessEqual({"severity", "message", "timestamp"}, set(line))
                self.assertRegex(line["logging.googleapis.com/spanId"], r"^[0-9a-f]{16}$")
        wait_until(
            "the spans of all three services at the collector", lambda: collector.services_of(trace) == set(SERVICES)
        )

    def test_04_metrics_tell_what_was_asked_and_are_not_on_the_public_port(self):
        before = metric("frontend", "http_requests_total")
        self.assertEqual(page("/forecast/AAPL/forecast.json")[0], 200)
        self.assertGreater(metric("frontend", "http_requests_total"), before)
        self.assertGreater(metric("predict-service", "http_request_duration_seconds_count"), 0)
        self.assertEqual(page("/metrics")[0], 404)

    def test_05_memory_after_work_is_small(self):
        for service in ALL:
            resident = metric(service, "process_resident_memory_bytes")
            print(f"\n  memory {service}: {resident / 2**20:.1f} MiB resident", end="")
            self.assertLess(resident, MOST_MEMORY_BYTES, service)

    def test_06_a_bad_variable_is_named_and_the_configuration_can_be_shown(self):
        image = inspect(container("predict-service"))["Config"]["Image"]
        shown = docker("run", "--rm", "--env", "EODHD_API_TOKEN=planted-secret", image, "--check-config")
        self.assertIn("PORT=8000  # environment", shown)
        self.assertNotIn("planted-secret", shown)
        # What compose passes for an unset variable counts as absent.
        self.assertIn("MARKET=live  # default", docker("run", "--rm", "--env", "MARKET=", image, "--check-config"))
        with self.assertRaisesRegex(AssertionError, r'PORT is "eighty"[\s\S]*example: PORT=8000'):
            docker("run", "--rm", "--env", "PORT=eighty", image)

    def test_07_a_container_whose_process_dies_comes_back(self):
        for service in ALL:
            before = inspect(container(service))
            os.kill(before["State"]["Pid"], signal.SIGKILL)
            wait_until(
                f"{service} restarted",
                lambda: inspect(container(service))["RestartCount"] == before["RestartCount"] + 1
                and inspect(container(service))["State"]["Running"],
            )
            wait_healthy(service)
            wait_until(f"a forecast after {service} died", forecast_works)

    def test_08_a_stop_under_load_fails_no_request(self):
        """A load balancer that polls `/ready` sends requests continuously while each service is stopped."""
        forecast = json.loads(page("/forecast/AAPL/forecast.json")[2])
        chart = {name: forecast[name] for name in ("history", "forecast")}
        chart.update(title="Load", subtitle="under load", currency="USD")
        draw = {
            "method": "POST", "path": "/plot", "body": json.dumps(chart), "headers": {"content-type": "application/json"},
        }
        for service, request in (
            ("frontend", {"path": "/forecast/AAPL/plot.png"}),
            ("predict-service", {"path": "/predict?stock=AAPL"}),
            ("plot-service", draw),
        ):
            with self.subTest(service=service):
                self.stop_under_load(service, request)
            docker("start", container(service))
            wait_healthy(service)

    def stop_under_load(self, service, request):
        host, port = address(service), PORTS[service]
        done, failed, withdrawn = [], [], threading.Event()

        def client():
            while not withdrawn.is_set():
                try:
                    status, headers, body = ask(host, port, **request)
                except OSError as error:
                    failed.append(repr(error))
                    return
                complete = int(headers.get("content-length", len(body))) == len(body)
                (done if status == 200 and complete else failed).append(status)

        def balancer():
            while answers(host, port):
                time.sleep(0.02)
            withdrawn.set()

        threads = [threading.Thread(target=client) for _ in range(4)] + [threading.Thread(target=balancer)]
        for thread in threads:
            thread.start()
        try:
            wait_until("load", lambda: len(done) > 20 or failed)
            begun, before = time.monotonic(), len(done)
            docker("stop", container(service))
            took = time.monotonic() - begun
        finally:
            withdrawn.set()
            for thread in threads:
                thread.join()

        print(f"\n  stop {service} under load: {len(done)} answered ({len(done) - before} since the signal), "
              f"{len(failed)} failed, {took:.1f} s", end="")
        self.assertEqual(failed, [])
        self.assertGreater(len(done), before, "there was no load while it stopped")
        # 137 would say that it was killed for taking too long.
        self.assertEqual(inspect(container(service))["State"]["ExitCode"], 0)

    def test_09_requests_in_flight_are_finished_before_a_stop(self):
        symbols = ["AMZN", "GOOGL", "META", "NVDA", "TSLA", "JPM", "V", "WMT", "XOM", "KO"]
        self.order_fault({"upstream": "prices", "fault": {"kind": "delay", "milliseconds": 2000}})
        self.addCleanup(wait_healthy, "predict-service")
        self.addCleanup(lambda: docker("start", container("predict-service")))
        self.addCleanup(self.order_fault, {"upstream": "prices"})
        host, answered = address("predict-service"), []
        threads = [
            threading.Thread(target=lambda symbol=symbol: answered.append(ask(host, 8000, f"/predict?stock={symbol}")))
            for symbol in symbols
        ]
        for thread in threads:
            thread.start()
        wait_until(
            "all requests in flight", lambda: metric("predict-service", "http_requests_in_flight") == len(symbols)
        )

        docker("stop", container("predict-service"))
        for thread in threads:
            thread.join()

        self.assertEqual([status for status, _, _ in answered], [200] * len(symbols))
        for _, headers, body in answered:
            self.assertEqual(len(json.loads(body)["forecast"]), 14)
        self.assertEqual(inspect(container("predict-service"))["State"]["ExitCode"], 0)

    def order_fault(self, order):
        status, _, body = ask(
            address("market-sim"), 8600, "/faults", method="POST", body=json.dumps(order),
            headers={"content-type": "application/json"},
        )
        self.assertEqual(status, 200, body)

    def test_10_each_service_starts_quickly(self):
        for service in ALL:
            name = container(service)
            docker("stop", name)
            docker("start", name)
            # The address may change with each start, and so is asked for after it.
            host = address(service)
            wait_until(f"{service} answers", lambda: answers(host, PORTS[service]), pause=0.001)
            ready = time.time()
            took = ready - moment(inspect(name)["State"]["StartedAt"])
            print(f"\n  start {service}: at most {took * 1000:.0f} ms from Docker's start to the first answer", end="")
            wait_healthy(service)

    def test_11_a_nightly_run_seals_the_session_in_the_volume_that_the_frontend_reads(self):
        def run():
            ran = compose("--profile", "nightly", "run", "--rm", "nightly", "--first", "20")
            return [json.loads(line) for line in ran.splitlines() if line.startswith("{")]

        self.assertIn("20 of 20 stocks forecast", run()[-1]["message"])
        self.assertIn("already sealed", run()[-1]["message"])

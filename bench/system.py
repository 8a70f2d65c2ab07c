"""Fortnight's release binaries as processes of their own, on free loopback ports."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVICES = ("predict-service", "plot-service", "frontend")


def target_folder():
    """Where cargo puts what it builds."""
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port, path, method="GET", body=None, headers=None, timeout=12):
    """One request on a connection of its own: status, headers with lower-case names, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content
    finally:
        connection.close()


class Process:
    """One binary on one port; a restart takes the same port."""

    def __init__(self, name, binaries, environment=None, log=None, command=None, port=None, ready="/ready"):
        self.name, self.port, self.log, self.ready_path = name, port or free_port(), log, ready
        self.command = command or [str(binaries / name)]
        self.environment = {
            "PATH": os.environ.get("PATH", ""), "HOST": "127.0.0.1", "PORT": str(self.port), **(environment or {})
        }
        self.running = None

    def start(self, wait=True):
        """Starts it; returns the seconds until it said it was ready."""
        output = open(self.log, "ab") if self.log else subprocess.DEVNULL
        begun = time.perf_counter()
        self.running = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
        )
        if self.log:
            output.close()
        if wait:
            self.wait_ready()
        return time.perf_counter() - begun

    def wait_ready(self, within=20):
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.is_ready():
                return
            if self.running.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.running.returncode} before it was ready")
            time.sleep(0.0005)
        raise RuntimeError(f"{self.name} was not ready within {within} s")

    def is_ready(self):
        try:
            if self.ready_path is None:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            return ask(self.port, self.ready_path, timeout=1)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def send(self, number):
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(number)

    def stop(self, number=signal.SIGTERM, within=12):
        """Ends it; returns its exit status."""
        if self.running is None:
            return None
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            return self.running.wait(within)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
            raise RuntimeError(f"{self.name} did not stop within {within} s of signal {number}") from None

    def status(self, field):
        """A number of /proc/PID/status, such as VmRSS in KiB."""
        for line in pathlib.Path(f"/proc/{self.running.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise KeyError(field)

    def resident_mib(self):
        return self.status("VmRSS") / 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.running.pid}/fd"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.running.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def upstreams(port):
    """Environment that points predict-service at a stand-in market and lifts the budgets."""
    url = f"http://127.0.0.1:{port}"
    return {
        "YAHOO_URL": url, "EODHD_URL": url, "TRENDS_URL": url, "EDGAR_DATA_URL": url, "EDGAR_WWW_URL": url,
        "NASDAQ_URL": url, "WIKIMEDIA_URL": url, "WIKIDATA_URL": url, "APEWISDOM_URL": url, "EODHD_API_TOKEN": "stand-in", "TWEETS": "eodhd", "EDGAR_CONTACT": "bench@example.com",
        "MARKET": "simulated", "YAHOO_RATE_PER_SECOND": "0", "TRENDS_RATE_PER_MINUTE": "0", "EODHD_CALLS_PER_DAY": "0",
        "EDGAR_RATE_PER_SECOND": "0", "NASDAQ_RATE_PER_MINUTE": "0", "WIKIMEDIA_RATE_PER_MINUTE": "0",
    }


def chart_request(forecast, width=None, height=None):
    """The body of POST /plot for an answer of /predict."""
    body = {
        "title": forecast["stock"]["name"], "subtitle": "Daily close and forecast",
        "currency": forecast["stock"]["currency"], "history": forecast["history"], "forecast": forecast["forecast"],
        "market": forecast["market"],
    }
    if width:
        body |= {"width": width, "height": height}
    return json.dumps(body)

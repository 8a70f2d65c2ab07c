#!/usr/bin/env python3
"""Everything goes wrong at once: kills, pauses, restarts and cuts at random from a seed, under load.

    bench/faults.py                          20 s from a random seed, which is printed
    bench/faults.py --seed 7                 the same faults in the same order, each as long as before
    bench/faults.py --seeds 10 --seconds 120 ten seeds, two minutes each
    bench/faults.py --binaries DIR           the binaries that are there; built where absent

What must hold, checked for every answer: a 200 is right in every number; anything else is a problem with a status
a client can act on; a connection breaks only while the process behind it is being killed or stopped. After the last
fault: everything answers again, memory and open files are where they were, and no log tells of a panic.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from links import CUT, PASS, SILENT, Links
from system import ROOT, Process, ask, chart_request, target_folder, upstreams

CLIENTS = 8
SYMBOLS = ("AAPL", "MSFT", "NVDA", "KO", "JPM", "XOM", "ORCL", "DIS", "PFE", "WMT")
DAYS = ("2025-03-14", "2025-06-20", "2025-09-12", "2026-01-16", "2026-03-13", "2026-06-12", "2026-09-18", "2026-10-16")
# What an upstream may do. A 429 or a CAPTCHA page is left out: such an upstream is left alone for minutes on purpose.
UPSTREAM_FAULTS = (
    {"kind": "reset"}, {"kind": "delay", "milliseconds": 700}, {"kind": "drip", "bytes": 64, "milliseconds": 5},
    {"kind": "status", "status": 500}, {"kind": "empty_body"}, {"kind": "html"}, {"kind": "truncated_json"},
    {"kind": "broken_off"}, {"kind": "wrong_types"}, {"kind": "huge_body", "mebibytes": 64}, {"kind": "empty_array"},
)
UPSTREAMS = ("prices", "tweets", "news", "searches")
MOST_MEMORY_MIB = 64
# Idle connections a service may keep to those behind it beyond what it kept before.
SPARE_FILES = 16
RECOVERY_SECONDS = 10


class Wrong(Exception):
    """An answer that must not be."""


def main():
    options = arguments()
    binaries = options.binaries or build()
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    failed = []
    for seed in range(first, first + options.seeds):
        print(f"seed {seed}, {options.seconds} s", flush=True)
        with tempfile.TemporaryDirectory(prefix="fortnight-faults-") as folder:
            run = Run(binaries, pathlib.Path(folder), seed, options.seconds)
            try:
                findings = run.go()
            finally:
                run.close()
        for finding in findings[:20]:
            print(f"  WRONG {finding}")
        if findings:
            failed.append(seed)
            print(f"  {len(findings)} findings; again with: bench/faults.py --seed {seed} --seconds {options.seconds}")
    if failed:
        sys.exit(f"failed from seeds {failed}")
    print(f"all held from {options.seeds} seed(s)")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, one after another")
    parser.add_argument("--seconds", type=int, default=20, help="of faults, for each seed")
    parser.add_argument("--binaries", type=pathlib.Path)
    return parser.parse_args()


def build():
    subprocess.run(["cargo", "build", "--release", "--workspace", "--locked"], cwd=ROOT, check=True)
    return target_folder() / "release"


class Run:
    def __init__(self, binaries, folder, seed, seconds):
        self.folder, self.seconds, self.seed, self.random = folder, seconds, seed, random.Random(seed)
        self.links = Links()
        log = lambda name: folder / f"{name}.log"
        self.market = Process("market-sim", binaries, log=log("market-sim"))
        self.to_market = self.links.link(self.market.port)
        settings = upstreams(self.to_market.port)
        self.cache = None
        if shutil.which("redis-server"):
            command = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--port"]
            self.cache = Process("redis", binaries, log=log("redis"), command=command, ready=None)
            self.cache.command = [*command, str(self.cache.port)]
            self.to_cache = self.links.link(self.cache.port)
            settings["REDIS_URL"] = f"redis://127.0.0.1:{self.to_cache.port}"
        else:
            print("  LEFT OUT: redis-server is not installed, so no cache is killed")
        self.predict = Process("predict-service", binaries, settings, log("predict-service"))
        self.plot = Process("plot-service", binaries, log=log("plot-service"))
        self.to_predict, self.to_plot = self.links.link(self.predict.port), self.links.link(self.plot.port)
        self.frontend = Process("frontend", binaries, {
            "PREDICT_URL": f"http://127.0.0.1:{self.to_predict.port}",
            "PLOT_URL": f"http://127.0.0.1:{self.to_plot.port}", "MARKET": "simulated",
        }, log("frontend"))
        self.services = (self.predict, self.plot, self.frontend)
        self.processes = tuple(one for one in (self.cache, self.market, *self.services) if one)
        # Spans of time in which a process was not to be relied on: name -> [[from, to], …].
        self.away = collections.defaultdict(list)
        self.findings, self.counts = [], collections.Counter()
        self.lock, self.stop_load = threading.Lock(), threading.Event()

    def close(self):
        for process in reversed(self.processes):
            process.stop(signal.SIGKILL)
        self.links.close()

    def go(self):
        for process in self.processes:
            process.start()
        self.learn()
        # Forgets what it learnt, so that the faults meet a service that has to ask.
        self.predict.stop()
        self.predict.start()
        if self.cache:
            self.cache.stop(signal.SIGKILL)
            self.cache.start()
        clients = [threading.Thread(target=self.client, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(2)
        before = {one.name: one.open_files() for one in self.services}
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            self.strike()
            time.sleep(self.random.uniform(0.05, 0.4))
        recovered = self.recover()
        self.stop_load.set()
        for client in clients:
            client.join()
        self.look_back(before)
        told = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        memory = ", ".join(f"{one.name} {one.resident_mib():.0f} MiB" for one in self.services)
        print(f"  {told}; recovered in {recovered:.1f} s; {memory}", flush=True)
        for process in reversed(self.services):
            if process.stop() != 0:
                self.findings.append(f"{process.name} ended with {process.running.returncode} after SIGTERM")
        return self.findings

    def learn(self):
        """What is right, told while nothing is wrong."""
        self.right = {}
        for symbol in SYMBOLS:
            for day in DAYS:
                status, _, body = ask(self.predict.port, f"/predict?stock={symbol}&as_of={day}")
                forecast = json.loads(body)
                if status != 200 or any(source["status"] == "missing" for source in forecast["sources"]):
                    raise RuntimeError(f"no calm answer for {symbol} as of {day}: {body[:300]}")
                self.right[symbol, day] = forecast
        self.chart = chart_request(self.right["AAPL", DAYS[0]])
        self.picture = self.must(self.plot, "/plot", self.chart)
        self.found = self.must(self.frontend, "/stocks?q=app")

    def must(self, process, path, body=None):
        status, _, content = ask(process.port, path, "POST" if body else "GET", body, JSON if body else None)
        if status != 200:
            raise RuntimeError(f"{process.name} answered {path} with {status}: {content[:300]}")
        return content

    # Load.

    def client(self, number):
        # Its own, so that the order of threads does not change the order of faults.
        chance = random.Random(f"{self.seed}-{number}")
        while not self.stop_load.is_set():
            symbol, day = chance.choice(SYMBOLS), chance.choice(DAYS)
            service, path, body, check = chance.choice((
                (self.predict, f"/predict?stock={symbol}&as_of={day}", None, self.is_forecast),
                (self.predict, f"/predict?stock={symbol}&as_of={day}", None, self.is_forecast),
                (self.frontend, f"/forecast/{symbol}/forecast.json?as_of={day}", None, self.is_forecast),
                (self.frontend, f"/forecast/{symbol}/plot.png?as_of={day}", None, self.is_picture),
                (self.frontend, f"/forecast/{symbol}?as_of={day}", None, self.is_page),
                (self.frontend, "/stocks?q=app", None, self.is_search),
                (self.plot, "/plot", self.chart, self.is_that_picture),
            ))
            begun = time.monotonic()
            try:
                self.judge(service, path, body, check, (symbol, day))
            except (OSError, http.client.HTTPException) as error:
                if self.was_away(service, begun, time.monotonic()):
                    self.count("lost in a process killed or paused")
                else:
                    self.find(f"{service.name} {path} lost without a reason: {error!r}")
                time.sleep(0.02)
            except Wrong as wrong:
                self.find(f"{service.name} {path}: {wrong}")

    def judge(self, service, path, body, check, key):
        status, headers, content = ask(service.port, path, "POST" if body else "GET", body, JSON if body else None, 20)
        if status == 200:
            check(headers, content, key)
            self.count("right")
        elif status in (502, 503, 504):
            kind = headers.get("content-type", "")
            if not kind.startswith(("application/problem+json", "text/html")):
                raise Wrong(f"{status} as {kind}: {content[:200]}")
            self.count("refused with a reason")
        else:
            raise Wrong(f"{status}: {content[:300]}")

    def is_forecast(self, headers, content, key):
        told, right = json.loads(content), self.right[key]
        for part in ("stock", "as_of", "history"):
            if told[part] != right[part]:
                raise Wrong(f"{part} of {key} is not what it was")
        # Each source says what it knew; where all are as they were, so is the forecast.
        state = lambda forecast: [(one["source"], one["status"], one["days"]) for one in forecast["sources"]]
        if state(told) == state(right) and not same_prices(told["forecast"], right["forecast"]):
            raise Wrong(f"the forecast of {key} is another with the same sources")
        if [one["date"] for one in told["forecast"]] != [one["date"] for one in right["forecast"]]:
            raise Wrong(f"the sessions of {key} are others")
        for session in told["forecast"]:
            prices = list(session["quantiles"].values())
            if prices != sorted(prices) or len(prices) != 7:
                raise Wrong(f"quantiles of {key} cross on {session['date']}")

    def is_picture(self, headers, content, key):
        if content[:8] != b"\x89PNG\r\n\x1a\n" or content[-8:-4] != b"IEND":
            raise Wrong("not a whole PNG")

    def is_that_picture(self, headers, content, key):
        if content != self.picture:
            raise Wrong("the same chart gave other bytes")

    def is_page(self, headers, content, key):
        if key[0].encode() not in content or b"</html>" not in content:
            raise Wrong("not a whole page")

    def is_search(self, headers, content, key):
        if content != self.found:
            raise Wrong("the search found something else")

    # Faults.

    def strike(self):
        kind, seconds = self.random.choice(("kill", "restart", "pause", "cut", "silence", "upstream")), self.random.uniform(0.1, 1.5)
        process = self.random.choice(self.processes)
        links = [self.to_market, self.to_predict, self.to_plot] + ([self.to_cache] if self.cache else [])
        link, upstream, fault = self.random.choice(links), self.random.choice(UPSTREAMS), self.random.choice(UPSTREAM_FAULTS)
        self.count(f"times {kind}")
        if kind in ("kill", "restart"):
            with Away(self, process):
                process.stop(signal.SIGKILL if kind == "kill" else signal.SIGTERM)
                time.sleep(seconds / 3)
                process.start()
        elif kind == "pause":
            with Away(self, process):
                process.send(signal.SIGSTOP)
                time.sleep(seconds)
                process.send(signal.SIGCONT)
        elif kind in ("cut", "silence"):
            self.links.set(link, CUT if kind == "cut" else SILENT)
            time.sleep(seconds)
            self.links.set(link, PASS)
        else:
            self.faults("POST", json.dumps({"upstream": upstream, "fault": fault}))
            time.sleep(seconds)
            self.faults("DELETE")

    def faults(self, method, body=None):
        status, _, content = ask(self.market.port, "/faults", method, body, JSON if body else None)
        if status >= 300:
            raise RuntimeError(f"the market refused {body}: {status} {content[:200]}")

    def recover(self):
        """Seconds after the last fault until a question of every kind is answered as when nothing was wrong."""
        begun = time.monotonic()
        granted = begun + RECOVERY_SECONDS
        key = (SYMBOLS[0], DAYS[0])
        path = f"?as_of={key[1]}"
        # The first is never cached: every source has to be asked.
        questions = [
            (self.predict, f"/predict?stock={SYMBOLS[1]}&as_of=2025-02-0{day}", None, lambda *_: None) for day in (3, 4)
        ] + [
            (self.predict, f"/predict?stock={key[0]}&as_of={key[1]}", None, self.is_forecast),
            (self.frontend, f"/forecast/{key[0]}/forecast.json{path}", None, self.is_forecast),
            (self.frontend, f"/forecast/{key[0]}/plot.png{path}", None, self.is_picture),
            (self.plot, "/plot", self.chart, self.is_that_picture),
        ]
        for service, question, body, check in questions:
            while True:
                try:
                    status, headers, content = ask(
                        service.port, question, "POST" if body else "GET", body, JSON if body else None, 20)
                    if status == 200:
                        check(headers, content, key)
                        break
                    # A service may rest from an upstream that failed, as long as it says until when.
                    granted = max(granted, time.monotonic() + int(headers.get("retry-after", 0)) + 1
                                  if "retry-after" in headers and time.monotonic() < granted else granted)
                    told = f"{status} {content[:200]}"
                except (OSError, http.client.HTTPException, Wrong) as error:
                    told = repr(error)
                if time.monotonic() > granted or time.monotonic() > begun + 60:
                    self.find(f"{service.name} {question} did not recover: {told}")
                    break
                time.sleep(0.1)
        return time.monotonic() - begun

    def look_back(self, before):
        time.sleep(1)
        for process in self.services:
            if process.open_files() > before[process.name] + SPARE_FILES:
                self.findings.append(
                    f"{process.name} holds {process.open_files()} open files, {before[process.name]} before")
            if process.resident_mib() > MOST_MEMORY_MIB:
                self.findings.append(f"{process.name} holds {process.resident_mib():.0f} MiB")
            for line in process.log.read_text(errors="replace").splitlines():
                if "panick" in line or "stand-in" in line and "token" in line:
                    self.findings.append(f"{process.name} logged: {line[:300]}")

    # Bookkeeping.

    def was_away(self, process, begun, ended):
        with self.lock:
            return any(begun <= to and ended >= since for since, to in self.away[process.name])

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def find(self, what):
        with self.lock:
            self.findings.append(what)


class Away:
    """Marks the time in which a process cannot be relied on."""

    def __init__(self, run, process):
        self.run, self.process = run, process

    def __enter__(self):
        with self.run.lock:
            self.run.away[self.process.name].append([time.monotonic(), float("inf")])

    def __exit__(self, *_):
        with self.run.lock:
            self.run.away[self.process.name][-1][1] = time.monotonic()


def same_prices(some, others):
    """Alike but for the last bit, which a price may lose on its way through another service's JSON."""
    return all(
        one["quantiles"].keys() == other["quantiles"].keys()
        and all(abs(price / other["quantiles"][level] - 1) < 1e-12 for level, price in one["quantiles"].items())
        for one, other in zip(some, others, strict=True)
    )


JSON = {"content-type": "application/json"}

if __name__ == "__main__":
    main()

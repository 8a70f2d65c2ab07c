"""One run: the services under load while a plan of faults is carried out, and what went wrong."""

import collections
import dataclasses
import http.client
import json
import random
import shutil
import signal
import threading
import time

from answers import DAYS, JSON, SYMBOLS, Answers, Wrong, hold, put
from hostile import Hostile
from links import CUT, PASS, SILENT, Links, steady_port
from open_files import described, kinds, too_many
from system import Process, ask, upstreams

CLIENTS = 8
MOST_MEMORY_MIB = 64
RECOVERY_SECONDS = 10
# Hostile clients use all the time that requests in flight get during a stop; the others need far less.
SERVICE = {"SHUTDOWN_GRACE_MS": "2000"}


@dataclasses.dataclass(frozen=True)
class Finding:
    # Seconds after the first fault.
    at: float
    # The number of the latest fault that had begun; 0 before the first.
    fault: int
    # Which service was wrong, and how: identical for the same seed. The details may differ.
    kind: str
    particulars: str

    def __str__(self):
        return f"at {self.at:.2f} s, in fault {self.fault}: {self.kind}: {self.particulars}"


class Run:
    def __init__(self, binaries, folder, seed, plan, defect_from=None):
        """From the fault with the number `defect_from`, a link corrupts data; the run must then fail."""
        self.seed, self.plan, self.defect_from = seed, plan, defect_from
        self.links = Links()
        ports = collections.defaultdict(steady_port)
        log = lambda name: folder / f"{name}.log"
        start = lambda name, environment=None: Process(
            name, binaries, SERVICE | (environment or {}), log(name), port=ports[name])
        self.market = start("market-sim")
        self.link = {"market-sim": self.links.link(self.market.port)}
        settings, self.cache = upstreams(self.link["market-sim"].port), None
        if shutil.which("redis-server"):
            command = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--port"]
            self.cache = Process("redis", binaries, log=log("redis"), port=ports["redis"], ready=None,
                                 command=[*command, str(ports["redis"])])
            self.link["redis"] = self.links.link(self.cache.port)
            settings["REDIS_URL"] = f"redis://127.0.0.1:{self.link['redis'].port}"
        else:
            print("  LEFT OUT: redis-server is not installed, so the faults of the cache are passed over")
        self.predict, self.plot = start("predict-service", settings), start("plot-service")
        for process in (self.predict, self.plot):
            self.link[process.name] = self.links.link(process.port)
        self.frontend = start("frontend", {
            "PREDICT_URL": f"http://127.0.0.1:{self.link['predict-service'].port}",
            "PLOT_URL": f"http://127.0.0.1:{self.link['plot-service'].port}", "MARKET": "simulated",
            # Requests again what it showed a second ago, so that much data passes its links.
            "FORECAST_FRESH_SECONDS": "1",
        })
        self.services = (self.predict, self.plot, self.frontend)
        self.processes = {one.name: one for one in (self.cache, self.market, *self.services) if one}
        # When each process was unreliable: name -> [[from, to], …].
        self.away = collections.defaultdict(list)
        self.findings, self.counts, self.begun = [], collections.Counter(), {}
        self.first, self.active = time.monotonic(), 0
        self.lock, self.stop_load = threading.Lock(), threading.Event()

    def close(self):
        # The clients of an aborted run are still sending requests.
        self.stop_load.set()
        for process in reversed(self.processes.values()):
            process.stop(signal.SIGKILL)
        self.links.close()

    def go(self):
        for process in self.processes.values():
            process.start()
        self.answers = Answers(self.predict, self.plot, self.frontend)
        # Clears its cache, so that the service has to ask its sources during the faults.
        for process in (self.predict, self.cache):
            if process:
                process.stop(signal.SIGKILL)
                process.start()
        clients = [threading.Thread(target=self.client, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(2)
        before = {one.name: self.files(one) for one in self.services}
        hostile = Hostile((
            (self.predict.port, f"/predict?stock={SYMBOLS[0]}&as_of={DAYS[0]}&history=250", None),
            (self.plot.port, "/plot", self.answers.chart),
            (self.frontend.port, f"/forecast/{SYMBOLS[0]}?as_of={DAYS[0]}", None),
        ))
        self.carry_out()
        recovered = self.recover()
        self.stop_load.set()
        for client in clients:
            client.join()
        hostile.stop()
        self.look_back(before)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        memory = ", ".join(f"{one.name} {one.resident_mib():.0f} MiB" for one in self.services)
        print(f"  {len(self.plan)} faults; {counts}; {memory}; recovered in {recovered}\n  {hostile}", flush=True)
        for process in reversed(self.services):
            if process.stop() != 0:
                self.find(f"{process.name} ended badly", f"{process.running.returncode} after SIGTERM")
        return self.findings

    # Load.

    def client(self, number):
        # One for each thread, so that the order of threads does not change what each requests.
        chance = random.Random(f"{self.seed}-{number}")
        while not self.stop_load.is_set():
            # One of them never requests pictures, so wrong numbers are still noticed when pictures hang.
            ask_for = self.answers.question if number else self.answers.number_question
            service, path, body, check, key = ask_for(chance)
            begun = time.monotonic()
            try:
                self.judge(service, path, body, check, key)
            except (OSError, http.client.HTTPException) as error:
                if self.was_away(service, begun, time.monotonic()):
                    met_nobody = isinstance(error, ConnectionRefusedError)
                    self.count("met nobody" if met_nobody else "lost in a process killed or paused")
                else:
                    self.find(f"{service.name} lost an answer without a reason", f"{path}: {error!r}")
                time.sleep(0.02)
            except Wrong as wrong:
                self.find(f"{service.name} {wrong.kind}", f"{path}: {wrong.particulars}")

    def judge(self, service, path, body, check, key):
        status, headers, content = put(service, path, body)
        if status == 200:
            hold(check, content, key)
            self.count("right")
        elif status in (502, 503, 504):
            kind = headers.get("content-type", "")
            if not kind.startswith(("application/problem+json", "text/html")):
                raise Wrong("refused without a problem", f"{status} as {kind}: {content[:200]}")
            self.count("refused with a reason")
        else:
            raise Wrong("another status than may be", f"{status}: {content[:300]}")

    # Faults.

    def carry_out(self):
        self.first = time.monotonic()
        for fault in self.plan:
            time.sleep(max(0, self.first + fault.at - time.monotonic()))
            self.active, self.begun[fault.number] = fault.number, time.monotonic() - self.first
            if fault.number == self.defect_from:
                self.link["predict-service"].lies = True
            self.inject(fault)
        self.link["predict-service"].lies = False

    def inject(self, fault):
        self.count(f"times {fault.kind}")
        if fault.kind == "upstream":
            self.faults("POST", json.dumps({"upstream": fault.on, "fault": fault.upstream_fault}))
            time.sleep(fault.seconds)
            self.faults("DELETE")
        elif fault.on not in self.processes:
            self.count("faults passed over")
        elif fault.kind in ("cut", "silence"):
            self.links.set(self.link[fault.on], CUT if fault.kind == "cut" else SILENT)
            time.sleep(fault.seconds)
            self.links.set(self.link[fault.on], PASS)
        else:
            process = self.processes[fault.on]
            with Away(self, process):
                if fault.kind == "pause":
                    process.send(signal.SIGSTOP)
                    time.sleep(fault.seconds)
                    process.send(signal.SIGCONT)
                else:
                    process.stop(signal.SIGKILL if fault.kind == "kill" else signal.SIGTERM)
                    time.sleep(fault.seconds)
                    process.start()

    def faults(self, method, body=None):
        status, _, content = ask(self.market.port, "/faults", method, body, JSON if body else None)
        if status >= 300:
            raise RuntimeError(f"the market refused {body}: {status} {content[:200]}")

    def recover(self):
        """The time after the last fault until every kind of request is answered correctly again."""
        begun = time.monotonic()
        granted = begun + RECOVERY_SECONDS
        waited_for = ""
        for service, question, body, check, key in self.answers.questions_of_every_kind():
            while True:
                try:
                    status, headers, content = put(service, question, body)
                    if status == 200:
                        hold(check, content, key)
                        break
                    # A circuit breaker may still be open, as long as the service says until when.
                    if "retry-after" in headers and time.monotonic() < granted:
                        granted = max(granted, time.monotonic() + int(headers["retry-after"]) + 1)
                    why = f"{status} {content[:200]}"
                except (OSError, http.client.HTTPException, Wrong) as error:
                    why = repr(error)
                waited_for = f", waiting for {service.name}: {why}"
                if time.monotonic() > min(granted, begun + 60):
                    self.find(f"{service.name} did not recover", f"{question}: {why}")
                    break
                time.sleep(0.1)
        took = time.monotonic() - begun
        return f"{took:.1f} s{waited_for if took > 2 else ''}"

    def look_back(self, before):
        time.sleep(1)
        for process in self.services:
            files = self.files(process)
            if too_many(files, before[process.name]):
                self.find(f"{process.name} keeps files open", f"{described(files)}; before {described(before[process.name])}")
            if process.resident_mib() > MOST_MEMORY_MIB:
                self.find(f"{process.name} holds too much memory", f"{process.resident_mib():.0f} MiB")
            for line in process.log.read_text(errors="replace").splitlines():
                if "panick" in line or "stand-in" in line and "token" in line:
                    self.find(f"{process.name} logged what it must not", line[:300])

    def files(self, process):
        links = {link.port: f"the link to {name}" for name, link in self.link.items()}
        names = links | {one.port: name for name, one in self.processes.items()}
        return kinds(process.running.pid, names)

    # Bookkeeping.

    def was_away(self, process, begun, ended):
        with self.lock:
            return any(begun <= to and ended >= since for since, to in self.away[process.name])

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def find(self, kind, particulars):
        with self.lock:
            self.findings.append(Finding(time.monotonic() - self.first, self.active, kind, particulars))


class Away:
    """Marks the time in which a process is unreliable."""

    def __init__(self, run, process):
        self.run, self.process = run, process

    def __enter__(self):
        with self.run.lock:
            self.run.away[self.process.name].append([time.monotonic(), float("inf")])

    def __exit__(self, *_):
        with self.run.lock:
            self.run.away[self.process.name][-1][1] = time.monotonic()

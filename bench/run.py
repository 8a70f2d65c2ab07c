#!/usr/bin/env python3
"""Measures the release build as a user meets it, and writes bench/RESULTS.md.

    bench/run.py                 builds what the images carry, measures for four minutes, writes the table
    bench/run.py --seconds 1     shorter and coarser
    bench/run.py --binaries DIR  measures what is there already, such as target/release

Needs wrk (Debian: apt-get install wrk). Everything runs on this machine: the load generator and the stand-in market
take their share of the same cores as the service measured.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from overload import measure as overload_loads, page as overload_page
from system import ROOT, SERVICES, Process, ask, chart_request, target_folder, upstreams

CONNECTIONS = (1, 2, 8, 64, 512)
# Requests per second; the goals are multiples of them.
BASE_PREDICT, BASE_PLOT = 18, 6
# Days in the past to forecast from: with the stocks, these give more different requests than one run can send.
FIRST_DAY, DAYS = datetime.date(2024, 1, 2), 600


def main():
    options = arguments()
    binaries = options.binaries or build()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="fortnight-bench-") as folder:
        bench = Bench(binaries, pathlib.Path(folder), options.seconds)
        try:
            report = bench.measure()
        finally:
            bench.stop()
    print(report)
    if not options.no_write:
        (ROOT / "bench" / "RESULTS.md").write_text(report)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3, help="for each row and number of connections")
    parser.add_argument("--binaries", type=pathlib.Path, help="folder of the release binaries; built where absent")
    parser.add_argument("--no-write", action="store_true", help="print only")
    return parser.parse_args()


def build():
    subprocess.run(["sh", "docker/prepare.sh", "compile"], cwd=ROOT, check=True)
    rustc = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = next(line.split()[1] for line in rustc.splitlines() if line.startswith("host:"))
    return target_folder() / host / "image"


class Bench:
    def __init__(self, binaries, folder, seconds):
        self.binaries, self.folder, self.seconds = binaries, folder, seconds
        self.market = Process("market-sim", binaries)
        self.predict = Process("predict-service", binaries, upstreams(self.market.port))
        self.plot = Process("plot-service", binaries)
        self.frontend = Process("frontend", binaries, {
            "PREDICT_URL": f"http://127.0.0.1:{self.predict.port}",
            "PLOT_URL": f"http://127.0.0.1:{self.plot.port}", "MARKET": "simulated",
        })
        self.all = (self.market, self.predict, self.plot, self.frontend)
        lines = (ROOT / "data" / "stocks.csv").read_text().splitlines()[1:]
        # The best-known stocks, as many as earlier figures were measured with.
        self.symbols = [line.split(",")[0] for line in lines[:563]]

    def stop(self):
        for process in reversed(self.all):
            process.stop()

    def measure(self):
        self.market.start()
        starts = {process.name: self.start_times(process) for process in (self.predict, self.plot, self.frontend)}
        forecast = json.loads(self.must_answer(self.predict, "/predict?stock=AAPL"))
        missing = [one["source"] for one in forecast["sources"] if one["status"] != "ok"]
        if missing:
            sys.exit(f"the stand-in market should answer for all four sources, but {missing} are not ok")
        large = self.write("large.json", chart_request(forecast, 1200, 750))
        small = self.write("small.json", chart_request(forecast, 480, 480))

        cold, cpu = self.nothing_cached()
        rows = [("predict, nothing cached", cold)]
        forty = self.symbols[:40]
        self.ask_all(self.predict, [f"/predict?stock={symbol}" for symbol in forty])
        anew = [f"/predict?stock={symbol}&history={days}" for days in range(7, 251) for symbol in forty]
        rows.append(("predict, sources warm, forecast made anew", self.load(self.predict, anew)))
        again = [f"/predict?stock={symbol}" for symbol in forty]
        rows.append(("predict, warm, as JSON", self.load(self.predict, again)))
        rows.append(("predict, warm, as events", self.load(self.predict, again, accept="text/event-stream")))
        rows.append(("plot, 1200 x 750 PNG", self.load(self.plot, ["/plot"], large)))
        rows.append(("plot, 480 x 480 PNG", self.load(self.plot, ["/plot"], small)))
        self.must_answer(self.frontend, "/forecast/AAPL/forecast.json")
        rows.append(("page of a warm forecast", self.load(self.frontend, ["/forecast/AAPL"])))
        rows.append(("events of that page", self.load(self.frontend, ["/forecast/AAPL/events"])))
        picture = "/forecast/AAPL/plot.png"
        rows.append(("picture of that page, kept", self.load(self.frontend, [picture])))
        tag = ask(self.frontend.port, picture)[1]["etag"]
        rows.append(("the same, not modified (304)", self.load(self.frontend, [picture], tag=tag)))
        first_byte = self.first_byte("/forecast/AAPL")
        words = ["app", "micro", "bank", "nvda", "berkshire", "energy", "a", "msft", "coca", "gold"]
        rows.append(("search", self.load(self.frontend, [f"/stocks?q={word}" for word in words])))
        overload = self.overload(large)
        memory = {process.name: (process.resident_mib(), process.status("VmHWM") / 1024) for process in self.all[1:]}
        return report(rows, starts, memory, first_byte, overload, cpu, self.sizes(), self.seconds)

    def start_times(self, process):
        """Five starts in milliseconds; the last one stays up."""
        times = []
        for number in range(5):
            if number:
                process.stop()
            times.append(process.start() * 1e3)
        return times

    def nothing_cached(self):
        """New requests, each with the five upstream calls of a first visit; and the CPU time of one."""
        # The first request for a stock makes the market simulate its prices, which a real upstream need not do. It also
        # shows which stocks were listed by then.
        listed = [symbol for symbol in self.symbols if ask(self.predict.port, question(symbol, FIRST_DAY))[0] == 200]
        days = [FIRST_DAY + datetime.timedelta(days=day + 1) for day in range(DAYS)]
        paths = [question(symbol, day) for day in days for symbol in listed]
        results, cpu = [], {}
        share = len(paths) // len(CONNECTIONS)
        for number, connections in enumerate(CONNECTIONS):
            own = self.write("paths", "\n".join(paths[number * share:(number + 1) * share]))
            before = {process.name: process.cpu_seconds() for process in (self.predict, self.market)}
            results.append(self.wrk(self.predict, own, "-", connections))
            if connections == 8:
                cpu = {process.name: (process.cpu_seconds() - before[process.name]) / results[-1]["requests"] * 1e6
                       for process in (self.predict, self.market)}
        return results, cpu

    def load(self, process, paths, body="-", accept="-", tag=None):
        own = self.write("paths", "\n".join(paths))
        return [self.wrk(process, own, body, one, accept, tag) for one in CONNECTIONS]

    def wrk(self, process, paths, body, connections, accept="-", tag=None):
        threads = min(2, connections)
        command = [
            "wrk", "-t", str(threads), "-c", str(connections), "-d", f"{self.seconds}s", "--timeout", "10s",
            "-s", str(ROOT / "bench" / "load.lua"), f"http://127.0.0.1:{process.port}", "--", str(paths), str(body),
            accept, *([tag] if tag else []),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
        if line is None:
            sys.exit(f"wrk gave no result: {done.stdout}{done.stderr}")
        result = json.loads(line) | {"connections": connections, "memory": process.resident_mib()}
        print(f"  {process.name:16} {connections:4} connections  {result['requests'] / result['seconds']:9.0f}/s",
              file=sys.stderr)
        return result

    def overload(self, body):
        return overload_loads(self.plot, body, self.seconds)

    def first_byte(self, path):
        """Milliseconds until the head of a warm page arrives, connection included; median of fifty."""
        times = []
        for _ in range(50):
            begun = time.perf_counter()
            ask(self.frontend.port, path)
            times.append((time.perf_counter() - begun) * 1e3)
        return statistics.median(times)

    def must_answer(self, process, path):
        status, _, body = ask(process.port, path)
        if status != 200:
            sys.exit(f"{process.name} answered {path} with {status}: {body[:300]!r}")
        return body

    def ask_all(self, process, paths):
        for path in paths:
            self.must_answer(process, path)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def sizes(self):
        """MiB by service: the binary an image carries and the whole image, each where built."""
        images = target_folder() / "images"
        images = images if images.is_dir() else ROOT / "target" / "images"
        found = {}
        for name in SERVICES:
            folder = images / name
            files = [one for one in folder.rglob("*") if one.is_file()] if folder.is_dir() else []
            binary = max((one.stat().st_size for one in files if one.name == name), default=0)
            found[name] = (binary / 2**20, sum(one.stat().st_size for one in files) / 2**20)
        return found


def question(symbol, day):
    return f"/predict?stock={symbol}&as_of={day}"


def rate(result):
    return (result["requests"] - result["refused"]) / result["seconds"]


def at(results, connections):
    return next(result for result in results if result["connections"] == connections)


def report(rows, starts, memory, first_byte, overload, cpu, sizes, seconds):
    by_name = dict(rows)
    lines = [
        "# Measured", "", "Remake with `bench/run.py`; it writes this page.", "",
        f"- Date: {datetime.date.today()}", f"- Machine: {machine()}", f"- Commit: {commit()}",
        f"- {seconds} s for each row; load generator (wrk) and stand-in market run on the same cores", "",
        "## Against the goals", "", "| what | goal | measured | met |", "| --- | --- | --- | --- |",
    ]
    lines += goals(by_name, starts, memory, first_byte, sizes)
    market, own = cpu["market-sim"], cpu["predict-service"]
    lines += [
        "", f"With nothing cached a request costs predict-service {own:.0f} µs of CPU, and the stand-in market "
        f"{market:.0f} µs for the five upstream answers. {os.cpu_count()} cores for predict-service alone would give at "
        f"most {os.cpu_count() * 1e6 / own:,.0f} requests/s; shared with the market "
        f"{os.cpu_count() * 1e6 / (own + market):,.0f}, before wrk takes its part.",
        "", f"With 8 connections a picture waits for those before it: {os.cpu_count()} cores that draw "
        f"{rate(at(by_name['plot, 1200 x 750 PNG'], 8)):,.0f}/s have 8 of them in "
        f"{8e3 / rate(at(by_name['plot, 1200 x 750 PNG'], 8)):.0f} ms.",
        "", "Measured elsewhere: the forward pass beside onnxruntime (`python models/training/speed.py`), the page in a "
        "browser (`cargo run --release -p frontend --example measure`), the forecasts' error "
        "(`models/MODEL_CARD.md`), failures (`docs/fault-matrix.md`, `bench/faults.py`).",
        "", "## Load", "", "Refused are answers other than 2xx (503 beyond capacity); they are not counted as "
        "requests/s, but their times are in the percentiles. Broken are connections that failed or timed out.", "",
        "| what | connections | requests/s | p50 ms | p99 ms | p99.9 ms | refused | broken | resident MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, results in rows:
        lines += [
            f"| {name} | {one['connections']} | {rate(one):,.0f} | {one['p50']:.2f} | {one['p99']:.2f} "
            f"| {one['p999']:.2f} | {one['refused']} | {one['broken']} | {one['memory']:.0f} |" for one in results
        ]
    lines += ["", "## Start, memory, size", "",
              "Start: from exec to the first 200 of `/ready`, median and worst of five. Memory: after all of the above.",
              "", "| service | start ms | worst | resident MiB | peak MiB | binary MiB | image MiB |",
              "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name in SERVICES:
        times, (now, peak), (binary, image) = starts[name], memory[name], sizes[name]
        size = f"{binary:.1f} | {image:.1f}" if image else "not built | not built"
        lines.append(f"| {name} | {statistics.median(times):.0f} | {max(times):.0f} | {now:.0f} | {peak:.0f} | {size} |")
    lines += ["", "## Overload", "", *overload_page(overload), ""]
    return "\n".join(lines)


def goals(rows, starts, memory, first_byte, sizes):
    def line(what, goal, measured, met):
        return f"| {what} | {goal or '–'} | {measured} | {('yes' if met else 'no') if goal else '–'} |"

    cold = at(rows["predict, nothing cached"], 8)
    warm, events = (at(rows[f"predict, warm, as {form}"], 8) for form in ("JSON", "events"))
    page, page_events = (at(rows[name], 8) for name in ("page of a warm forecast", "events of that page"))
    plot = at(rows["plot, 1200 x 750 PNG"], 8)
    alone = at(rows["plot, 1200 x 750 PNG"], 1)
    start = {name: statistics.median(times) for name, times in starts.items()}
    after, high = (max(figures[at] for figures in memory.values()) for at in (0, 1))
    lines = [
        line("/predict, nothing cached, 8 connections", f"{100 * BASE_PREDICT:,}/s", f"{rate(cold):,.0f}/s",
             rate(cold) >= 100 * BASE_PREDICT),
        line("the same, p99", "under 10 ms", f"{cold['p99']:.1f} ms", cold["p99"] < 10),
        line("/predict, warm, as JSON, 8 connections", f"{500 * BASE_PREDICT:,}/s", f"{rate(warm):,.0f}/s",
             rate(warm) >= 500 * BASE_PREDICT),
        line("the same as events, which is what a page asks for", "20,000/s", f"{rate(events):,.0f}/s",
             rate(events) >= 20_000),
        line("/plot, 1200 x 750 PNG, 8 connections", f"{25 * BASE_PLOT}/s", f"{rate(plot):,.0f}/s",
             rate(plot) >= 25 * BASE_PLOT),
        line("the same, p50, 1 connection", "under 10 ms", f"{alone['p50']:.1f} ms", alone["p50"] < 10),
        line("the same, p50, 8 connections", None, f"{plot['p50']:.1f} ms", None),
        line("start to first healthy answer", "under 50 ms",
             ", ".join(f"{name} {time:.0f} ms" for name, time in start.items()), max(start.values()) < 50),
        line("memory after all of the load, highest of any service", "under 64 MiB", f"{after:.0f} MiB", after < 64),
        line("the same at its peak, with 512 connections", None, f"{high:.0f} MiB", None),
        line("page of a warm forecast, 8 connections", "10,000/s", f"{rate(page):,.0f}/s", rate(page) >= 10_000),
        line("its events, 8 connections", None, f"{rate(page_events):,.0f}/s", None),
        line("page of a warm forecast, whole answer", "first byte under 10 ms", f"{first_byte:.1f} ms", first_byte < 10),
    ]
    biggest = max(image for _, image in sizes.values())
    if biggest:
        lines.append(line("image, unpacked, largest", "under 40 MB", f"{biggest * 1.048576:.1f} MB", biggest < 38.1))
    return lines


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {model}, Linux {platform.release().split('-')[0]}, load {os.getloadavg()[0]:.1f}"


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()

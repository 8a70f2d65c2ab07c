#!/usr/bin/env python3
"""Samples each service under load, shows which code the time was spent in, and writes bench/PROFILE.md.

    bench/cpu_profile.py                 builds, samples for half a minute
    bench/cpu_profile.py --binaries DIR  with symbols, such as target/release

Needs perf (Debian: apt-get install linux-perf) and wrk. A sample counts for the crate the function was written in; what
the compiler put into its caller counts for the caller.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from run import Bench, DAYS, FIRST_DAY, commit, machine, question
from system import ROOT, ask, chart_request, target_folder

SECONDS, CONNECTIONS, SAMPLES_PER_SECOND = 5, 8, 1999
# Crates by purpose; a symbol counts toward the first group that its crate belongs to.
GROUPS = {
    "ours": ("exchange_calendar", "feature_sources", "forecast_model", "forecast_types", "frontend", "plot_service",
             "predict_service", "problem_details", "service_runtime", "stock_list"),
    "network (tract)": ("tract_core", "tract_data", "tract_linalg", "ndarray", "smallvec"),
    "drawing (plotters, zeno, harfrust)": ("plotters", "plotters_backend", "zeno", "harfrust", "read_fonts", "skrifa"),
    "PNG": ("png", "fdeflate", "simd_adler32", "crc32fast", "flate2", "miniz_oxide"),
    "JSON": ("serde", "serde_core", "serde_json", "zmij", "itoa", "yahoo_finance_api"),
    "page templates": ("askama",),
    "HTTP": ("axum", "axum_core", "h2", "http", "http_body", "http_body_util", "httparse", "hyper", "hyper_util",
             "reqwest", "tower", "tower_http", "url", "idna", "percent_encoding", "form_urlencoded", "matchit"),
    "runtime (tokio, caches)": ("tokio", "mio", "futures_util", "futures_core", "moka", "crossbeam_channel", "backon",
                                "parking_lot", "parking_lot_core", "bytes", "governor", "failsafe"),
    "logs and metrics": ("tracing", "tracing_core", "tracing_subscriber", "metrics", "metrics_exporter_prometheus",
                         "sharded_slab"),
    "dates": ("jiff", "jiff_core"),
}
# The purpose of functions in C libraries and the standard library, by name.
ALLOCATOR = re.compile(r"^_?_?(mi_|_mi_|int_malloc|int_free|malloc|free|cfree|calloc|realloc|unlink_chunk|_?int_realloc|__rdl_|__rust)")
COPYING = re.compile(r"mem(move|cpy|set|cmp)_|^mem(move|cpy|set|cmp)$")
TEXT = re.compile(r"\bcore::(fmt|num|str|char)\b|\balloc::(fmt|string|str)\b")
NETWORK = re.compile(r"_mmm_|sigmoid_f32|tanh_f32")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path)
    options = parser.parse_args()
    for program, package in (("perf", "linux-perf"), ("wrk", "wrk")):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed; on Debian: apt-get install {package}")
    if options.binaries is None:
        subprocess.run(["cargo", "build", "--release", "--workspace", "--locked"], cwd=ROOT, check=True)
    binaries = options.binaries or target_folder() / "release"
    with tempfile.TemporaryDirectory(prefix="fortnight-profile-") as folder:
        bench = Bench(binaries, pathlib.Path(folder), SECONDS)
        try:
            for process in bench.all:
                process.start()
            tables = profiles(bench)
        finally:
            bench.stop()
    text = page(tables)
    print(text)
    (ROOT / "bench" / "PROFILE.md").write_text(text)


def profiles(bench):
    forecast = json.loads(bench.must_answer(bench.predict, "/predict?stock=AAPL"))
    large = bench.write("large.json", chart_request(forecast, 1200, 750))
    listed = [symbol for symbol in bench.symbols if ask(bench.predict.port, question(symbol, FIRST_DAY))[0] == 200]
    days = [FIRST_DAY + datetime.timedelta(days=day + 1) for day in range(DAYS)]
    new = [question(symbol, day) for day in days for symbol in listed]
    bench.must_answer(bench.frontend, "/forecast/AAPL/forecast.json")
    return {
        "predict-service, nothing cached": sample(bench, bench.predict, new),
        "plot-service, 1200 x 750 PNG": sample(bench, bench.plot, ["/plot"], large),
        "frontend, page of a warm forecast": sample(bench, bench.frontend, ["/forecast/AAPL"]),
    }


def sample(bench, process, paths, body="-"):
    """Shares of the samples by group; requests a second and busy cores meanwhile."""
    data = bench.folder / "perf.data"
    recorder = subprocess.Popen(
        ["perf", "record", "--quiet", "-F", str(SAMPLES_PER_SECOND), "-o", str(data), "-p", str(process.running.pid)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = process.cpu_seconds()
    result = bench.wrk(process, bench.write("paths", "\n".join(paths)), body, CONNECTIONS)
    cores = (process.cpu_seconds() - before) / result["seconds"]
    recorder.send_signal(signal.SIGINT)
    recorder.wait()
    report = subprocess.run(
        ["perf", "report", "-i", str(data), "--stdio", "--sort", "dso,symbol", "--field-separator", "\t"],
        capture_output=True, text=True, check=True).stdout
    shares = collections.Counter()
    for line in report.splitlines():
        fields = line.strip().split("\t")
        if line.startswith("#") or len(fields) < 3:
            continue
        shares[group(fields[1].strip(), fields[2].strip())] += float(fields[0].strip().rstrip("%"))
    return shares, result["requests"] / result["seconds"], cores


def group(library, symbol):
    if "kernel" in library or symbol.startswith("[k]"):
        return "system (sockets, threads)"
    name = re.sub(r"^\[.\]\s*", "", symbol)
    for pattern, label in ((ALLOCATOR, "allocator"), (NETWORK, "network (tract)"), (COPYING, "copying, clearing, comparing")):
        if pattern.search(name):
            return label
    for crate in re.findall(r"\b([a-z][a-z0-9_]*)::", name):
        for label, crates in GROUPS.items():
            if crate in crates:
                return label
    return "text and numbers as text" if TEXT.search(name) else "standard library and the rest"


def page(tables):
    lines = ["# Where the time goes", "", "Remake with `bench/cpu_profile.py`; it writes this page.", "",
             f"- Date: {datetime.date.today()}", f"- Machine: {machine()}", f"- Commit: {commit()}",
             f"- {CONNECTIONS} connections, {SECONDS} s each, {SAMPLES_PER_SECOND:,} samples a second of each core",
             "- The market and wrk run on the same cores and are not in the figures", ""]
    for name, (shares, rate, cores) in tables.items():
        summary = f"{rate:,.0f} requests/s while sampled; the service kept {cores:.1f} of {os.cpu_count()} cores busy."
        lines += [f"## {name}", "", summary, "", "| code | share |", "| --- | ---: |"]
        total = sum(shares.values())
        lines += [f"| {label} | {100 * share / total:.1f} % |" for label, share in shares.most_common() if share > 0.3]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Offers plot-service up to ten times what it can draw, and measures how quickly it answers and refuses.

    bench/overload.py                  about half a minute after the build
    bench/overload.py --binaries DIR   the binaries that are there; built where absent
    bench/overload.py --set QUEUE_LENGTH=16   with another setting of the service

The load is open: requests are sent on schedule, however earlier ones end. Needs wrk, which runs on the same
cores and takes its part of them, the more the more is offered.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import tempfile

from system import ROOT, Process, ask, chart_request, target_folder, upstreams

FACTORS = (0.5, 1, 2, 5, 10)
# Enough that one is always free: the service holds some hundred at most, the others wait.
CONNECTIONS = 512
# The queue fills in this time; it is not in the figures.
WARM_UP_SECONDS = 1


def main():
    options = arguments()
    binaries = options.binaries
    if binaries is None:
        subprocess.run(["cargo", "build", "--release", "--workspace", "--locked"], cwd=ROOT, check=True)
        binaries = target_folder() / "release"
    market = Process("market-sim", binaries)
    predict = Process("predict-service", binaries, upstreams(market.port))
    plot = Process("plot-service", binaries, dict(one.split("=", 1) for one in options.set))
    with tempfile.TemporaryDirectory(prefix="fortnight-overload-") as folder:
        try:
            for process in (market, predict, plot):
                process.start()
            forecast = json.loads(ask(predict.port, "/predict?stock=AAPL")[2])
            body = pathlib.Path(folder) / "body.json"
            body.write_text(chart_request(forecast, 1200, 750))
            predict.stop()
            print("\n".join(page(measure(plot, body, options.seconds))))
        finally:
            for process in (plot, predict, market):
                process.stop()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3, help="for each load, after a second of warm-up")
    parser.add_argument("--binaries", type=pathlib.Path, help="folder of the release binaries; built where absent")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="setting of plot-service")
    return parser.parse_args()


def measure(plot, body, seconds):
    """Finds how much the service can draw, then offers parts and multiples of it."""
    capacity = offer(plot, body, 20_000, seconds, connections=8)["drawn"]
    return [offer(plot, body, factor * capacity, seconds) | {"factor": factor} for factor in FACTORS]


def offer(plot, body, rate, seconds, connections=CONNECTIONS):
    """Posts the body at a rate; if no service can keep up with it, as fast as the connections allow."""
    before, own = plot.cpu_seconds(), generator_seconds()
    command = [
        "wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds + WARM_UP_SECONDS}s", "--timeout", "30s",
        "-s", str(ROOT / "bench" / "overload.lua"), f"http://127.0.0.1:{plot.port}", "--",
        str(body), f"{rate:.3f}", str(WARM_UP_SECONDS),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if line is None:
        raise RuntimeError(f"wrk gave no result: {done.stdout}{done.stderr}")
    result = json.loads(line)
    return {
        "offered": result["sent"] / result["seconds"], "drawn": len(result["accepted"]) / result["seconds"],
        "turned_away": len(result["refused"]) / result["seconds"],
        "accepted": result["accepted"], "refused": result["refused"], "hints": result["hints"],
        "others": result["others"], "broken": result["broken"], "memory": plot.resident_mib(),
        "cpu": (plot.cpu_seconds() - before) / (seconds + WARM_UP_SECONDS),
        "wrk": (generator_seconds() - own) / (seconds + WARM_UP_SECONDS),
    }


def generator_seconds():
    """CPU time of all that was started here and has ended: wrk, between two looks."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def percentile(times, percent):
    if not times:
        return "–"
    return f"{times[0] if len(times) == 1 else statistics.quantiles(times, n=100, method='inclusive')[percent - 1]:.1f}"


def page(results):
    """Lines of Markdown."""
    lines = [
        "plot-service is offered parts and multiples of the 1200 x 750 PNGs that it draws for 8 connections, by the "
        f"clock over {CONNECTIONS} connections, however it answers. wrk takes its part of the same cores.", "",
        "| load | offered/s | accepted/s | p50 ms | p99 ms | refused/s | refused p50 ms | p99 ms | with `Retry-After` "
        "| cores: service + wrk | resident MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in results:
        answered, refused = one["accepted"], one["refused"]
        hinted = f"{one['hints']} of {len(refused)}" if refused else "–"
        lines.append(
            f"| {one['factor']} x | {one['offered']:,.0f} | {one['drawn']:,.0f} "
            f"| {percentile(answered, 50)} | {percentile(answered, 99)} | {one['turned_away']:,.0f} "
            f"| {percentile(refused, 50)} | {percentile(refused, 99)} | {hinted} | {one['cpu']:.1f} + {one['wrk']:.1f} "
            f"| {one['memory']:.0f} |")
    odd = sum(one["others"] + one["broken"] for one in results)
    return [*lines, "", f"{odd} answers were neither 200 nor 503, or never came."]


if __name__ == "__main__":
    main()

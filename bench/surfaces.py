#!/usr/bin/env python3
"""Measures how long a forecast from the cache takes wherever people ask for one.

    bench/surfaces.py                  1,000 requests each, with target/release/fortnight
    bench/surfaces.py --calls 10000

One client asks for one stock of the simulated market, again and again, over one connection; the terminal's command
starts as a new process each time.
"""

import argparse
import http.client
import json
import pathlib
import subprocess
import time

from system import Process, free_port, target_folder

NOW = "2026-11-21T03:00:00Z"
STARTS = 1_000
EVENTS = {"accept": "text/event-stream"}
ASSISTANT = {"content-type": "application/json", "accept": "application/json, text/event-stream",
             "mcp-protocol-version": "2025-11-25"}
QUESTION = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "forecast", "arguments": {"stock": "KO"}}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    parser.add_argument("--calls", type=int, default=1_000)
    options = parser.parse_args()
    program = str(options.binaries / "fortnight")
    page = free_port()
    predict, assistant = page + 1, free_port()
    everything = Process(
        "fortnight", options.binaries, port=page, command=[program, "--port-base", str(page), "--now", NOW]
    )
    server = Process(
        "mcp", options.binaries, port=assistant, ready=None,
        command=[program, "mcp", "--http", f"127.0.0.1:{assistant}", "--url", f"http://127.0.0.1:{predict}"],
    )
    surfaces = [
        ("page", page, "/forecast/KO", {}, None),
        ("picture", page, "/forecast/KO/plot.png", {}, None),
        ("spreadsheet (CSV)", page, "/forecast/KO/forecast.csv", {}, None),
        ("card for other sites", page, "/embed/KO", {}, None),
        ("oEmbed", page, f"/oembed?url=http://127.0.0.1:{page}/forecast/KO", {}, None),
        ("program (JSON)", predict, "/predict?stock=KO", {}, None),
        ("program (events)", predict, "/predict?stock=KO", EVENTS, None),
        ("chance of a price", predict, "/predict/chance?stock=KO&above=1&by=2026-12-04", {}, None),
        ("assistant (MCP)", assistant, "/mcp", ASSISTANT, json.dumps(QUESTION)),
    ]
    table("forecast from the cache")
    try:
        everything.start()
        server.start()
        for name, *request in surfaces:
            show(name, measure(options.calls, *request))
        show("terminal, new process", start([program, "forecast", "KO", "--url", f"http://127.0.0.1:{predict}"]))
        show("the start alone (--version)", start([program, "--version"]))
    finally:
        server.stop()
        everything.stop()


def measure(calls, port, path, headers, body):
    """Seconds of each call on one connection, the first ones left out: they fill the caches."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = [timed(connection, path, headers, body) for _ in range(calls + 10)]
    connection.close()
    return took[10:]


def timed(connection, path, headers={}, body=None):
    begun = time.perf_counter()
    connection.request("POST" if body else "GET", path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    took = time.perf_counter() - begun
    assert answer.status == 200 and content, (path, answer.status, content)
    return took


def start(command):
    took = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took.append(time.perf_counter() - begun)
    return took


def table(what):
    print(f"| {what} | median ms | p99 ms | slowest ms |\n| --- | ---: | ---: | ---: |")


def show(name, took):
    took.sort()
    median, p99, slowest = took[len(took) // 2], took[len(took) * 99 // 100], took[-1]
    print(f"| {name} | {median * 1e3:.2f} | {p99 * 1e3:.2f} | {slowest * 1e3:.2f} |", flush=True)


if __name__ == "__main__":
    main()

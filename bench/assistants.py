#!/usr/bin/env python3
"""Checks the server for assistants with the protocol's official tools: the conformance tests over streamable HTTP, and
the inspector over HTTP and over standard input and output.

    bench/assistants.py
    bench/assistants.py --calls 2000      also measures how long answers from the cache take

Needs npm.
"""

import argparse
import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from node_tools import install
from system import Process, free_port, target_folder

CONFORMANCE = "@modelcontextprotocol/conformance@0.1.16"
INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
# The other scenarios call tools, prompts and resources that only the protocol's own example server has.
SCENARIOS = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection")
TOOLS = ["chance", "compare", "forecast", "search", "track_record"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    parser.add_argument("--calls", type=int, default=0)
    options = parser.parse_args()
    _, environment = install("assistants", CONFORMANCE, INSPECTOR)
    program = str(options.binaries / "fortnight")
    port = free_port()
    server = Process(
        "mcp", options.binaries, command=[program, "mcp", "--http", f"127.0.0.1:{port}"], port=port, ready=None
    )
    address = f"http://127.0.0.1:{port}/mcp"
    server.start()
    try:
        for scenario in SCENARIOS:
            run(["conformance", "server", "--url", address, "--scenario", scenario], environment)
            print(f"ok: conformance, {scenario}", flush=True)
        for way, target in (("HTTP", [address]), ("standard input and output", [program, "mcp"])):
            inspect(target, environment)
            print(f"ok: inspector over {way}", flush=True)
        if options.calls:
            measure(port, options.calls)
    finally:
        server.stop()


def run(command, environment):
    # The tools write settings and results to the working and home folders.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, cwd=folder, env={**environment, "HOME": folder}, capture_output=True, text=True, check=False,
            timeout=120,
        )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def inspect(target, environment):
    command = ["mcp-inspector", "--cli", *target]
    listed = json.loads(run([*command, "--method", "tools/list"], environment))
    names = [tool["name"] for tool in listed["tools"]]
    assert names == TOOLS, names
    question = ["--method", "tools/call", "--tool-name", "chance", "--tool-arg", "stock=KO", "above=1"]
    answer = json.loads(run([*command, *question], environment))["structuredContent"]
    assert answer["on_day"] == "over 95%", answer
    assert answer["basis"]["notice"].startswith("Not investment advice."), answer


def measure(port, calls):
    question = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "forecast", "arguments": {"stock": "KO"}}}
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream",
               "mcp-protocol-version": "2025-11-25"}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = []
    for _ in range(calls):
        begun = time.perf_counter()
        connection.request("POST", "/mcp", body=json.dumps(question), headers=headers)
        answer = connection.getresponse().read()
        took.append(time.perf_counter() - begun)
        assert b'"isError":false' in answer or b'"structuredContent"' in answer, answer
    took.sort()
    median, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    print(f"forecast from the cache over HTTP, {calls:,} calls: median {median * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms")


if __name__ == "__main__":
    main()

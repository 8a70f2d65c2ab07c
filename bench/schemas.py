#!/usr/bin/env python3
"""Sends both HTTP services requests that their OpenAPI documents allow, and ones they do not, with schemathesis.

    bench/schemas.py                  100 examples an operation, from seed 1
    bench/schemas.py --examples 1000 --seed 5

Needs schemathesis: `python3 -m venv DIR && DIR/bin/pip install schemathesis`, then PATH=DIR/bin:$PATH bench/schemas.py.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

from system import Process, target_folder, upstreams


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    options = parser.parse_args()
    if shutil.which("schemathesis") is None:
        sys.exit("schemathesis is not installed: " + __doc__.splitlines()[-1])
    market = Process("market-sim", options.binaries)
    predict = Process("predict-service", options.binaries, upstreams(market.port))
    plot = Process("plot-service", options.binaries)
    failed = []
    try:
        for process in (market, predict, plot):
            process.start()
        for service in (predict, plot):
            print(f"==== {service.name}", flush=True)
            done = subprocess.run([
                "schemathesis", "run", f"http://127.0.0.1:{service.port}/openapi.json", "--checks", "all",
                # A schema cannot express every rule: ascending dates, prices that do not cross, no day in the future.
                # Data that breaks one gets 422, whose schema the other checks verify.
                "--exclude-checks", "positive_data_acceptance", "--max-examples", str(options.examples), "--seed", str(options.seed), "--no-color",
            ], check=False)
            if done.returncode != 0:
                failed.append(service.name)
    finally:
        for process in (plot, predict, market):
            process.stop()
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

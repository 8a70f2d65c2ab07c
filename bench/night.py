#!/usr/bin/env python3
"""Measures a nightly run: forecasts of many simulated listings, sealed in a store in a new folder.

    bench/night.py                        8,000 listings, on two cores, with target/release/fortnight
    bench/night.py --stocks 500 --binary PATH

One process runs everything: the services, the simulated market, and the night. Prints how long it took, the most
memory it held, and the size of the store. `cargo build --release` comes first.
"""

import argparse
import itertools
import os
import pathlib
import resource
import string
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORES = 2


def listings(count):
    """Returns the lines of a list: the repository's, and made-up ones after them."""
    header, *known = (ROOT / "data/stocks.csv").read_text(encoding="utf-8").splitlines()
    symbols = {line.split(",", 1)[0] for line in known}
    made_up = ("".join(letters) for letters in itertools.product(string.ascii_uppercase, repeat=5))
    commas = "," * (header.count(",") - 1)
    more = (f"{symbol},Simulated {symbol}{commas}" for symbol in made_up if symbol not in symbols)
    return [header, *itertools.islice(itertools.chain(known, more), count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stocks", type=int, default=8_000)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/fortnight")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as folder:
        stocks, store = pathlib.Path(folder) / "stocks.csv", pathlib.Path(folder) / "store"
        stocks.write_text("\n".join(listings(options.stocks)) + "\n", encoding="utf-8")
        command = [options.binary, "nightly", "--store", store, "--stocks-csv", stocks, "--now", "2026-11-21T03:00:00Z"]
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, check=False)
        seconds = time.monotonic() - begun
        size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{options.stocks:,} listings on {CORES} cores: {seconds:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of CPU, "
          f"{used.ru_maxrss / 1024:.0f} MiB at its peak, {size / 1e6:.1f} MB in the store")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

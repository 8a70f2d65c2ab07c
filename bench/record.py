#!/usr/bin/env python3
"""Measures the pages of the record and the market from a store.

    fortnight nightly --replay prices_2010_2024.parquet --days 545 --store million
    bench/record.py million

The first line makes a store of 1,074,096 forecasts. Prints the slowest answer as well: the first view of a day reads
the forecasts and the fourteen sessions after it, fifteen files. `cargo build --release` comes first.
"""

import argparse
import http.client
import pathlib

from surfaces import show, table, timed
from system import Process, free_port, target_folder

VIEWS = 200
DAYS = 100


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=pathlib.Path)
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    options = parser.parse_args()
    days = sorted(folder.name.removeprefix("session=") for folder in options.store.glob("forecasts/session=*"))
    days = days[:: max(1, len(days) // DAYS)]
    command = [str(options.binaries / "fortnight"), "--store", str(options.store.resolve()), "--port-base"]
    page = free_port()
    fortnight = Process("fortnight", options.binaries, port=page, command=[*command, str(page)])
    try:
        fortnight.start()
        connection = http.client.HTTPConnection("127.0.0.1", page)
        table("page from the store")
        for path in ("/record", "/record/sessions?ahead=14", "/market"):
            show(f"`{path}`", [timed(connection, path) for _ in range(VIEWS)])
        show(f"{len(days)} days, first view of each", [timed(connection, f"/record/{day}") for day in days])
        show("one forecast of each", [timed(connection, f"/record/{day}/AAPL") for day in days])
    finally:
        fortnight.stop()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Prints what Lighthouse gives the pages, from 0 to 100, on a phone and on a desktop, against the simulated market.

    bench/lighthouse.py

Needs npm and chromium. Search results and comparisons are `noindex` on purpose, which costs them points under `seo`.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from node_tools import install
from system import Process, ask, free_port, target_folder

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = ("/", "/forecast/MSFT", "/model", "/search?q=united", "/compare?stocks=MSFT,COST")
KINDS = ("performance", "accessibility", "best-practices", "seo")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    options = parser.parse_args()
    _, environment = install("lighthouse", LIGHTHOUSE)
    environment["CHROME_PATH"] = os.environ.get("CHROME_PATH") or shutil.which("chromium") or ""
    base = free_port()
    fortnight = Process(
        "fortnight", options.binaries, port=base,
        command=[str(options.binaries / "fortnight"), "--port-base", str(base), "--now", "2026-11-21T03:00:00Z"],
    )
    fortnight.start()
    try:
        for page in PAGES:
            ask(base, page)
        print(f"| page | device | {' | '.join(KINDS)} |\n|---|---|{'---|' * len(KINDS)}")
        for page in PAGES:
            for device in ("phone", "desktop"):
                scores = measure(f"http://127.0.0.1:{base}{page}", device, environment)
                print(f"| `{page}` | {device} | {' | '.join(scores)} |", flush=True)
    finally:
        fortnight.stop()


def measure(address, device, environment):
    """Scores as text, in the order of KINDS; `failed` where Chromium's trace could not be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "report.json"
        preset = ["--preset=desktop"] if device == "desktop" else []
        subprocess.run(
            ["lighthouse", address, "--quiet", "--output=json", f"--output-path={path}", *preset,
             "--chrome-flags=--headless=new --no-sandbox"],
            env=environment, check=False, stderr=subprocess.DEVNULL,
        )
        categories = json.loads(path.read_text())["categories"]
    scores = [categories[kind]["score"] for kind in KINDS]
    return ["failed" if score is None else f"{100 * score:.0f}" for score in scores]


if __name__ == "__main__":
    main()

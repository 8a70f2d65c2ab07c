#!/usr/bin/env python3
"""Measures what matters when predict-service runs for days: the cache's size, Redis over a network, shared budgets, fairness.

    bench/upkeep.py                       all four; about two minutes
    bench/upkeep.py cache fairness        only these: cache redis budget fairness
    bench/upkeep.py --binaries DIR        the binaries that are there, instead of target/release

Each prints its figures and whether they hold. Needs the release binaries and, for two of them, redis-server.
"""

import argparse
import concurrent.futures
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from links import Links
from system import ROOT, Process, ask, target_folder, upstreams

MOST_CACHE_MIB = 40
ROUND_TRIP_SECONDS = 0.020
STOCKS = 563
DAYS = ("2026-03-13", "2026-06-12", "2026-09-18")
CLIENTS = 16


def main():
    measurements = {"cache": cache, "redis": slow_redis, "budget": shared_budget, "fairness": fairness}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[[], *measurements], help="all if none is named")
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    options = parser.parse_args()
    failed = []
    for name in options.what or measurements:
        with Services(options.binaries) as services:
            figures, holds = measurements[name](services)
        print(f"{'holds' if holds else 'FAILS'}  {name}: {figures}", flush=True)
        if not holds:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


class Services:
    """A folder and the processes of one measurement; all of them end with it."""

    def __init__(self, binaries):
        self.binaries, self.started, self.links = binaries, [], None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fortnight-upkeep-"))
        self.market = self.start("market-sim", command=[str(self.binaries / "market-sim"), "--record-requests"])
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.stop(within=20)
        if self.links:
            self.links.close()
        shutil.rmtree(self.folder)

    def start(self, name, environment=None, **how):
        log = self.folder / f"{name}-{len(self.started)}.log"
        process = Process(name, self.binaries, environment, log, **how)
        self.started.append(process)
        process.start()
        return process

    def predict(self, **settings):
        return self.start("predict-service", upstreams(self.market.port) | settings)

    def redis(self):
        command = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder), "--port"]
        process = Process("redis", self.binaries, ready=None)
        process.command = [*command, str(process.port)]
        self.started.append(process)
        process.start()
        return process

    def link(self, target, delay):
        self.links = self.links or Links()
        link = self.links.link(target)
        link.delay = delay
        return link

    def asked(self, start):
        """The requests the market got so far whose path starts like this."""
        requests = json.loads(ask(self.market.port, "/requests")[2])
        return sum(request["path"].startswith(start) for request in requests)


def stocks():
    """A number of stocks, spread over the whole list."""
    with open(ROOT / "data/stocks.csv", newline="") as file:
        symbols = [row["symbol"] for row in csv.DictReader(file)]
    return symbols[::max(1, len(symbols) // STOCKS)][:STOCKS]


def ask_all(port, paths):
    """Sends requests from several clients at once; returns how often each status came."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        statuses = list(clients.map(lambda path: ask(port, path, timeout=30)[0], paths))
    return {status: statuses.count(status) for status in sorted(set(statuses))}


def cache(services):
    """The cache folder after 563 stocks, three days and the records of each."""
    folder = services.folder / "cache"
    predict = services.predict(CACHE_DIR=str(folder))
    most, done = [0], threading.Event()

    def watch():
        while not done.wait(0.2):
            most[0] = max(most[0], size_mib(folder))

    watcher = threading.Thread(target=watch)
    watcher.start()
    paths = [
        f"/{what}?stock={stock}&as_of={day}"
        for day in DAYS for stock in stocks() for what in ("predict", "track-record")
    ]
    statuses = ask_all(predict.port, paths)
    done.set()
    watcher.join()
    size = max(most[0], size_mib(folder))
    figures = f"{len(paths):,} requests ended as {statuses}; the folder took {size:.1f} MiB at most"
    return figures, size <= MOST_CACHE_MIB and statuses.get(200, 0) > len(paths) * 0.9


def size_mib(folder):
    output = subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=False).stdout
    return int(output.split()[0]) / 1024 if output else 0


def slow_redis(services):
    """Redis behind a link of 20 ms there and back."""
    redis = services.redis()
    link = services.link(redis.port, ROUND_TRIP_SECONDS / 2)
    predict = services.predict(REDIS_URL=f"redis://127.0.0.1:{link.port}", EODHD_CALLS_PER_DAY="100000")
    wait_for(predict, "Redis answers")
    some = stocks()[:40]
    statuses = ask_all(predict.port, [f"/predict?stock={stock}" for stock in some])
    time.sleep(1.5)
    series = len(redis_keys(redis, "fortnight:1:simulated*"))
    days = redis_keys(redis, "fortnight:1:calls:*")
    counted = int(redis_cli(redis, "GET", days[0])) if days else 0
    spent = 10 * (services.asked("/api/sentiments") + services.asked("/api/tweets-sentiments"))
    warnings = predict.log.read_text().count("WARN")
    figures = (f"of {4 * len(some)} series {series} are stored, of {spent} EODHD calls {counted} are counted, "
               f"{warnings} warnings, {statuses}")
    return figures, series >= 3.9 * len(some) and counted == spent > 0 and warnings == 0


def shared_budget(services):
    """How many price requests two instances send to Yahoo in the time in which one may send seven."""
    redis = services.redis()
    counts = {}
    for instances in (1, 2):
        redis_cli(redis, "FLUSHALL")
        settings = {"REDIS_URL": f"redis://127.0.0.1:{redis.port}", "YAHOO_RATE_PER_SECOND": "1",
                    # Waits for at most two seconds, so that seven of many requests are sent.
                    "SOURCE_DEADLINE_MS": "4500"}
        predicts = [services.predict(**settings) for _ in range(instances)]
        for predict in predicts:
            wait_for(predict, "Redis answers")
        before = services.asked("/v8/")
        some = stocks()
        threads = [
            threading.Thread(target=ask_all, args=(predict.port, [f"/predict?stock={one}" for one in part]))
            for predict, part in zip(predicts, (some[:30], some[30:60]))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts[instances] = services.asked("/v8/") - before
        for predict in predicts:
            predict.stop()
    # A slow machine may take long enough for one more.
    return f"one instance asked {counts[1]} times, two asked {counts[2]} times", counts[2] <= counts[1] + 1


def fairness(services):
    """A second visitor while another one requests ten new forecasts a second, with Yahoo's real budget."""
    predict = services.predict(YAHOO_RATE_PER_SECOND="1")
    frontend = services.start("frontend", {
        "PREDICT_URL": f"http://127.0.0.1:{predict.port}", "MARKET": "simulated", "CLIENT_ADDRESS_HOPS": "1",
    })
    names = stocks()
    warm, fresh, flooded = names[0], names[1:20], names[20:]
    get = lambda stock, client: ask(
        frontend.port, f"/forecast/{stock}/forecast.json", headers={"x-forwarded-for": client}, timeout=30)
    assert get(warm, "198.51.100.9")[0] == 200
    stop, flood_statuses, lock = threading.Event(), [], threading.Lock()

    def one(stock):
        status = get(stock, "198.51.100.1")[0]
        with lock:
            flood_statuses.append(status)

    def flood():
        for stock in flooded:
            if stop.wait(0.1):
                break
            threading.Thread(target=one, args=(stock,), daemon=True).start()

    flooding = threading.Thread(target=flood)
    flooding.start()
    time.sleep(5)
    second, warm_statuses, longest = [], [], 0.0
    for stock in fresh[:8]:
        begun = time.monotonic()
        second.append(get(stock, "198.51.100.2")[0])
        longest = max(longest, time.monotonic() - begun)
        warm_statuses.append(get(warm, "198.51.100.1")[0])
        time.sleep(max(0.0, begun + 4 - time.monotonic()))
    stop.set()
    flooding.join()
    served, all_warm = second.count(200), warm_statuses.count(200)
    figures = (f"the second visitor got {served} of {len(second)} new forecasts, the slowest in {longest:.1f} s; "
               f"the flooding one {flood_statuses.count(200)} of {len(flood_statuses)}, "
               f"and {all_warm} of {len(warm_statuses)} from the cache")
    return figures, served == len(second) and all_warm == len(warm_statuses)


def wait_for(process, message):
    end = time.monotonic() + 10
    while message not in process.log.read_text():
        if time.monotonic() > end:
            raise RuntimeError(f"{process.name} never logged {message!r}")
        time.sleep(0.01)


def redis_cli(redis, *words):
    command = ["redis-cli", "-p", str(redis.port), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def redis_keys(redis, pattern):
    return redis_cli(redis, "KEYS", pattern).split()


if __name__ == "__main__":
    main()

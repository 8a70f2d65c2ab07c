#!/usr/bin/env python3
"""Injects many faults under load: kills, pauses, restarts and broken connections, drawn from a seed.

    bench/faults.py                          20 s from a random seed, which is printed
    bench/faults.py --seed 7                 the same faults in the same order, each as long as before
    bench/faults.py --seed 7 --plan          only says what they are
    bench/faults.py --seed 7 --prove         plants a defect: the run must fail, twice alike, and hold without it
    bench/faults.py --seeds 10 --seconds 120 ten seeds, two minutes each
    bench/faults.py --binaries DIR           the binaries that are there; built where absent

What must hold, checked for every answer: a 200 is right in every number; anything else is a problem with a status
a client can act on; a connection breaks only while the process behind it is being killed or stopped. Beside those
that ask, hostile clients hold connections and send or read next to nothing. After the last fault: everything
answers again, memory and open files are where they were, and no log reports a panic.
"""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import plan
from fault_run import Run
from system import ROOT, target_folder

MOST_TOLD = 20


def main():
    options = arguments()
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    seeds = range(first, first + options.seeds)
    if options.plan:
        for seed in seeds:
            print(f"seed {seed}, {options.seconds} s", *plan.draw(seed, options.seconds), sep="\n  ")
        return
    binaries = options.binaries or build()
    holds = proves if options.prove else lambda *of: not run(*of)
    failed = [seed for seed in seeds if not holds(binaries, seed, options.seconds)]
    if failed:
        sys.exit(f"failed from seeds {failed}")
    print(f"all {'proved' if options.prove else 'held'} from {options.seeds} seed(s)")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds to run, one after another")
    parser.add_argument("--seconds", type=int, default=20, help="of faults, for each seed")
    parser.add_argument("--binaries", type=pathlib.Path)
    parser.add_argument("--plan", action="store_true", help="print the faults and do nothing")
    parser.add_argument("--prove", action="store_true", help="show that a planted defect is found, and found again")
    return parser.parse_args()


def build():
    subprocess.run(["cargo", "build", "--release", "--workspace", "--locked"], cwd=ROOT, check=True)
    return target_folder() / "release"


def run(binaries, seed, seconds, defect_from=None):
    """Returns the findings, earliest first; keeps the logs of a failed run."""
    print(f"seed {seed}, {seconds} s{f', a defect from fault {defect_from}' if defect_from else ''}", flush=True)
    faults = plan.draw(seed, seconds)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fortnight-faults-"))
    this, findings = None, None
    try:
        this = Run(binaries, folder, seed, faults, defect_from)
        findings = this.go()
    finally:
        if this:
            this.close()
        if findings == [] or defect_from:
            shutil.rmtree(folder)
        else:
            print(f"  the services' logs: {folder}")
    for finding in findings[:3 if defect_from else MOST_TOLD]:
        print(f"  WRONG {finding}")
    if findings:
        tell_plan(faults, this.begun, findings[0].fault)
        again = f"bench/faults.py --seed {seed} --seconds {seconds}{' --prove' if defect_from else ''}"
        print(f"  {len(findings)} findings; again with: {again}", flush=True)
    return findings


def tell_plan(faults, begun, number):
    """The faults around the one in which something was wrong."""
    for fault in faults[max(0, number - 4):number + 1]:
        begin = f"begun at {begun[fault.number]:.2f} s" if fault.number in begun else "never begun"
        print(f"  {'->' if fault.number == number else '  '} {fault}; {begin}")


def proves(binaries, seed, seconds):
    """Checks that a corrupting link is found, twice during the same fault, and that nothing is found without it."""
    place = plan.place_of_defect(plan.draw(seed, seconds), seed)
    found = [run(binaries, seed, seconds, place) for _ in range(2)]
    marks = [{(one.fault, one.kind) for one in findings[:1]} for findings in found]
    print(f"  with the defect, first found: {' and again '.join(str(next(iter(mark), 'nothing')) for mark in marks)}")
    calm = run(binaries, seed, seconds)
    return marks[0] == marks[1] == {(place, "frontend history is not what it was")} and not calm


if __name__ == "__main__":
    main()

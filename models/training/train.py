"""Trains the network and writes the ONNX file: python train.py --tensors FOLDER --out ../fortnight.onnx

Walk-forward: for each year from 2016 to 2023, a network that learned the years before is scored on it. The shipped file
has learned the years through 2023; a second one, `FOLDER/through-2020.onnx`, has not seen the test part. Members are kept
in `FOLDER/members`, so that an interrupted run goes on. Deterministic for a given machine and one thread.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch

from export import write_onnx
from network import ESTIMATED, HORIZON, KNOWN, LEVELS, SENTIMENTS, UNKNOWN, Member, Quantiles, horizon_shapes
from scoring import held, pinball
from tensors import BLEND_YEARS, LEARNED_FROM, NOT_KNOWN, SCORED, TEST_FROM, YOUNG, Tensors, day, pooled_base, without_reports

LEVEL = torch.tensor(LEVELS)
# Each member has its seed, the first year it learns and its passes. Older years help in a crisis, and cost a little elsewhere;
# members that differ err less together.
MEMBERS = ((1, 2001, 1), (2, 2010, 2))
SOURCES = ((0, 1, 2), (3, 4, 5), (6, 7))  # tweets, news, searches within the sentiments
FIRST_YEAR, BEFORE_TEST, LAST_YEAR = 2016, 2020, 2023
REPORT_STATES = (0.3, 0.35)  # share of windows in which the next report is unknown, and in which its date is known
DROPPED = 0.3  # share of windows that lose tweets, news or searches
BATCH, RATE = 2048, 1e-3
SMOOTHING_STEPS, SMOOTHING_RATE = 400, 3e-4
DECAY_LINEAR, DECAY = 8.0, 0.5  # of the weights that read the statics directly or answer, and of those inside
AVERAGE = 0.003  # weight of a step in the average of the weights, which is steadier than the last ones


def loss_of(answer: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Pinball loss, mean over windows, horizons and levels: the score itself."""
    error = targets.unsqueeze(2) - answer
    return torch.maximum(LEVEL * error, (LEVEL - 1) * error).mean()


def drop_sources(data: Tensors, inputs: list, rows: np.ndarray, random: torch.Generator):
    """Takes whole sources from some windows, so that the network works with any of them missing."""
    _, sentiments, _, ahead = inputs
    for columns in SOURCES:
        gone = torch.rand(len(rows), generator=random) < DROPPED
        for column in columns:
            sentiments[gone, column] = 0
            sentiments[gone, SENTIMENTS + column] = 0
    reports = data.read("reports", rows)
    draw = torch.rand(len(rows), generator=random)
    dated = (reports[:, 0, 1] != NOT_KNOWN) & (ahead[:, 0, UNKNOWN] == 0) & (draw > 1 - REPORT_STATES[1])
    ahead[:, :, KNOWN] = torch.where(dated[:, None], reports[:, :, 1], 0.0)
    ahead[:, :, ESTIMATED] = torch.where(dated[:, None], 0.0, reports[:, :, 0])
    without_reports(data, inputs, (draw < REPORT_STATES[0]) | (~dated & (reports[:, 0, 0] == NOT_KNOWN)))


def learning_rates(steps: int, highest: float) -> np.ndarray:
    """Up over the first 30%, then down to zero, both along a cosine."""
    at = np.linspace(0, 1, steps)
    up, down = (1 - np.cos(np.pi * at / 0.3)) / 2, (1 + np.cos(np.pi * (at - 0.3) / 0.7)) / 2
    return highest * np.where(at < 0.3, 0.04 + 0.96 * up, down)


def groups_of(network: Quantiles) -> list:
    """Parameters by their decay: biases, drift and the usual sizes of reports have none."""
    groups = []
    for name, parameter in network.named_parameters():
        is_inside = "lstm.weight" in name or "dense.weight" in name
        decay = DECAY if is_inside else DECAY_LINEAR if name.endswith("weight") else 0.0
        groups.append({"params": [parameter], "weight_decay": decay})
    return groups


def frame(data: Tensors, through: int) -> tuple:
    """The standardization before the members and the baseline after them."""
    rows = np.flatnonzero((data.label <= day(f"{through}-12-31")) & (data.origin >= day(LEARNED_FROM)))
    sample = data.read("statics", rows[::100])
    return sample.mean(0), sample.std(0) + 1e-3, pooled_base(data, LEARNED_FROM, f"{through}-12-31")


def learn(data: Tensors, network: Quantiles, rows: np.ndarray, highest: float, seed: int) -> Quantiles:
    """Teaches the network the rows in the order given. Returns the average of its weights along the way."""
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(groups_of(network))
    random = torch.Generator().manual_seed(seed)
    batches = [np.sort(rows[first : first + BATCH]) for first in range(0, len(rows) - BATCH + 1, BATCH)]
    network.train()
    for batch, rate in zip(batches, learning_rates(len(batches), highest)):
        inputs = data.batch(batch)
        drop_sources(data, inputs, batch, random)
        sigma, targets = data.outcome(batch)
        loss = loss_of(network.answer(*inputs) * sigma, targets)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        (100 * loss).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for mean_of, new in zip(average.parameters(), network.parameters()):
                mean_of.lerp_(new, AVERAGE)
    return average


def train(data: Tensors, number: int, through: int, folder: Path) -> tuple:
    """Returns the member, with what stands before and after it; read again where it was kept.

    It first learns with a free scale for each horizon, which finds better weights; then the scale is made smooth, and the member
    learns once more for a short while.
    """
    seed, first_year, passes = MEMBERS[number]
    mean, deviation, base = frame(data, through)
    torch.manual_seed(seed)
    free = Quantiles([Member(len(mean), torch.eye(HORIZON))], mean, deviation, base)
    smooth = Quantiles([Member(len(mean), horizon_shapes())], mean, deviation, base)
    rows = np.flatnonzero((data.label <= day(f"{through}-12-31")) & (data.origin >= day(f"{first_year}-01-01")))
    shuffled = np.random.default_rng(seed)
    order = np.concatenate([rows[shuffled.permutation(len(rows))] for _ in range(passes)])
    for path, network in ((folder / f"{through}-{seed}.pt", free), (folder / f"{through}-{seed}-smooth.pt", smooth)):
        if path.exists():
            network.load_state_dict(torch.load(path))
            continue
        begun = time.time()
        if network is free:
            free = learn(data, free, order, RATE, seed)
            network = free
        else:
            smooth = Quantiles([free.members[0].smoothed()], mean, deviation, base)
            # Too short for an average, which would still hold much of the beginning.
            learn(data, smooth, shuffled.permutation(rows)[: BATCH * SMOOTHING_STEPS], SMOOTHING_RATE, seed)
            network = smooth
        torch.save(network.state_dict(), path)
        print(f"member {number + 1} through {through}, {path.stem}: {time.time() - begun:.0f} s", flush=True)
    return smooth.members[0], mean, deviation, base


def together(data: Tensors, numbers: list, through: int, folder: Path) -> Quantiles:
    """The network of some members, numbered from 1, that have learned the years through `through`."""
    trained = [train(data, number - 1, through, folder) for number in numbers]
    return Quantiles([member for member, *_ in trained], *trained[0][1:])


@torch.no_grad()
def forecasts(data: Tensors, network: Quantiles, rows: np.ndarray, reports: bool = True) -> np.ndarray:
    network.eval()
    found = []
    for some in np.array_split(rows, len(rows) // 10_000 + 1):
        inputs = data.batch(some)
        if not reports:
            without_reports(data, inputs)
        found.append((network.answer(*inputs) * data.outcome(some)[0]).numpy())
    return np.concatenate(found)


def report(title: str, data: Tensors, network: Quantiles, rows: np.ndarray, blend: torch.Tensor) -> float:
    """Prints and returns the score over that of `blend`; also without reports, the shares within the 50, 80 and 90% ranges,
    and the 80% range by reports: none inside, one inside, on the session that reacts."""
    answer, unaware = (forecasts(data, network, rows, reports) for reports in (True, False))
    sigma, targets = (some.numpy() for some in data.outcome(rows))
    steps = np.sqrt(np.arange(1, targets.shape[1] + 1))[:, None]
    base = pinball(sigma * steps * blend.numpy(), targets).mean()
    ratio, without = (pinball(some, targets).mean() / base for some in (answer, unaware))
    inside = (targets >= answer[:, :, 1]) & (targets <= answer[:, :, 5])
    reacted = data.read("reports", rows)[:, :, 1].numpy()
    covered = reacted[:, :1] != NOT_KNOWN
    after = covered & (np.cumsum(reacted, axis=1) > 0.9)
    by_report = [inside[some].mean() for some in (covered & ~after, after, covered & (reacted > 0.9)) if some.any()]
    shares = np.round(100 * held(answer, targets), 1)
    print(f"{title}: {ratio:.4f} of blend, {without:.4f} without reports; held {shares}, by report {np.round(100 * np.array(by_report), 1)}", flush=True)
    return ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tensors", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--members", type=int, nargs="+", default=range(1, len(MEMBERS) + 1), help="numbers of those to train")
    parser.add_argument("--walk-forward", action="store_true", help="score each year with a network of the years before, and write nothing")
    parser.add_argument("--test", action="store_true", help="also score the test part; look rarely")
    parser.add_argument("--version", default="2.0.0")
    args = parser.parse_args()
    torch.set_num_threads(1)

    data = Tensors(args.tensors)
    blend = pooled_base(data, *BLEND_YEARS)
    members = args.tensors / "members"
    members.mkdir(exist_ok=True)
    if args.walk_forward:
        ratios = []
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            network = together(data, args.members, year - 1, members)
            ratios.append(report(f"{year}", data, network, np.flatnonzero((data.year == year) & (data.kind == SCORED)), blend))
            report(f"  young in {year}", data, network, np.flatnonzero((data.year == year) & (data.kind == YOUNG)), blend)
        print(f"mean of the years {np.mean(ratios):.4f}, highest {np.max(ratios):.4f}")
        return
    for through, path in ((BEFORE_TEST, args.tensors / f"through-{BEFORE_TEST}.onnx"), (LAST_YEAR, args.out)):
        network = together(data, args.members, through, members).eval()
        if args.test and through == BEFORE_TEST:
            report("test part", data, network, np.flatnonzero((data.origin >= day(TEST_FROM)) & (data.kind == SCORED)), blend)
        write_onnx(network, data, blend, through, path, args)
    print(json.dumps({"written": str(args.out), "members": list(args.members)}))


if __name__ == "__main__":
    main()

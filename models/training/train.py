"""Trains the network and writes the ONNX file: python train.py --tensors FOLDER --out ../fortnight.onnx

Deterministic for a given machine and number of threads; about ten minutes a member on two cores.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch

from export import write_onnx
from network import LEVELS, Member, Merged, Quantiles
from tensors import TRAIN_THROUGH, Tensors, load, pooled_base

LEVEL = torch.tensor(LEVELS)
SOURCES = (slice(0, 3), slice(3, 6), slice(6, 8))  # tweets, news, searches within `sentiments`


def pinball(answer: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Pinball loss by window, mean over horizons and levels: the score itself."""
    error = targets.unsqueeze(2) - answer
    return torch.maximum(LEVEL * error, (LEVEL - 1) * error).mean(dim=(1, 2))


def drop_sources(sentiments: torch.Tensor, generator: torch.Generator, share: float) -> torch.Tensor:
    """Takes whole sources from some windows, so that the network works with any of them missing."""
    sentiments = sentiments.clone()
    for columns in SOURCES:
        gone = torch.rand(len(sentiments), generator=generator) < share
        sentiments[gone, :, columns] = 0
    return sentiments


def train_member(data: Tensors, frame: Quantiles, rows: np.ndarray, seed: int, args) -> Member:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    member = Member(data.statics.shape[1])
    average = copy.deepcopy(member)  # of the weights along the way, which is steadier than the last ones
    optimiser = torch.optim.AdamW(member.parameters(), weight_decay=args.weight_decay)
    steps = args.epochs * (len(rows) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=steps + 1)
    frame.network = member
    begun = time.time()
    for epoch in range(args.epochs):
        order = torch.from_numpy(rows)[torch.randperm(len(rows), generator=generator)]
        total = 0.0
        for first in range(0, len(order) - args.batch + 1, args.batch):
            batch = order[first : first + args.batch]
            sentiments = drop_sources(data.sentiments[batch].float(), generator, args.drop_sources)
            answer = frame(data.series[batch].float(), sentiments, data.statics[batch].float())
            loss = pinball(answer * data.sigma[batch][:, None, None], data.targets[batch]).mean()
            optimiser.zero_grad()
            (100 * loss).backward()
            torch.nn.utils.clip_grad_norm_(member.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
            with torch.no_grad():
                for kept, new in zip(average.parameters(), member.parameters()):
                    kept.lerp_(new, 0.003)
        print(f"seed {seed}, epoch {epoch + 1}: loss {total / (len(order) // args.batch):.6f}, {time.time() - begun:.0f} s", flush=True)
    return average.eval()


@torch.no_grad()
def scores(data: Tensors, network: Quantiles, rows: np.ndarray) -> tuple:
    """Loss by window of the network and of `blend`, and the shares within the 50, 80 and 90 % intervals."""
    network.eval()
    ours, blends, inside = [], [], []
    for some in np.array_split(rows, max(1, len(rows) // 20000)):
        some = torch.from_numpy(some)
        sigma, targets = data.sigma[some][:, None, None], data.targets[some]
        answer = sigma * network(data.series[some].float(), data.sentiments[some].float(), data.statics[some].float())
        ours.append(pinball(answer, targets))
        blends.append(pinball(sigma * network.scaled_base, targets))
        pairs = ((2, 4), (1, 5), (0, 6))
        inside.append(torch.stack([((targets >= answer[:, :, low]) & (targets <= answer[:, :, high])).float().mean(1) for low, high in pairs], 1))
    return torch.cat(ours).numpy(), torch.cat(blends).numpy(), torch.cat(inside).numpy()


def report(name: str, data: Tensors, network: Quantiles, part: str, kept_aside: np.ndarray):
    rows = data.rows(part)
    if kept_aside.any():
        rows = rows[kept_aside[rows]]
    ours, blends, inside = scores(data, network, rows)
    print(f"{name}, {part}: {ours.mean() / blends.mean():.4f} of blend; 50/80/90 % hold {np.round(100 * inside.mean(0), 1)}", flush=True)
    for year in np.unique(data.origin[rows].astype("datetime64[D]").astype("datetime64[Y]")):
        these = data.origin[rows].astype("datetime64[D]").astype("datetime64[Y]") == year
        print(f"    {year}: {ours[these].mean() / blends[these].mean():.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tensors", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--drop-sources", type=float, default=0.3)
    parser.add_argument("--keep-aside", type=int, default=0, metavar="N", help="train without every N-th stock and report on those alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--version", default="1.1.0")
    parser.add_argument("--test", action="store_true", help="also report the test part; look rarely")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    data = load(args.tensors)
    rows = data.rows("train", scored=False)
    kept_aside = data.stock % args.keep_aside == 0 if args.keep_aside else np.zeros(len(data.stock), bool)
    rows = rows[~kept_aside[rows]]
    sample = data.statics[torch.from_numpy(rows[::20])].float()
    mean, deviation = sample.mean(0), sample.std(0) + 1e-3
    base = pooled_base(data)
    frame = Quantiles(None, mean, deviation, base)
    print(f"{len(rows)} training windows, {data.statics.shape[1]} statics", flush=True)

    members = []
    for seed in args.seeds:
        members.append(train_member(data, frame, rows, seed, args))
        network = Quantiles(Merged(members), mean, deviation, base)
        single = Quantiles(Merged(members[-1:]), mean, deviation, base)
        report(f"seed {seed} alone", data, single, "validation", kept_aside)
        if args.test:
            report(f"seed {seed} alone", data, single, "test", kept_aside)
        if len(members) > 1:
            report(f"{len(members)} together", data, network, "validation", kept_aside)
            if args.test:
                report(f"{len(members)} together", data, network, "test", kept_aside)
        torch.save([one.state_dict() for one in members], args.out.with_suffix(".pt"))
        write_onnx(network.eval(), data, args, TRAIN_THROUGH)
    print(json.dumps({"written": str(args.out), "seeds": args.seeds}))


if __name__ == "__main__":
    main()

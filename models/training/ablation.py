"""What each source adds: python ablation.py --tensors FOLDER --model ../fortnight.onnx

Scores the windows of the test part that have tweets, news or searches, with all sources, without each, and without any.
The network was trained with sources dropped at random, so a missing one is nothing new to it.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime

import scoring
from tensors import TEST_FROM, day

SOURCES = {"tweets": slice(0, 3), "news": slice(3, 6), "searches": slice(6, 8)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tensors", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    args = parser.parse_args()

    def read(name: str, rows) -> np.ndarray:
        return np.asarray(np.load(args.tensors / f"{name}.npy", mmap_mode="r")[rows], dtype=np.float32)

    about = np.load(args.tensors / "about.npy")
    rows = np.flatnonzero((about[:, 1] >= day(TEST_FROM)) & (about[:, 4] == 1))
    sentiments = read("sentiments", rows)
    rows, sentiments = rows[sentiments.any(axis=(1, 2))], sentiments[sentiments.any(axis=(1, 2))]
    series, statics = read("series", rows), read("statics", rows)
    targets, sigma = read("targets", rows), read("sigma", rows)[:, None, None]
    dates = about[rows, 1]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(str(args.model), options)

    def forecast(without: list, windows: np.ndarray) -> np.ndarray:
        shown = sentiments[windows].copy()
        for source in without:
            shown[:, :, SOURCES[source]] = 0
        inputs = {"series": series[windows], "sentiments": shown, "statics": statics[windows]}
        return network.run(["quantiles"], inputs)[0] * sigma[windows]

    print("| left out | windows that had it | score with all over score without (95 % interval) |\n|---|---|---|")
    for name, without in [*((source, [source]) for source in SOURCES), ("all three", list(SOURCES))]:
        columns = [column for source in without for column in range(SOURCES[source].start, SOURCES[source].stop)]
        windows = np.flatnonzero(sentiments[:, :, columns].any(axis=(1, 2)))
        if len(windows) == 0:
            print(f"| {name} | 0 | none in the test part |")
            continue
        full = scoring.pinball(forecast([], windows), targets[windows])
        less = scoring.pinball(forecast(without, windows), targets[windows])
        print(f"| {name} | {len(windows)} | {scoring.show(scoring.ratio_between(full, less, dates[windows]))} |", flush=True)


if __name__ == "__main__":
    main()

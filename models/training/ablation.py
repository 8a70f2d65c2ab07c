"""What each source adds: python ablation.py --tensors FOLDER --model FOLDER/through-2020.onnx

Scores the windows of the test part that have tweets, news, searches or report dates, with all sources, without each, and
without any. The network was trained with sources dropped at random, so a missing one is nothing new to it.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime

import scoring
from network import UNKNOWN
from tensors import SCORED, TEST_FROM, day

SOURCES = {"tweets": slice(0, 3), "news": slice(3, 6), "searches": slice(6, 8)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tensors", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    args = parser.parse_args()

    def read(name: str, rows) -> np.ndarray:
        return np.asarray(np.load(args.tensors / f"{name}.npy", mmap_mode="r")[rows], dtype=np.float32)

    about = np.load(args.tensors / "about.npy")
    names = json.loads((args.tensors / "names.json").read_text())["statics"]
    about_reports = [place for place, name in enumerate(names) if "report" in name]
    rows = np.flatnonzero((about[:, 1] >= day(TEST_FROM)) & (about[:, 4] == SCORED))
    sentiments, ahead = read("sentiments", rows), read("ahead", rows)
    dated = ahead[:, 0, UNKNOWN] == 0
    some = sentiments.any(axis=(1, 2)) | dated
    rows, sentiments, ahead, dated = rows[some], sentiments[some], ahead[some], dated[some]
    series, statics = read("series", rows), read("statics", rows)
    targets, sigma = read("targets", rows), read("sigma", rows)[:, None, None]
    dates = about[rows, 1]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(str(args.model), options)

    def forecast(without: list, windows: np.ndarray) -> np.ndarray:
        found = []
        for some in np.array_split(windows, len(windows) // 10_000 + 1):
            shown, known, coming = sentiments[some].copy(), statics[some].copy(), ahead[some].copy()
            for source in without:
                if source == "reports":
                    known[:, about_reports] = 0
                    coming[:, :, : UNKNOWN + 1] = (0, 0, 1)
                else:
                    shown[:, :, SOURCES[source]] = 0
            inputs = {"series": series[some], "sentiments": shown, "statics": known, "ahead": coming}
            found.append(network.run(["quantiles"], inputs)[0] * sigma[some])
        return np.concatenate(found)

    print("| left out | windows that had it | score with over score without (95% interval) |\n|---|---|---|")
    had = {source: sentiments[:, :, columns].any(axis=(1, 2)) for source, columns in SOURCES.items()} | {"reports": dated}
    for name, without in [*((source, [source]) for source in had), ("tweets, news and searches", list(SOURCES))]:
        windows = np.flatnonzero(np.any([had[source] for source in without], axis=0))
        if len(windows) == 0:
            print(f"| {name} | 0 | none in the test part |")
            continue
        full = scoring.pinball(forecast([], windows), targets[windows])
        less = scoring.pinball(forecast(without, windows), targets[windows])
        print(f"| {name} | {len(windows):,} | {scoring.show(scoring.ratio_between(full, less, dates[windows]))} |", flush=True)


if __name__ == "__main__":
    main()

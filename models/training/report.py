"""Scores a file on the test part and writes what the model card shows:

    python report.py --tensors FOLDER --model FOLDER/through-2020.onnx --into ../fortnight.onnx

`evaluation.json` and `coverage.svg` go beside the shipped file; the pooled figures also go into its metadata, where the
service reads them. The shipped file has learned the test part, so the figures are those of the same recipe after 2020. It
looks at the test part, so it is run once the choices are made.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import scoring
from coverage import draw
from export import describe
from scoring import HORIZON, STEPS
from network import ESTIMATED, KNOWN, UNKNOWN
from tensors import NOT_KNOWN, SCORED, TEST_FROM, YOUNG, day

LEVELS = (0.5, 0.8, 0.9)
NORMAL = np.array([-1.64485363, -1.28155157, -0.67448975, 0.0, 0.67448975, 1.28155157, 1.64485363])
AT_ONCE = 20_000


def bent(returns: np.ndarray) -> np.ndarray:
    """The service's bend of losses beyond one half, which keeps prices positive."""
    return np.where(returns >= -0.5, returns, np.maximum(0.5 * np.exp(2 * returns + 1) - 1, -0.999))


INPUTS = ("series", "sentiments", "statics", "ahead")


def forecasts(path: Path, folder: Path, rows: np.ndarray, reports: str = "as known") -> np.ndarray:
    """Quantiles of returns; `reports` is `as known`, `dated` (all dates of the file known in advance) or `missing`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(str(path), options)
    tensors = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in INPUTS}
    happened = np.load(folder / "reports.npy", mmap_mode="r")
    about_reports = [place for place, name in enumerate(names_of(folder)) if "report" in name]
    sigma = np.load(folder / "sigma.npy", mmap_mode="r")
    found = []
    for some in np.array_split(rows, max(1, len(rows) // AT_ONCE)):
        inputs = {name: tensor[some].astype(np.float32) for name, tensor in tensors.items()}
        if reports == "missing":
            inputs["statics"][:, about_reports] = 0
            inputs["ahead"][:, :, KNOWN : UNKNOWN + 1] = (0, 0, 1)
        if reports == "dated":
            dates = happened[some][:, :, 1].astype(np.float32)
            dated = dates[:, 0] != NOT_KNOWN
            inputs["ahead"][dated, :, KNOWN] = dates[dated]
            inputs["ahead"][dated, :, ESTIMATED : UNKNOWN + 1] = 0
        answer = network.run(["quantiles"], inputs)[0]
        found.append(np.sort(bent(answer * sigma[some][:, None, None]), axis=2))
    return np.concatenate(found)


def names_of(folder: Path) -> list:
    return json.loads((folder / "names.json").read_text())["statics"]


def held_around_reports(forecast: np.ndarray, targets: np.ndarray, reacted: np.ndarray) -> dict:
    """Shares within the ranges, of the windows whose reports are known afterwards: none inside, one inside (also at 1, 7 and 14
    sessions), and by sessions after the one that reacts."""
    covered = (reacted[:, :1] != NOT_KNOWN) & np.isin(reacted, (0, 1)).all(axis=1, keepdims=True)
    inside = np.stack([(targets >= forecast[:, :, low]) & (targets <= forecast[:, :, high]) for low, high in scoring.PAIRS], axis=2)
    seen = np.cumsum(reacted == 1, axis=1) > 0
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), -100)
    after = np.arange(HORIZON) - first[:, None]

    def shares(chosen) -> list:
        return [round(float(share), 4) for share in inside[chosen].mean(axis=0)]

    at = np.arange(HORIZON)[None, :]
    return {
        "outcomes_inside": int((covered & seen).sum()),
        "none": shares(covered & ~seen),
        "inside": shares(covered & seen),
        "inside_at": {str(h): shares(covered & seen & (at == h - 1)) for h in (1, 7, 14)},
        "sessions_after": {str(k): shares(covered & seen.any(axis=1, keepdims=True) & (after == k)) for k in range(-2, 6)},
    }


def figure(ratio: tuple) -> dict:
    value, low, high = (round(float(x), 5) for x in ratio)
    return {"value": value, "between": [low, high]}


def evaluation(args) -> dict:
    about = np.load(args.tensors / "about.npy")
    names = names_of(args.tensors)
    rows = np.flatnonzero((about[:, 1] >= day(TEST_FROM)) & (about[:, 4] == SCORED))
    young = np.flatnonzero((about[:, 1] >= day(TEST_FROM)) & (about[:, 4] == YOUNG))
    dates = about[rows, 1]
    targets = np.load(args.tensors / "targets.npy", mmap_mode="r")[rows].astype(np.float64)
    sigma = np.load(args.tensors / "sigma.npy", mmap_mode="r")[rows].astype(np.float64)
    statics = np.load(args.tensors / "statics.npy", mmap_mode="r")
    fast = sigma * np.exp(statics[rows, names.index("ewma_0.94")].astype(np.float64))
    entries = {entry.key: entry.value for entry in onnx.load(args.model).metadata_props}
    base = np.array(json.loads(entries["blend"]))

    ours = forecasts(args.model, args.tensors, rows)
    by_knowledge = {reports: forecasts(args.model, args.tensors, rows, reports) for reports in ("missing", "dated")}
    reacted = np.load(args.tensors / "reports.npy", mmap_mode="r")[rows][:, :, 1].astype(np.float32)
    narrowest = min(float(np.diff(ours[:, :, high] - ours[:, :, low], axis=1).min()) for low, high in scoring.PAIRS)
    early = forecasts(args.model, args.tensors, young)
    early_targets = np.load(args.tensors / "targets.npy", mmap_mode="r")[young].astype(np.float64)
    early_blend = np.load(args.tensors / "sigma.npy", mmap_mode="r")[young][:, None, None] * STEPS[:, None] * base
    theirs = {
        "blend": sigma[:, None, None] * STEPS[:, None] * base,
        "ewma": fast[:, None, None] * STEPS[:, None] * NORMAL,
    }
    loss = {"model": scoring.pinball(ours, targets)}
    loss |= {name: scoring.pinball(forecast, targets) for name, forecast in by_knowledge.items()}
    loss |= {name: scoring.pinball(forecast, targets) for name, forecast in theirs.items()}
    years = (dates.astype("datetime64[D]").astype("datetime64[Y]").astype(int)) + 1970
    groups = {"2022": years == 2022, "2023-24": years >= 2023}
    thirds = np.digitize(fast, np.quantile(fast, [1 / 3, 2 / 3]))
    median = np.abs(targets - ours[:, :, 3]).mean(axis=1)
    no_change = np.abs(targets).mean(axis=1)
    edges = np.concatenate([np.full((*ours.shape[:2], 1), -np.inf), ours, np.full((*ours.shape[:2], 1), np.inf)], axis=2)
    above = targets[:, :, None] > edges
    pit = [float((above[:, :, k] & ~above[:, :, k + 1]).mean()) for k in range(8)]

    def held(windows) -> list:
        return [round(float(share), 4) for share in scoring.held(ours[windows], targets[windows])]

    def text(number: int) -> str:
        return str(np.datetime64(int(number), "D"))

    return {
        "model": f"{entries['name']} {entries['version']}",
        "stocks": len(np.unique(about[rows, 0])),
        "windows": len(rows),
        "from": text(dates.min()),
        "to": text(about[rows, 2].max()),
        "loss": {name: round(float(values.mean()), 7) for name, values in loss.items()},
        "over": {name: figure(scoring.ratio_between(loss["model"], loss[name], dates)) for name in theirs},
        "over_blend_in": {
            name: figure(scoring.ratio_between(loss["model"][these], loss["blend"][these], dates[these])) for name, these in groups.items()
        },
        "over_blend_by_reports": {name: figure(scoring.ratio_between(loss[name], loss["blend"], dates)) for name in by_knowledge},
        "young": {
            "windows": len(young),
            "over_blend": figure(scoring.ratio_between(scoring.pinball(early, early_targets), scoring.pinball(early_blend, early_targets), about[young, 1])),
            "held": [round(float(share), 4) for share in scoring.held(early, early_targets)],
            "below_lowest": round(float((early_targets < early[:, :, 0]).mean()), 4),
        },
        "narrowest_step": narrowest,
        "held_around_reports": held_around_reports(ours, targets, reacted),
        "held_around_reports_dated": held_around_reports(by_knowledge["dated"], targets, reacted),
        "over_blend_by_volatility": [round(float(loss["model"][thirds == k].mean() / loss["blend"][thirds == k].mean()), 4) for k in range(3)],
        "over_blend_at": [
            round(float(scoring.pinball(ours[:, [h]], targets[:, [h]]).mean() / scoring.pinball(theirs["blend"][:, [h]], targets[:, [h]]).mean()), 4)
            for h in range(HORIZON)
        ],
        "median_over_no_change": figure(scoring.ratio_between(median, no_change, dates)),
        "levels": list(LEVELS),
        "held": held(slice(None)),
        "blend_held": [round(float(share), 4) for share in scoring.held(theirs["blend"], targets)],
        "held_at": [[round(float(x), 4) for x in scoring.held(ours[:, [h]], targets[:, [h]])] for h in range(HORIZON)],
        "held_by_volatility": [held(thirds == k) for k in range(3)],
        "pit": [round(share, 4) for share in pit],
        "share_of_rises": round(float((targets > 0).mean()), 4),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tensors", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    args = parser.parse_args()

    found = evaluation(args)
    args.into.with_name("evaluation.json").write_text(json.dumps(found, indent=1) + "\n")
    args.into.with_name("coverage.svg").write_text(draw(found))
    model = onnx.load(args.into)
    pooled = {
        "data": f"{found['stocks']:,} stocks, {found['from']} to {found['to']}",
        "score_ratio": found["over"]["blend"]["value"],
        "score_between": found["over"]["blend"]["between"],
        "median_ratio": found["median_over_no_change"]["value"],
        "coverage": [{"level": level, "held": share, "outcomes": found["windows"] * HORIZON} for level, share in zip(LEVELS, found["held"])],
    }
    describe(model, {"pooled": json.dumps(pooled)})
    onnx.save(model, args.into)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

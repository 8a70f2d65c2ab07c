"""GARCH(1,1)-t, AutoETS and AutoTheta beside the model, on the same sample of windows of the test part:

    python classical.py --prices FILE.parquet --tensors FOLDER --model FOLDER/through-2020.onnx

The classical forecasters are fitted anew for each window, to the adjusted closes of the 1,000 sessions up to the origin.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from arch import arch_model
from scipy.stats import t as student
from statsforecast.models import AutoETS, AutoTheta

import scoring
from scoring import HORIZON, LEVELS, STEPS
from tensors import TEST_FROM, day

SESSIONS = 1000
CONFIDENCE = [50, 80, 90]


def garch(closes: np.ndarray) -> np.ndarray:
    """Constant-mean-free GARCH(1,1) with Student t errors; the sums over sessions keep the shape of t."""
    returns = 100 * np.diff(np.log(closes))
    fit = arch_model(returns, mean="Zero", vol="GARCH", dist="t").fit(disp="off", show_warning=False)
    sigma = np.sqrt(np.cumsum(fit.forecast(horizon=HORIZON, reindex=False).variance.values[-1]))
    freedom = max(fit.params["nu"], 2.1)
    unit = student.ppf(LEVELS, freedom) / np.sqrt(freedom / (freedom - 2))
    return np.expm1(sigma[:, None] * unit / 100)


def automatic(model, closes: np.ndarray) -> np.ndarray:
    """AutoETS or AutoTheta on log prices, with their own intervals."""
    logs = np.log(closes)
    answer = model.forecast(y=logs - logs[-1], h=HORIZON, level=CONFIDENCE)
    columns = ["lo-90", "lo-80", "lo-50", "mean", "hi-50", "hi-80", "hi-90"]
    return np.expm1(np.stack([answer[column] for column in columns], axis=1))


def ewma(closes: np.ndarray) -> np.ndarray:
    changes = np.diff(closes[-281:]) / closes[-281:-1]
    weights = 0.94 ** np.arange(len(changes))[::-1]
    sigma = np.sqrt((weights * changes**2).sum() / weights.sum())
    return sigma * STEPS[:, None] * student.ppf(LEVELS, 1e9)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prices", type=Path, required=True, help="Parquet")
    parser.add_argument("--tensors", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=600)
    parser.add_argument("--seed", type=int, default=14)
    args = parser.parse_args()
    warnings.simplefilter("ignore")

    about = np.load(args.tensors / "about.npy")
    test = np.flatnonzero((about[:, 1] >= day(TEST_FROM)) & (about[:, 4] == 1))
    rows = np.sort(np.random.default_rng(args.seed).choice(test, args.windows, replace=False))
    tickers = np.array(json.loads((args.tensors / "names.json").read_text())["tickers"])
    prices = pd.read_parquet(args.prices, columns=["ticker", "date", "adj_close"], filters=[("ticker", "in", list(tickers[about[rows, 0]]))])
    prices["date"] = pd.to_datetime(prices["date"]).values.astype("datetime64[D]").astype(int)
    closes_of = {ticker: (some["date"].to_numpy(), some["adj_close"].to_numpy(np.float64)) for ticker, some in prices.groupby("ticker")}

    def read(name: str) -> np.ndarray:
        return np.asarray(np.load(args.tensors / f"{name}.npy", mmap_mode="r")[rows], dtype=np.float32)

    network = onnxruntime.InferenceSession(str(args.model))
    blend = np.array(json.loads(network.get_modelmeta().custom_metadata_map["blend"]))
    targets, sigma = read("targets"), read("sigma")[:, None, None]
    inputs = {name: read(name) for name in ("series", "sentiments", "statics", "ahead")}
    forecasts = {
        "model": network.run(["quantiles"], inputs)[0] * sigma,
        "blend": sigma * STEPS[:, None] * blend,
    }
    theirs = {
        "ewma": ewma,
        "GARCH(1,1)-t": garch,
        "AutoETS": lambda closes: automatic(AutoETS(season_length=1), closes),
        "AutoTheta": lambda closes: automatic(AutoTheta(season_length=1), closes),
    }
    for name, answer in theirs.items():
        found = []
        for row in rows:
            dates, closes = closes_of[tickers[about[row, 0]]]
            known = closes[: np.searchsorted(dates, about[row, 1], side="right")]
            found.append(answer(known[-SESSIONS:]))
        forecasts[name] = np.stack(found)

    ours = scoring.pinball(forecasts["model"], targets)
    print(f"{args.windows} windows of {len(closes_of)} stocks, seed {args.seed}\n")
    print("| forecaster | score | model over it (95% interval) | 50 / 80 / 90% ranges hold |\n|---|---|---|---|")
    for name, forecast in forecasts.items():
        loss = scoring.pinball(forecast, targets)
        ratio = "" if name == "model" else scoring.show(scoring.ratio_between(ours, loss, about[rows, 1]))
        inside = " / ".join(f"{100 * share:.1f}" for share in scoring.held(forecast, targets))
        print(f"| {name} | {loss.mean():.6f} | {ratio} | {inside}% |")


if __name__ == "__main__":
    main()

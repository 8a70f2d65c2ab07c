"""Reads the tensors that `fortnight tensors` wrote, from the disk and a batch at a time."""

import json
from pathlib import Path

import numpy as np
import torch

from network import ESTIMATED, HORIZON, KNOWN, LEVELS, UNKNOWN, pooled_sentiments

TEST_FROM = "2022-05-02"
LEARNED_FROM = "2001-01-01"
BLEND_YEARS = ("2010-01-01", "2020-12-31")  # whose outcomes the baseline `blend` is made of
SCORED, YOUNG = 1, 2  # kinds of windows
NOT_KNOWN = 2  # in `reports`: whether the session reacted to a report is not known
LARGE = ("series", "sentiments", "statics", "ahead", "reports", "targets")


def day(text: str) -> int:
    return int((np.datetime64(text) - np.datetime64("1970-01-01")).astype(int))


class Tensors:
    def __init__(self, folder: Path):
        self.files = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in LARGE}
        self.sigma = np.load(folder / "sigma.npy")
        about = np.load(folder / "about.npy")
        self.stock, self.origin, self.label, self.known, self.kind = about.T
        self.year = self.origin.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
        self.names = json.loads((folder / "names.json").read_text())
        reports = [place for place, name in enumerate(self.names["statics"]) if "report" in name]
        self.about_reports = slice(reports[0], reports[-1] + 1)
        pooled = (pooled_sentiments(self.read("sentiments", rows)) for rows in np.array_split(np.arange(len(self)), len(self) // 20_000 + 1))
        self.pooled_sentiments = torch.cat([some.half() for some in pooled])

    def __len__(self) -> int:
        return len(self.origin)

    def read(self, name: str, rows: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.files[name][rows].astype(np.float32))

    def batch(self, rows: np.ndarray) -> list:
        """The network's inputs of some rows: series, pooled sentiments, statics, ahead."""
        sentiments = self.pooled_sentiments[torch.from_numpy(rows)].float()
        return [self.read("series", rows), sentiments, self.read("statics", rows), self.read("ahead", rows)]

    def outcome(self, rows: np.ndarray) -> tuple:
        """Daily volatility [N, 1, 1] and relative returns [N, HORIZON]."""
        return torch.from_numpy(self.sigma[rows])[:, None, None], self.read("targets", rows)


def without_reports(data: Tensors, inputs: list, rows=slice(None)):
    """Takes all that is known of reports from some windows, as where the source is missing."""
    _, _, statics, ahead = inputs
    statics[rows, data.about_reports] = 0
    ahead[rows, :, KNOWN : UNKNOWN + 1] = torch.tensor([0.0, 0.0, 1.0])


def pooled_base(data: Tensors, first: str, last: str) -> torch.Tensor:
    """Quantiles of the standardized returns of some years, shape [HORIZON, LEVELS], the median moved to 0: the baseline `blend`."""
    rows = np.flatnonzero((data.kind == SCORED) & (data.origin >= day(first)) & (data.label <= day(last)))
    steps = np.sqrt(np.arange(1, HORIZON + 1))
    scaled = data.files["targets"][rows] / (data.sigma[rows][:, None] * steps)
    base = np.quantile(scaled, LEVELS, axis=0).T
    return torch.tensor(base - base[:, 3:4], dtype=torch.float32)

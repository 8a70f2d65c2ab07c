"""Reads the tensors that `fortnight tensors` wrote, and cuts them into the three parts."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from network import HORIZON, LEVELS

TRAIN_THROUGH = "2020-12-31"
VALIDATION = ("2021-02-01", "2022-03-31")
TEST_FROM = "2022-05-02"


def day(text: str) -> int:
    return int((np.datetime64(text) - np.datetime64("1970-01-01")).astype(int))


@dataclass
class Tensors:
    series: torch.Tensor  # [N, 30, 6] float16
    sentiments: torch.Tensor  # [N, 30, 8] float16
    statics: torch.Tensor  # [N, S] float16
    targets: torch.Tensor  # [N, 14] float32, relative returns
    sigma: torch.Tensor  # [N] float32
    stock: np.ndarray
    origin: np.ndarray  # days since 1970
    label: np.ndarray  # the last target's day
    scored: np.ndarray  # every 5th session, with the whole past
    names: dict

    def rows(self, part: str, scored: bool = True) -> np.ndarray:
        """Row numbers of `train`, `validation` or `test`; scored rows only, by default."""
        inside = {
            "train": self.label <= day(TRAIN_THROUGH),
            "validation": (self.origin >= day(VALIDATION[0])) & (self.label <= day(VALIDATION[1])),
            "test": self.origin >= day(TEST_FROM),
        }[part]
        return np.flatnonzero(inside & self.scored if scored else inside)


def load(folder: Path) -> Tensors:
    def read(name: str) -> np.ndarray:
        return np.load(folder / f"{name}.npy")

    about = read("about")
    return Tensors(
        series=torch.from_numpy(read("series")),
        sentiments=torch.from_numpy(read("sentiments")),
        statics=torch.from_numpy(read("statics")),
        targets=torch.from_numpy(read("targets")),
        sigma=torch.from_numpy(read("sigma")),
        stock=about[:, 0],
        origin=about[:, 1],
        label=about[:, 2],
        scored=about[:, 4] == 1,
        names=json.loads((folder / "names.json").read_text()),
    )


def pooled_base(tensors: Tensors) -> torch.Tensor:
    """The baseline `blend`: quantiles of the training part's standardised returns, shape [HORIZON, LEVELS], median 0."""
    rows = tensors.rows("train")
    steps = np.sqrt(np.arange(1, HORIZON + 1))
    scaled = tensors.targets[rows].numpy() / (tensors.sigma[rows].numpy()[:, None] * steps)
    base = np.quantile(scaled, LEVELS, axis=0).T
    return torch.tensor(base - base[:, 3:4], dtype=torch.float32)

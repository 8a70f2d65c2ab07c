"""The score, its baselines and their bootstrap intervals, for the Python side of the evaluation."""

import numpy as np

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
HORIZON = 14
STEPS = np.sqrt(np.arange(1, HORIZON + 1))
PAIRS = ((2, 4), (1, 5), (0, 6))  # edges of the 50, 80 and 90% ranges among the levels
BLOCK, DRAWS, SEED = 20, 1000, 14  # as in `fortnight evaluate`


def pinball(forecast: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Mean pinball loss by window: forecast [N, 14, 7], outcome [N, 14]."""
    error = outcome[:, :, None] - forecast
    return np.maximum(LEVELS * error, (LEVELS - 1) * error).mean(axis=(1, 2))


def held(forecast: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Share of outcomes inside the 50, 80 and 90% ranges."""
    return np.array([((outcome >= forecast[:, :, low]) & (outcome <= forecast[:, :, high])).mean() for low, high in PAIRS])


def ratio_between(ours: np.ndarray, theirs: np.ndarray, dates: np.ndarray) -> tuple:
    """Ratio of two mean losses and its 95% interval from blocks of origin dates."""
    days, place = np.unique(dates, return_inverse=True)
    sums = np.stack([np.bincount(place, ours), np.bincount(place, theirs)])
    block = min(BLOCK, len(days))
    random = np.random.default_rng(SEED)
    count = -(-len(days) // block)
    first = random.integers(0, len(days) - block + 1, size=(DRAWS, count))
    chosen = (first[:, :, None] + np.arange(block)).reshape(DRAWS, -1)
    drawn = sums[:, chosen].sum(axis=2)
    low, high = np.quantile(drawn[0] / drawn[1], [0.025, 0.975])
    return ours.mean() / theirs.mean(), low, high


def show(ratio: tuple) -> str:
    return "{:.4f} ({:.4f} to {:.4f})".format(*ratio)

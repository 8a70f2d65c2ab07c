"""The network: an LSTM and a small dense net that correct a simple volatility forecast.

It answers variance, not quantiles. On each side of "no change" there are three parts of it: to the edge of the 50% range,
from there to the 80% range, from there to the 90% range. For each part the baseline `blend` gives the variance from now
until the end of each session; the network multiplies it. What one session adds is never negative, and a quarterly report
multiplies it on the session that reacts. A quantile's squared distance from "no change" is the sum of the parts inside it
over the sessions up to its own, so quantiles cannot cross and ranges cannot narrow. The median is "no change", where no
edge was found.
"""

import torch
from torch import nn

WINDOW, HORIZON, LEVELS = 30, 14, (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SERIES, SENTIMENTS, AHEAD = 6, 8, 12
KNOWN, ESTIMATED, UNKNOWN = 0, 1, 2  # columns of `ahead`
PARTS = 3  # to the 50, 80 and 90% range
SHAPES = 4  # smooth functions of the horizon that a part's width and tilt are made of
OUTPUTS = 2 * PARTS * SHAPES + 2  # width and tilt of each part, size of a known and an estimated report; the scale comes before them
BOUND = 4.0  # no variance is multiplied by more than e^4, reports aside
REPORT_BOUND = 2.0  # no report is larger than e^2 times the usual one
TILT_REACH = 0.3  # how far one window may tilt a part around the usual tilt
FLOOR = 0.1  # a session adds at least this share of the mean session before it
RECENT = 5  # sessions of sentiments that count by themselves, beside all
SENTIMENT_REACH = 0.4  # all sentiments together change a variance by no more than this, so a width by a fifth


def horizon_shapes() -> torch.Tensor:
    """Constant, slope, curvature and the first sessions: shape [SHAPES, HORIZON]."""
    line = torch.linspace(1, -1, HORIZON)
    return torch.stack([torch.ones(HORIZON), line, line**2, 1 / torch.arange(1, HORIZON + 1)])


def base_parts(quantiles: torch.Tensor) -> torch.Tensor:
    """Cuts pooled quantiles [HORIZON, LEVELS] of standardized returns into parts of variance until each session:
    [2 * PARTS, HORIZON], the lower side first, the inner part first."""
    distance = quantiles.double() ** 2 * torch.arange(1, HORIZON + 1).double()[:, None]
    sides = torch.stack([distance[:, [2, 1, 0]], distance[:, [4, 5, 6]]])  # [2, HORIZON, PARTS]
    parts = torch.diff(sides, dim=2, prepend=torch.zeros(2, HORIZON, 1))
    return parts.transpose(1, 2).float().reshape(2 * PARTS, HORIZON)


def pooled_sentiments(sentiments: torch.Tensor) -> torch.Tensor:
    """Means of the sentiments over all sessions and over the latest: [N, 2 * SENTIMENTS]."""
    return torch.cat([sentiments.mean(dim=1), sentiments[:, -RECENT:].mean(dim=1)], dim=1)


class Member(nn.Module):
    """One seed. It answers the logarithms of the factors [N, 2 * PARTS, HORIZON] and the sizes of the reports."""

    def __init__(self, statics: int, scale: torch.Tensor, hidden: int = 32, dense: int = 48, dropout: float = 0.3):
        """`scale` [K, HORIZON] holds the functions of the horizon that the window's scale is made of."""
        super().__init__()
        wide = statics + HORIZON * (AHEAD - 3)
        self.lstm = nn.LSTM(SERIES, hidden, batch_first=True)
        self.linear = nn.Linear(wide, len(scale) + OUTPUTS)
        self.dense = nn.Linear(hidden + wide + 3, dense)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(dense, len(scale) + OUTPUTS)
        self.sentiment = nn.Linear(2 * SENTIMENTS, 2, bias=False)  # without sentiments they have no say
        self.drift = nn.Parameter(torch.zeros(PARTS, SHAPES))  # the usual tilt: with the median at no change, rises show here
        self.report = nn.Parameter(torch.full((2, 2 * PARTS), 1.4))  # usual size of a known and of an estimated report
        for layer in (self.linear, self.out, self.sentiment):  # start as the baseline
            nn.init.zeros_(layer.weight)
        for layer in (self.linear, self.out):
            nn.init.zeros_(layer.bias)
        self.register_buffer("shapes", horizon_shapes())
        self.register_buffer("scale", scale)

    def smoothed(self) -> "Member":
        """The same member, its scale fitted by the smooth shapes."""
        smooth = Member(self.linear.in_features - HORIZON * (AHEAD - 3), self.shapes, dropout=self.dropout.p)
        fit = torch.linalg.pinv(self.shapes).T @ self.scale.T
        state = {name: value.clone() for name, value in self.state_dict().items()} | {"scale": self.shapes}
        for name in ("linear.weight", "linear.bias", "out.weight", "out.bias"):
            free, others = state[name][: len(self.scale)], state[name][len(self.scale) :]
            state[name] = torch.cat([fit @ free, others])
        smooth.load_state_dict(state)
        return smooth

    def forward(self, series, sentiments, statics, ahead) -> tuple:
        wide = torch.cat([statics, ahead[:, :, 3:].flatten(1)], dim=1)
        _, (state, _) = self.lstm(series)
        hidden = torch.relu(self.dense(torch.cat([state[0], wide, ahead[:, :, :3].sum(dim=1)], dim=1)))
        outputs = self.linear(wide) + self.out(self.dropout(hidden))
        reach = SENTIMENT_REACH / 2 * torch.tanh(self.sentiment(sentiments))
        count = len(self.scale)
        scale = outputs[:, :count] @ self.scale + reach @ self.shapes[:2]
        widths, tilts = outputs[:, count:-2].reshape(-1, 2, PARTS, SHAPES).unbind(1)
        widths = scale.unsqueeze(1) + widths @ self.shapes
        tilts = self.drift @ self.shapes + TILT_REACH * torch.tanh(tilts @ self.shapes / TILT_REACH)
        sizes = outputs[:, -2:].clamp(-REPORT_BOUND, REPORT_BOUND)
        return torch.cat([widths - tilts, widths + tilts], dim=1).clamp(-BOUND, BOUND), sizes, self.report


class Quantiles(nn.Module):
    """Members, the standardization before them and the quantiles after: what the ONNX file holds.

    Several members answer the mean of their quantiles; a mean of logarithms would be narrower than either.
    """

    def __init__(self, members: list, mean: torch.Tensor, deviation: torch.Tensor, base: torch.Tensor):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("base", base_parts(base))
        self.register_buffer("floor", FLOOR / torch.arange(1, HORIZON + 1))
        # Sums and differences along the sessions are products with constant matrices, which every runtime has.
        self.register_buffer("until", torch.ones(HORIZON, HORIZON).triu())
        self.register_buffer("difference", torch.eye(HORIZON) - torch.diag(torch.ones(HORIZON - 1), 1))
        inner = torch.tensor([[1.0, 1, 1], [0, 1, 1], [0, 0, 1]])  # the 90% range is made of all parts
        nested = torch.zeros(2 * PARTS, 2 * PARTS)
        nested[:PARTS, :PARTS] = inner.flip(1)  # the outermost level comes first on the lower side
        nested[PARTS:, PARTS:] = inner
        self.register_buffer("nested", nested)
        self.register_buffer("sign", torch.tensor([-1.0] * PARTS + [1.0] * PARTS))

    def forward(self, series, sentiments, statics, ahead):
        return self.answer(series, pooled_sentiments(sentiments), statics, ahead)

    def answer(self, series, sentiments, statics, ahead):
        """As `forward`, with the sentiments pooled before."""
        statics = ((statics - self.mean) / self.deviation).clamp(-5, 5)
        distance = sum(self.distance(*member(series, sentiments, statics, ahead), ahead) for member in self.members)
        distance = distance / len(self.members) * self.sign
        median = torch.zeros_like(distance[:, :, :1])
        return torch.cat([distance[:, :, :PARTS], median, distance[:, :, PARTS:]], dim=2)

    def distance(self, logarithms, sizes, report, ahead):
        """Distances of the quantiles from "no change" [N, HORIZON, 2 * PARTS] that one member's factors give."""
        parts = self.base * torch.exp(logarithms)
        sessions = torch.maximum(parts @ self.difference, parts * self.floor)
        steps = torch.exp(sizes.unsqueeze(1) + report.T)  # [N, 2 * PARTS, 2]
        reports = 1 + steps @ ahead[:, :, [KNOWN, ESTIMATED]].transpose(1, 2)
        variance = (sessions * reports) @ self.until
        return torch.sqrt(variance.transpose(1, 2) @ self.nested)

"""The network: an LSTM and a small dense net that correct a simple volatility forecast.

The answer is q[h, tau] = sqrt(h) * base[h, tau] * exp(m[h, tau]) in units of the window's daily volatility. `base` holds
the pooled quantiles of the training part's standardised returns, their median moved to 0, so the untrained network
(m = 0) is the baseline `blend`. The correction m is a scale for each horizon plus, for each level, a smooth shape over
the horizons; the median has none and stays at "no change", where no edge was found.
"""

import torch
from torch import nn

WINDOW, HORIZON, LEVELS = 30, 14, (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SERIES, MOODS = 6, 8
SHAPES = 4  # smooth functions of the horizon that a level's shape is made of
OUTPUTS = HORIZON + (len(LEVELS) - 1) * SHAPES
BOUND = 2.0  # no multiplier beyond e^2


def horizon_shapes() -> torch.Tensor:
    """Constant, slope, curvature and the first sessions: shape [SHAPES, HORIZON]."""
    line = torch.linspace(1, -1, HORIZON)
    return torch.stack([torch.ones(HORIZON), line, line**2, 1 / torch.arange(1, HORIZON + 1)])


class Member(nn.Module):
    """One network: linear in the statics, plus an LSTM over both sequences feeding a dense layer."""

    def __init__(self, statics: int, hidden: int = 32, dense: int = 48, dropout: float = 0.3):
        super().__init__()
        self.linear = nn.Linear(statics, OUTPUTS)
        self.lstm = nn.LSTM(SERIES + MOODS, hidden, batch_first=True)
        self.dense = nn.Linear(hidden + statics, dense)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(dense, OUTPUTS)
        for layer in (self.linear, self.out):  # start as the baseline
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, sequence: torch.Tensor, statics: torch.Tensor) -> torch.Tensor:
        _, (state, _) = self.lstm(sequence)
        hidden = torch.relu(self.dense(torch.cat([state[0], statics], dim=1)))
        return self.linear(statics) + self.out(self.dropout(hidden))


class Quantiles(nn.Module):
    """Members, the standardisation before them and the quantiles after: what the ONNX file holds."""

    def __init__(self, members: list, mean: torch.Tensor, deviation: torch.Tensor, base: torch.Tensor):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("shapes", horizon_shapes())
        steps = torch.sqrt(torch.arange(1, HORIZON + 1, dtype=torch.float32))
        self.register_buffer("scaled_base", base * steps[:, None])

    def correction(self, series, moods, statics):
        """The log-multipliers m, shape [N, HORIZON, LEVELS], the median's all zero."""
        statics = ((statics - self.mean) / self.deviation).clamp(-5, 5)
        sequence = torch.cat([series, moods], dim=2)
        outputs = sum(member(sequence, statics) for member in self.members) / len(self.members)
        scale = outputs[:, :HORIZON].unsqueeze(2)
        shape = (outputs[:, HORIZON:].reshape(-1, len(LEVELS) - 1, SHAPES) @ self.shapes).transpose(1, 2)
        m = (scale + shape).clamp(-BOUND, BOUND)
        return torch.cat([m[:, :, :3], torch.zeros_like(m[:, :, :1]), m[:, :, 3:]], dim=2)

    def forward(self, series, moods, statics):
        return self.scaled_base * torch.exp(self.correction(series, moods, statics))


def merged(members: list) -> Member:
    """One member that answers the mean of several: their LSTMs side by side, block by block.

    One wide recurrence runs several times faster than several narrow ones, and the file stays one plain LSTM.
    """
    first = members[0]
    count, hidden, dense = len(members), first.lstm.hidden_size, first.dense.out_features
    statics = first.linear.in_features
    one = Member(statics, hidden * count, dense * count, 0.0)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.zero_()
        for k, member in enumerate(members):
            h, d = slice(k * hidden, (k + 1) * hidden), slice(k * dense, (k + 1) * dense)
            for gate in range(4):
                rows = slice(gate * hidden * count + k * hidden, gate * hidden * count + (k + 1) * hidden)
                old = slice(gate * hidden, (gate + 1) * hidden)
                one.lstm.weight_ih_l0[rows] = member.lstm.weight_ih_l0[old]
                one.lstm.weight_hh_l0[rows, h] = member.lstm.weight_hh_l0[old]
                one.lstm.bias_ih_l0[rows] = member.lstm.bias_ih_l0[old] + member.lstm.bias_hh_l0[old]
            one.dense.weight[d, h] = member.dense.weight[:, :hidden]
            one.dense.weight[d, hidden * count :] = member.dense.weight[:, hidden:]
            one.dense.bias[d] = member.dense.bias
            one.out.weight[:, d] = member.out.weight / count
            one.out.bias += (member.out.bias) / count
            one.linear.weight += member.linear.weight / count
            one.linear.bias += member.linear.bias / count
    return one

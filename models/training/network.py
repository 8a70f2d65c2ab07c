"""The network: an LSTM and a small dense net that correct a simple volatility forecast.

The answer is q[h, tau] = sqrt(h) * base[h, tau] * exp(m[h, tau]) in units of the window's daily volatility. `base` holds
the pooled quantiles of the training part's standardised returns, their median moved to 0, so the untrained network
(m = 0) is the baseline `blend`. The correction m is a scale for each horizon plus, for each level, a smooth shape over
the horizons; the median has none and stays at "no change", where no edge was found.
"""

import torch
from torch import nn

WINDOW, HORIZON, LEVELS = 30, 14, (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SERIES, SENTIMENTS = 6, 8
SHAPES = 4  # smooth functions of the horizon that a level's shape is made of
PAIRS = len(LEVELS) // 2  # intervals: 90, 80 and 50 %, outermost first
OUTPUTS = HORIZON + 2 * PAIRS * SHAPES  # scale by horizon, then width and tilt of each interval
BOUND = 2.0  # no multiplier beyond e^2
TILT_REACH = 0.15  # how far one window may tilt an interval around the usual tilt; chosen on the validation part
MASKS = [2, 5, 7]  # columns of `sentiments` that say whether tweets, news, searches are known
SENTIMENT_OUTPUTS = 2  # an even change of width and one that grows or shrinks with the horizon
SENTIMENT_REACH = 0.2  # all sentiments together change a band's width by about a fifth at most


def horizon_shapes() -> torch.Tensor:
    """Constant, slope, curvature and the first sessions: shape [SHAPES, HORIZON]."""
    line = torch.linspace(1, -1, HORIZON)
    return torch.stack([torch.ones(HORIZON), line, line**2, 1 / torch.arange(1, HORIZON + 1)])


class Member(nn.Module):
    """One network: linear in the statics, plus an LSTM over prices feeding a dense layer, plus a narrow LSTM over sentiments.

    Few stocks and years come with tweets, news and searches, so the sentiments are kept from extrapolating: they may widen or
    narrow the bands, evenly or toward the far sessions, by at most SENTIMENT_REACH in all; they cannot tilt them.
    """

    def __init__(self, statics: int, hidden: int = 32, sentiment_hidden: int = 8, dense: int = 48, dropout: float = 0.3):
        super().__init__()
        self.drift = nn.Parameter(torch.zeros(PAIRS * SHAPES))  # the usual tilt: with the median at no change, rises show here
        self.linear = nn.Linear(statics, OUTPUTS)
        self.lstm = nn.LSTM(SERIES, hidden, batch_first=True)
        self.dense = nn.Linear(hidden + statics, dense)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(dense, OUTPUTS)
        self.sentiment_lstm = nn.LSTM(SENTIMENTS, sentiment_hidden, batch_first=True)
        self.sentiment_out = nn.Linear(sentiment_hidden, SENTIMENT_OUTPUTS)
        for layer in (self.linear, self.out, self.sentiment_out):  # start as the baseline
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, series, sentiments, statics) -> tuple:
        _, (state, _) = self.lstm(series)
        _, (sentiment_state, _) = self.sentiment_lstm(sentiments)
        hidden = torch.relu(self.dense(torch.cat([state[0], statics], dim=1)))
        width = torch.tanh(self.sentiment_out(sentiment_state[0]))
        return self.linear(statics) + self.out(self.dropout(hidden)), width, self.drift


class Merged(nn.Module):
    """Several members as one network that answers their mean.

    All their LSTMs stand side by side in one, block by block: one wide recurrence runs several times faster than many
    narrow ones, and the file holds one plain LSTM over the 30 sessions of both branches.
    """

    def __init__(self, members: list):
        super().__init__()
        first, count = members[0], len(members)
        hidden, sentiment_hidden, dense = first.lstm.hidden_size, first.sentiment_lstm.hidden_size, first.dense.out_features
        statics, total = first.linear.in_features, count * (hidden + sentiment_hidden)
        self.prices = count * hidden  # units of the state that belong to the price branch; the sentiments' follow
        self.count = count
        self.drift = nn.Parameter(torch.zeros_like(first.drift))
        self.linear = nn.Linear(statics, OUTPUTS)
        self.lstm = nn.LSTM(SERIES + SENTIMENTS, total, batch_first=True)
        self.dense = nn.Linear(self.prices + statics, count * dense)
        self.out = nn.Linear(count * dense, OUTPUTS)
        self.sentiment_out = nn.Linear(count * sentiment_hidden, count * SENTIMENT_OUTPUTS)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
            for k, member in enumerate(members):
                self._place(member.lstm, slice(0, SERIES), k * hidden, total)
                self._place(member.sentiment_lstm, slice(SERIES, SERIES + SENTIMENTS), self.prices + k * sentiment_hidden, total)
                units, layer = slice(k * hidden, (k + 1) * hidden), slice(k * dense, (k + 1) * dense)
                self.dense.weight[layer, units] = member.dense.weight[:, :hidden]
                self.dense.weight[layer, self.prices :] = member.dense.weight[:, hidden:]
                self.dense.bias[layer] = member.dense.bias
                self.out.weight[:, layer] = member.out.weight / count
                self.out.bias += member.out.bias / count
                self.drift += member.drift / count
                self.linear.weight += member.linear.weight / count
                self.linear.bias += member.linear.bias / count
                rows, columns = slice(k * SENTIMENT_OUTPUTS, (k + 1) * SENTIMENT_OUTPUTS), slice(k * sentiment_hidden, (k + 1) * sentiment_hidden)
                self.sentiment_out.weight[rows, columns] = member.sentiment_out.weight
                self.sentiment_out.bias[rows] = member.sentiment_out.bias

    def _place(self, old: nn.LSTM, inputs: slice, first: int, total: int):
        size = old.hidden_size
        units = slice(first, first + size)
        for gate in range(4):
            new_rows = slice(gate * total + first, gate * total + first + size)
            old_rows = slice(gate * size, (gate + 1) * size)
            self.lstm.weight_ih_l0[new_rows, inputs] = old.weight_ih_l0[old_rows]
            self.lstm.weight_hh_l0[new_rows, units] = old.weight_hh_l0[old_rows]
            self.lstm.bias_ih_l0[new_rows] = old.bias_ih_l0[old_rows] + old.bias_hh_l0[old_rows]

    def forward(self, series, sentiments, statics) -> tuple:
        _, (state, _) = self.lstm(torch.cat([series, sentiments], dim=2))
        state = state[0]
        hidden = torch.relu(self.dense(torch.cat([state[:, : self.prices], statics], dim=1)))
        widths = torch.tanh(self.sentiment_out(state[:, self.prices :]))
        width = widths.reshape(-1, self.count, SENTIMENT_OUTPUTS).mean(dim=1)
        return self.linear(statics) + self.out(hidden), width, self.drift


class Quantiles(nn.Module):
    """A network, the standardisation before it and the quantiles after: what the ONNX file holds."""

    def __init__(self, network, mean: torch.Tensor, deviation: torch.Tensor, base: torch.Tensor):
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("shapes", horizon_shapes())
        steps = torch.sqrt(torch.arange(1, HORIZON + 1, dtype=torch.float32))
        self.register_buffer("scaled_base", base * steps[:, None])

    def correction(self, series, sentiments, statics):
        """The log-multipliers m, shape [N, HORIZON, LEVELS], the median's all zero."""
        statics = ((statics - self.mean) / self.deviation).clamp(-5, 5)
        outputs, width, drift = self.network(series, sentiments, statics)
        known = sentiments[:, :, MASKS].amax(dim=(1, 2)).unsqueeze(1)  # without any sentiment the sentiments have no say
        scale = outputs[:, :HORIZON] + known * (SENTIMENT_REACH / SENTIMENT_OUTPUTS) * (width @ self.shapes[:SENTIMENT_OUTPUTS])
        widths, tilts = outputs[:, HORIZON:].reshape(-1, 2, PAIRS, SHAPES).unbind(1)
        widths = scale.unsqueeze(1) + widths @ self.shapes
        tilts = drift.reshape(PAIRS, SHAPES) @ self.shapes + TILT_REACH * torch.tanh(tilts @ self.shapes / TILT_REACH)
        lower, upper = (widths - tilts).transpose(1, 2), (widths + tilts).transpose(1, 2)
        m = torch.cat([lower, torch.zeros_like(lower[:, :, :1]), upper[:, :, [2, 1, 0]]], dim=2)
        return m.clamp(-BOUND, BOUND)

    def forward(self, series, sentiments, statics):
        return self.scaled_base * torch.exp(self.correction(series, sentiments, statics))

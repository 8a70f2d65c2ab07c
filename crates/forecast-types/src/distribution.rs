//! How likely each close is, read between the quantiles of a forecast.

mod normal;
mod touch;

use crate::chance::Side;
use crate::{Interval, Level, Quantiles};

/// Standard normal scores of [`Level::ALL`].
const SCORES: [f64; 7] = [
    -1.644_853_626_951_472_2,
    -1.281_551_565_544_600_4,
    -0.674_489_750_196_081_7,
    0.0,
    0.674_489_750_196_081_7,
    1.281_551_565_544_600_4,
    1.644_853_626_951_472_2,
];
/// No 80% range counts as narrower, as a logarithm: the stock stands still.
const NARROWEST: f64 = 1e-6;

/// The closes of the coming sessions: how likely each of them lies beyond a price, and how likely any of them does.
#[derive(Clone, Debug)]
pub struct Outlook(Vec<CloseDistribution>);

impl Outlook {
    /// Reads the quantiles of the sessions, nearest first; `None` if one of the seven is missing or is not a positive
    /// number, or if two of them cross.
    pub fn of<'a>(sessions: impl IntoIterator<Item = &'a Quantiles>) -> Option<Self> {
        sessions.into_iter().map(CloseDistribution::of).collect::<Option<_>>().map(Self)
    }

    /// Returns the chance that the close of a session, counted from 0, lies beyond the price.
    #[must_use]
    pub fn on_day(&self, session: usize, side: Side, price: f64) -> f64 {
        normal::below(self.0[session].score_beyond(side, price))
    }

    /// Returns the chance that at least one close up to a session, counted from 0, lies beyond the price.
    #[must_use]
    pub fn at_least_once(&self, session: usize, side: Side, price: f64) -> f64 {
        touch::chance(&self.0[..=session], side, price)
    }
}

/// The distribution of the close of one session.
///
/// The standard normal score of a close is a rising function of the logarithm of its price: straight lines through the
/// quantiles, so that each quantile has exactly its own level and the lines never fall. Beyond the outermost quantiles
/// the last line goes on. Answers only say "under 5%" and "over 95%" there, but the chance of a touch needs a value.
/// On forecasts of 2011 to 2021, straight lines had a slightly better Brier score than a monotone cubic.
#[derive(Clone, Debug)]
struct CloseDistribution {
    /// Logarithms of prices with their scores, both rising; at least one.
    knots: Vec<Knot>,
    /// The variance of the logarithm of the close, from the width of the 80% range.
    variance: f64,
}

#[derive(Clone, Copy, Debug)]
struct Knot {
    at: f64,
    score: f64,
}

impl CloseDistribution {
    fn of(quantiles: &Quantiles) -> Option<Self> {
        quantiles.check().ok()?;
        let mut knots: Vec<Knot> = Vec::with_capacity(SCORES.len());
        for (level, score) in Level::ALL.into_iter().zip(SCORES) {
            let at = quantiles.get(level)?.ln();
            match knots.last_mut() {
                // A price that several levels share is one knot between them.
                Some(last) if last.at >= at => last.score = f64::midpoint(last.score, score),
                _ => knots.push(Knot { at, score }),
            }
        }
        let (low, high) = Interval::P80.prices(quantiles)?;
        let scale = (high / low).ln().max(NARROWEST) / (2.0 * SCORES[5]);
        Some(Self { knots, variance: scale * scale })
    }

    /// Returns the standard normal score below which lies what is beyond the price.
    fn score_beyond(&self, side: Side, price: f64) -> f64 {
        match side {
            Side::Above => -self.score(price),
            Side::Below => self.score(price),
        }
    }

    fn score(&self, price: f64) -> f64 {
        let at = price.ln();
        match self.knots.as_slice() {
            // One price for all levels: no close is above or below it.
            [only] if at == only.at => only.score,
            [only] => (at - only.at) * f64::INFINITY,
            knots => {
                let right = knots.partition_point(|knot| knot.at < at).clamp(1, knots.len() - 1);
                let (low, high) = (knots[right - 1], knots[right]);
                low.score + (at - low.at) * (high.score - low.score) / (high.at - low.at)
            }
        }
    }
}

#[cfg(test)]
mod tests;

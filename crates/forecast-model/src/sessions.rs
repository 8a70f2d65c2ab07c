//! What every feature is computed from: one value a session, oldest first.

use forecast_types::DailyBar;
use jiff::civil::Date;

use crate::SESSIONS;

/// The last sessions up to the origin, as returns and ranges; the first bar only gives the second its return.
///
/// All series have the same length, between [`crate::WINDOW`] − 1 and [`SESSIONS`] − 1, and hold finite numbers.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    /// The day.
    pub(crate) date: Vec<Date>,
    /// Simple return from close to close.
    pub(crate) change: Vec<f64>,
    /// Logarithmic return from close to close.
    pub(crate) log_change: Vec<f64>,
    /// Its absolute value.
    pub(crate) size: Vec<f64>,
    /// Logarithmic return from the last close to the open.
    pub(crate) overnight: Vec<f64>,
    /// Logarithmic return from open to close.
    pub(crate) intraday: Vec<f64>,
    /// Logarithm of high over low.
    pub(crate) range: Vec<f64>,
    /// Parkinson's estimate of the session's variance. Source: Parkinson (1980), J. Business 53(1).
    pub(crate) parkinson: Vec<f64>,
    /// Rogers and Satchell's estimate. Source: Rogers & Satchell (1991), Ann. Appl. Probab. 1(4).
    pub(crate) rogers_satchell: Vec<f64>,
    /// Logarithm of one plus the shares traded, less its mean over all sessions here.
    pub(crate) volume: Vec<f64>,
    /// Daily volatility: the yardstick of all the others, a simple return.
    pub(crate) sigma: f64,
    /// Absolute return over the volatility known the evening before, at most 10.
    pub(crate) surprise: Vec<f64>,
    /// Exponentially weighted variance after each session (λ = 0.94).
    pub(crate) ewma: Vec<f64>,
}

/// Decay of the variance in the yardstick. Source: J.P. Morgan (1996), the `RiskMetrics` technical document, daily data.
const LAMBDA: f64 = 0.94;
/// Sessions in the yardstick's slow half. Source: the baseline `blend` of the model card.
const SLOW: usize = 250;
/// Below this daily volatility a stock does not trade in any way a forecast could use; keeps logarithms finite.
const LEAST_SIGMA: f64 = 1e-4;
const MOST_SURPRISE: f64 = 10.0;

impl Sessions {
    /// Reads the sessions up to and including `bars[origin]`.
    pub(crate) fn read(bars: &[DailyBar], origin: usize) -> Self {
        let first = (origin + 1).saturating_sub(SESSIONS);
        let bars = &bars[first..=origin];
        let pairs = || bars.windows(2).map(|pair| (pair[0], OnOneBasis::of(&pair[1])));
        let change: Vec<f64> =
            pairs().map(|(before, bar)| bar.close / before.adjusted_close - 1.0).map(clamp_outlier).collect();
        let log_change: Vec<f64> = pairs()
            .map(|(before, bar)| (bar.close / before.adjusted_close).ln())
            .map(clamp_outlier)
            .collect();
        let size: Vec<f64> = log_change.iter().map(|change| change.abs()).collect();
        let overnight =
            pairs().map(|(before, bar)| (bar.open / before.adjusted_close).ln()).map(clamp_outlier).collect();
        let intraday = pairs().map(|(_, bar)| (bar.close / bar.open).ln()).map(clamp_outlier).collect();
        let range: Vec<f64> = pairs().map(|(_, bar)| (bar.high / bar.low).ln()).map(clamp_outlier).collect();
        let parkinson = range.iter().map(|range| range * range / (4.0 * std::f64::consts::LN_2)).collect();
        let rogers_satchell = pairs()
            .map(|(_, bar)| {
                let up = (bar.high / bar.close).ln() * (bar.high / bar.open).ln();
                let down = (bar.low / bar.close).ln() * (bar.low / bar.open).ln();
                clamp_outlier(up + down)
            })
            .collect();
        let mut volume: Vec<f64> = bars[1..].iter().map(|bar| (1.0 + bar.volume as f64).ln()).collect();
        let usual = mean(&volume);
        volume.iter_mut().for_each(|value| *value -= usual);

        let squares: Vec<f64> = change.iter().map(|change| change * change).collect();
        let ewma = exponential_means(&squares, LAMBDA);
        let slow = variance(last(&change, SLOW));
        let blend = |fast: f64| (0.5 * fast + 0.5 * slow).sqrt().max(LEAST_SIGMA);
        let sigma = blend(*ewma.last().expect("a window has more than one session"));
        let surprise = size
            .iter()
            .enumerate()
            .map(|(day, size)| {
                let evening_before = if day == 0 { slow } else { ewma[day - 1] };
                (size / blend(evening_before)).min(MOST_SURPRISE)
            })
            .collect();
        Self {
            date: bars[1..].iter().map(|bar| bar.date).collect(),
            change,
            log_change,
            size,
            overnight,
            intraday,
            range,
            parkinson,
            rogers_satchell,
            volume,
            sigma,
            surprise,
            ewma,
        }
    }

    /// Returns how many sessions have a return.
    pub(crate) fn len(&self) -> usize {
        self.change.len()
    }
}

/// A bar with all prices adjusted for splits and dividends, the range widened to hold open and close.
struct OnOneBasis {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
}

impl OnOneBasis {
    fn of(bar: &DailyBar) -> Self {
        let factor = bar.adjusted_close / bar.close;
        let close = bar.adjusted_close;
        let open = bar.open * factor;
        let high = (bar.high * factor).max(open).max(close);
        let low = (bar.low * factor).min(open).min(close);
        Self { open, high, low, close }
    }
}

/// Sources sometimes deliver a zero or an absurd price; it must not spoil the other sessions.
fn clamp_outlier(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-3.0, 3.0) } else { 0.0 }
}

/// Returns the last `count` values, or all where there are fewer.
pub(crate) fn last(values: &[f64], count: usize) -> &[f64] {
    &values[values.len().saturating_sub(count)..]
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

pub(crate) fn mean_square(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64
    }
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64
}

/// Exponentially weighted means after each value, the weights normalised so that a short series is not biased.
pub(crate) fn exponential_means(values: &[f64], lambda: f64) -> Vec<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    values
        .iter()
        .map(|value| {
            sum = lambda * sum + value;
            weight = lambda * weight + 1.0;
            sum / weight
        })
        .collect()
}

/// The last of [`exponential_means`], without keeping the others.
pub(crate) fn exponential_mean(values: impl Iterator<Item = f64>, lambda: f64) -> f64 {
    let (sum, weight) =
        values.fold((0.0, 0.0), |(sum, weight), value| (lambda * sum + value, lambda * weight + 1.0));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_means_agree_with_the_definition() {
        let values = [1.0, 4.0, 9.0];
        let by_hand = (9.0 + 0.5 * 4.0 + 0.25 * 1.0) / 1.75;
        assert!((exponential_means(&values, 0.5)[2] - by_hand).abs() < 1e-12);
        assert!((exponential_mean(values.into_iter(), 0.5) - by_hand).abs() < 1e-12);
    }
}

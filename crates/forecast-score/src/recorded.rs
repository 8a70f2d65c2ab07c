use forecast_types::HORIZON;

use crate::LEVELS;
use crate::loss::Returns;

/// Recorded quantiles are log returns times this.
const QUANTILE_SCALE: f64 = 1e5;
/// Recorded outcomes are log returns times this.
const OUTCOME_SCALE: f64 = 1e7;
/// Units of an outcome in one unit of a quantile.
const OUTCOME_PER_QUANTILE: i64 = 100;
/// Recorded volatilities are simple returns times this.
pub const SIGMA_SCALE: f64 = 1e7;

/// Log returns after 1 to 14 sessions, in ten-millionths: differences of [`log_price`].
pub type Outcome = [i64; HORIZON];

/// A forecast in the integers in which it is recorded. It is scored in this form only, so anyone who reads the record gets
/// the same figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedForecast {
    /// `quantiles[level][sessions ahead - 1]`: log returns in hundred-thousandths.
    pub quantiles: [[i32; HORIZON]; LEVELS],
    /// The volatility in whose units the model answers, as a simple return in ten-millionths.
    pub sigma: i32,
    /// The recent volatility, likewise.
    pub fast_sigma: i32,
}

impl RecordedForecast {
    /// Rounds a forecast.
    #[must_use]
    pub fn round(returns: &Returns, sigma: f64, fast_sigma: f64) -> Self {
        let quantile = |level: usize, ahead: usize| Self::round_quantile(returns[ahead][level]);
        Self {
            quantiles: std::array::from_fn(|level| std::array::from_fn(|ahead| quantile(level, ahead))),
            sigma: Self::round_sigma(sigma),
            fast_sigma: Self::round_sigma(fast_sigma),
        }
    }

    /// Rounds a simple return to a recorded quantile.
    #[must_use]
    pub fn round_quantile(simple_return: f64) -> i32 {
        (simple_return.ln_1p() * QUANTILE_SCALE).round() as i32
    }

    /// Rounds a volatility.
    #[must_use]
    pub fn round_sigma(sigma: f64) -> i32 {
        (sigma * SIGMA_SCALE).round() as i32
    }

    /// Returns the quantiles as simple returns.
    #[must_use]
    pub fn returns(&self) -> Returns {
        let quantile =
            |ahead: usize, level: usize| (f64::from(self.quantiles[level][ahead]) / QUANTILE_SCALE).exp_m1();
        std::array::from_fn(|ahead| std::array::from_fn(|level| quantile(ahead, level)))
    }

    /// Returns the volatility in whose units the model answers, as a simple return.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        f64::from(self.sigma) / SIGMA_SCALE
    }

    /// Returns the recent volatility, as a simple return.
    #[must_use]
    pub fn fast_sigma(&self) -> f64 {
        f64::from(self.fast_sigma) / SIGMA_SCALE
    }

    /// Returns a quantile in the units of an outcome.
    #[must_use]
    pub fn edge(&self, level: usize, ahead: usize) -> i64 {
        i64::from(self.quantiles[level][ahead]) * OUTCOME_PER_QUANTILE
    }

    /// Returns the number of levels below an outcome.
    #[must_use]
    pub fn levels_below(&self, ahead: usize, outcome: i64) -> usize {
        (0..LEVELS).take_while(|&level| self.edge(level, ahead) < outcome).count()
    }

    /// Returns whether an outcome is between two levels, edges included.
    #[must_use]
    pub fn contains(&self, (low, high): (usize, usize), ahead: usize, outcome: i64) -> bool {
        self.edge(low, ahead) <= outcome && outcome <= self.edge(high, ahead)
    }
}

/// Returns the rounded logarithm of an adjusted close. Outcomes are differences of it, so they add up exactly.
#[must_use]
pub fn log_price(adjusted_close: f64) -> i64 {
    (adjusted_close.ln() * OUTCOME_SCALE).round() as i64
}

/// Returns an outcome as a simple return.
#[must_use]
pub fn simple_return(outcome: i64) -> f64 {
    (outcome as f64 / OUTCOME_SCALE).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_is_rounded_to_a_thousandth_of_a_percent() {
        let mut returns = [[0.0; LEVELS]; HORIZON];
        returns[2] = [-0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1];
        let recorded = RecordedForecast::round(&returns, 0.02, 0.015);
        assert_eq!((recorded.quantiles[0][2], recorded.quantiles[6][2]), (-10_536, 9_531));
        assert_eq!((recorded.sigma, recorded.fast_sigma), (200_000, 150_000));
        for (rounded, exact) in recorded.returns().as_flattened().iter().zip(returns.as_flattened()) {
            assert!((rounded - exact).abs() < 1e-5);
        }
    }

    #[test]
    fn an_outcome_on_the_edge_of_a_range_is_inside() {
        let mut recorded = RecordedForecast { quantiles: [[0; HORIZON]; LEVELS], sigma: 0, fast_sigma: 0 };
        recorded.quantiles[6][0] = 500;
        assert!(recorded.contains((0, 6), 0, 50_000) && !recorded.contains((0, 6), 0, 50_001));
        assert_eq!((recorded.levels_below(0, 50_000), recorded.levels_below(0, 50_001)), (6, 7));
    }

    #[test]
    fn outcomes_of_sessions_add_up_exactly() {
        let prices = [101.37, 99.02, 99.02, 120.5, 0.013].map(log_price);
        let steps: i64 = prices.windows(2).map(|pair| pair[1] - pair[0]).sum();
        assert_eq!(steps, prices[4] - prices[0]);
        assert!((simple_return(log_price(110.0) - log_price(100.0)) - 0.1).abs() < 1e-6);
    }
}

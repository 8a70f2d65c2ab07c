use forecast_types::HORIZON;

use crate::LEVELS;
use crate::loss::Returns;

/// Parts of one in a recorded quantile.
const QUANTILE_SCALE: f64 = 1e5;
/// Parts of one in a recorded outcome.
const OUTCOME_SCALE: f64 = 1e7;
/// Outcomes are finer than quantiles by this factor.
const FINER: i64 = 100;
/// Parts of one in a recorded volatility.
pub const SIGMA_SCALE: f64 = 1e7;

/// Log returns after 1 to 14 sessions, in ten-millionths: differences of [`log_price`].
pub type Outcome = [i64; HORIZON];

/// A forecast in the integers in which it is recorded. It is judged in this form only, so whoever reads the record gets
/// the same figures as whoever made the forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `quantiles[level][sessions ahead - 1]`: log returns in hundred-thousandths.
    pub quantiles: [[i32; HORIZON]; LEVELS],
    /// The volatility in which the model answers, a simple return in ten-millionths.
    pub sigma: i32,
    /// The recent volatility, likewise.
    pub fast_sigma: i32,
}

impl Recorded {
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

    /// Returns the simple returns that the quantiles stand for.
    #[must_use]
    pub fn returns(&self) -> Returns {
        let quantile =
            |ahead: usize, level: usize| (f64::from(self.quantiles[level][ahead]) / QUANTILE_SCALE).exp_m1();
        std::array::from_fn(|ahead| std::array::from_fn(|level| quantile(ahead, level)))
    }

    /// Returns the volatility in which the model answers.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        f64::from(self.sigma) / SIGMA_SCALE
    }

    /// Returns the recent volatility.
    #[must_use]
    pub fn fast_sigma(&self) -> f64 {
        f64::from(self.fast_sigma) / SIGMA_SCALE
    }

    /// Returns a quantile in the parts of an outcome.
    #[must_use]
    pub fn edge(&self, level: usize, ahead: usize) -> i64 {
        i64::from(self.quantiles[level][ahead]) * FINER
    }

    /// Returns the number of levels below an outcome.
    #[must_use]
    pub fn levels_below(&self, ahead: usize, outcome: i64) -> usize {
        (0..LEVELS).take_while(|&level| self.edge(level, ahead) < outcome).count()
    }

    /// Returns whether an outcome lies between two levels, edges included.
    #[must_use]
    pub fn holds(&self, (low, high): (usize, usize), ahead: usize, outcome: i64) -> bool {
        self.edge(low, ahead) <= outcome && outcome <= self.edge(high, ahead)
    }
}

/// Returns the rounded logarithm of an adjusted close. Differences of it are outcomes; they add up exactly.
#[must_use]
pub fn log_price(adjusted_close: f64) -> i64 {
    (adjusted_close.ln() * OUTCOME_SCALE).round() as i64
}

/// Returns the simple return that an outcome stands for.
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
        let recorded = Recorded::round(&returns, 0.02, 0.015);
        assert_eq!((recorded.quantiles[0][2], recorded.quantiles[6][2]), (-10_536, 9_531));
        assert_eq!((recorded.sigma, recorded.fast_sigma), (200_000, 150_000));
        for (rounded, exact) in recorded.returns().as_flattened().iter().zip(returns.as_flattened()) {
            assert!((rounded - exact).abs() < 1e-5);
        }
    }

    #[test]
    fn an_outcome_on_the_edge_of_a_range_is_inside() {
        let mut recorded = Recorded { quantiles: [[0; HORIZON]; LEVELS], sigma: 0, fast_sigma: 0 };
        recorded.quantiles[6][0] = 500;
        assert!(recorded.holds((0, 6), 0, 50_000) && !recorded.holds((0, 6), 0, 50_001));
        assert_eq!((recorded.levels_below(0, 50_000), recorded.levels_below(0, 50_001)), (6, 7));
    }

    #[test]
    fn outcomes_of_sessions_add_up_to_that_of_the_whole() {
        let prices = [101.37, 99.02, 99.02, 120.5, 0.013].map(log_price);
        let steps: i64 = prices.windows(2).map(|pair| pair[1] - pair[0]).sum();
        assert_eq!(steps, prices[4] - prices[0]);
        assert!((simple_return(log_price(110.0) - log_price(100.0)) - 0.1).abs() < 1e-6);
    }
}

use forecast_types::{Level, Quantiles};

use crate::{HORIZON, LEVELS};

/// Quantiles of the relative price after 1 to 14 sessions: `values[h][l]` is the return over h + 1 sessions at
/// [`Level::ALL`]`[l]`, ascending in l and above −1.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnQuantiles {
    values: [[f64; LEVELS]; HORIZON],
}

/// Returns below this are bent so that no price reaches zero.
const BEND: f64 = -0.5;
/// No loss is larger: beyond it a price would round to zero.
const WORST: f64 = -0.999;

impl ReturnQuantiles {
    /// Makes them from returns in any order: each horizon is sorted (Chernozhukov et al. 2010, "Quantile and
    /// Probability Curves Without Crossing") and losses beyond one half are bent so that a price stays above zero.
    #[must_use]
    pub fn from_returns(mut values: [[f64; LEVELS]; HORIZON]) -> Self {
        for horizon in &mut values {
            for value in horizon.iter_mut() {
                *value = bent(*value);
            }
            horizon.sort_by(f64::total_cmp);
        }
        Self { values }
    }

    /// Returns the quantiles by horizon and level.
    #[must_use]
    pub fn values(&self) -> &[[f64; LEVELS]; HORIZON] {
        &self.values
    }

    /// Returns the prices after each session, from the last close.
    #[must_use]
    pub fn prices(&self, last_close: f64) -> Vec<Quantiles> {
        let at = |horizon: &[f64; LEVELS]| {
            Level::ALL
                .into_iter()
                .zip(horizon)
                .map(|(level, change)| (level, last_close * (1.0 + change)))
                .collect()
        };
        self.values.iter().map(at).collect()
    }
}

/// Leaves gains and losses up to one half unchanged and maps larger losses smoothly toward −1: 1 + r = ½·exp(2r + 1).
fn bent(change: f64) -> f64 {
    if change >= BEND { change } else { (0.5 * (2.0 * change + 1.0).exp() - 1.0).max(WORST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_never_cross_and_prices_stay_positive() {
        let mut values = [[0.0; LEVELS]; HORIZON];
        values[3] = [0.1, -0.2, -30.0, 0.0, 0.3, 0.2, 5.0];
        let prices = ReturnQuantiles::from_returns(values).prices(0.01);
        assert_eq!(prices.len(), HORIZON);
        for quantiles in prices {
            quantiles.check().unwrap();
        }
    }

    #[test]
    fn the_bend_is_smooth() {
        let step = 1e-6;
        assert!((bent(BEND - step) - (BEND - step)).abs() < 1e-9);
        assert!(bent(-3.0) > -1.0 && bent(-3.0) < bent(-2.0));
    }
}

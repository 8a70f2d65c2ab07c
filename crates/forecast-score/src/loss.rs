//! The loss that forecasts are scored by, and the baselines they have to beat. Source: the model card.

use forecast_types::{HORIZON, Level};

use crate::LEVELS;

/// Quantiles of simple returns, by horizon and level.
pub type Returns = [[f64; LEVELS]; HORIZON];

/// Index of the median among the levels.
pub const MEDIAN: usize = 3;

/// Standard normal quantiles at the seven levels.
const NORMAL: [f64; LEVELS] =
    [-1.644_853_63, -1.281_551_57, -0.674_489_75, 0.0, 0.674_489_75, 1.281_551_57, 1.644_853_63];

/// Decay of the exponentially weighted variance. Source: `RiskMetrics` technical document (1996), daily data.
const LAMBDA: f64 = 0.94;

/// Mean pinball loss over horizons and levels; half of it approximates the CRPS of the relative price.
/// Source: Koenker & Bassett (1978), "Regression Quantiles"; the score of the model card.
#[must_use]
pub fn pinball(forecast: &Returns, outcome: &[f64; HORIZON]) -> f64 {
    let mut sum = 0.0;
    for (quantiles, outcome) in forecast.iter().zip(outcome) {
        for (quantile, level) in quantiles.iter().zip(Level::ALL) {
            let error = outcome - quantile;
            sum += (level.probability() * error).max((level.probability() - 1.0) * error);
        }
    }
    sum / (HORIZON * LEVELS) as f64
}

/// Baseline `ewma`: Gaussian around no change, σ from the exponentially weighted variance, times √h.
#[must_use]
pub fn ewma(sigma: f64) -> Returns {
    std::array::from_fn(|ahead| {
        let scale = sigma * ((ahead + 1) as f64).sqrt();
        NORMAL.map(|quantile| scale * quantile)
    })
}

/// Baseline `blend`: half fast, half slow variance, times the pooled quantiles `base` of standardized returns.
#[must_use]
pub fn blend(sigma: f64, base: &Returns) -> Returns {
    std::array::from_fn(|ahead| {
        let scale = sigma * ((ahead + 1) as f64).sqrt();
        base[ahead].map(|quantile| scale * quantile)
    })
}

/// Returns the exponentially weighted daily volatility after the last of these adjusted closes.
pub fn ewma_sigma(closes: impl IntoIterator<Item = f64>) -> f64 {
    let (mut before, mut sum, mut weight) = (None, 0.0, 0.0);
    for close in closes {
        if let Some(before) = before {
            let change: f64 = close / before - 1.0;
            sum = LAMBDA * sum + change * change;
            weight = LAMBDA * weight + 1.0;
        }
        before = Some(close);
    }
    if weight > 0.0 { (sum / weight).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_equals_a_calculation_by_hand() {
        let levels: [f64; LEVELS] = [-0.03, -0.02, -0.015, 0.0, 0.005, 0.02, 0.03];
        // Σ level·(0.01 − quantile) below the outcome, (1 − level)·(quantile − 0.01) above it.
        let by_hand =
            (0.05 * 0.04 + 0.1 * 0.03 + 0.25 * 0.025 + 0.5 * 0.01 + 0.75 * 0.005 + 0.1 * 0.01 + 0.05 * 0.02)
                / 7.0;
        assert!((pinball(&[levels; HORIZON], &[0.01; HORIZON]) - by_hand).abs() < 1e-12);
    }

    #[test]
    fn volatility_grows_with_the_root_of_time_around_no_change() {
        let forecast = ewma(0.02);
        assert!((forecast[3][6] - 0.02 * 2.0 * NORMAL[6]).abs() < 1e-12);
        assert!(forecast.iter().all(|quantiles| quantiles[MEDIAN] == 0.0));
    }

    #[test]
    fn the_pooled_quantiles_grow_with_volatility_and_the_root_of_time() {
        let forecast = blend(0.02, &[[1.5; LEVELS]; HORIZON]);
        assert!((forecast[0][0] - 0.03).abs() < 1e-12 && (forecast[3][6] - 0.06).abs() < 1e-12);
    }

    #[test]
    fn a_single_move_is_its_own_volatility() {
        assert!((ewma_sigma([100.0, 102.0]) - 0.02).abs() < 1e-12);
        assert!(ewma_sigma([100.0]).abs() < f64::EPSILON);
    }
}

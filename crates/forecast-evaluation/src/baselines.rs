//! The simple forecasters every model has to beat. Source: the model card.

use forecast_model::{HORIZON, LEVELS};

use crate::score::Returns;

/// Standard normal quantiles at the seven levels.
const NORMAL: [f64; LEVELS] =
    [-1.644_853_63, -1.281_551_57, -0.674_489_75, 0.0, 0.674_489_75, 1.281_551_57, 1.644_853_63];

/// Decay of the exponentially weighted variance.
const LAMBDA: f64 = 0.94;

/// Baseline `ewma`: Gaussian around no change, σ from the exponentially weighted variance, times √h.
#[must_use]
pub fn ewma(sigma: f64) -> Returns {
    scaled(sigma, |_, level| NORMAL[level])
}

/// Baseline `blend`: half fast, half slow variance, times the pooled quantiles `base` of standardised returns.
#[must_use]
pub fn blend(sigma: f64, base: &Returns) -> Returns {
    scaled(sigma, |ahead, level| base[ahead][level])
}

fn scaled(sigma: f64, quantile: impl Fn(usize, usize) -> f64) -> Returns {
    let at = |ahead: usize| {
        let scale = sigma * ((ahead + 1) as f64).sqrt();
        std::array::from_fn(|level| scale * quantile(ahead, level))
    };
    std::array::from_fn::<_, HORIZON, _>(at)
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
    fn volatility_grows_with_the_root_of_time_around_no_change() {
        let forecast = ewma(0.02);
        assert!((forecast[3][6] - 0.02 * 2.0 * NORMAL[6]).abs() < 1e-12);
        assert!(forecast.iter().all(|quantiles| quantiles[3] == 0.0));
    }

    #[test]
    fn a_single_move_is_its_own_volatility() {
        assert!((ewma_sigma([100.0, 102.0]) - 0.02).abs() < 1e-12);
    }
}

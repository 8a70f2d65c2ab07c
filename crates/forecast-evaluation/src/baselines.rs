//! The simple forecasters every model has to beat, beside [`ewma`](forecast_model::score::ewma). Source: the model
//! card.

use forecast_model::score::Returns;

/// Baseline `blend`: half fast, half slow variance, times the pooled quantiles `base` of standardised returns.
#[must_use]
pub fn blend(sigma: f64, base: &Returns) -> Returns {
    std::array::from_fn(|ahead| {
        let scale = sigma * ((ahead + 1) as f64).sqrt();
        base[ahead].map(|quantile| scale * quantile)
    })
}

#[cfg(test)]
mod tests {
    use forecast_model::{HORIZON, LEVELS};

    use super::*;

    #[test]
    fn the_pooled_quantiles_grow_with_volatility_and_the_root_of_time() {
        let forecast = blend(0.02, &[[1.5; LEVELS]; HORIZON]);
        assert!((forecast[0][0] - 0.03).abs() < 1e-12 && (forecast[3][6] - 0.06).abs() < 1e-12);
    }
}

//! The price axis: its span and its grid lines.

use forecast_types::format;

/// Fewest lines that let a reader judge a price between them.
const LEAST_TICKS: usize = 4;

/// The span of prices shown, and the values that get a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PriceAxis {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) step: f64,
    pub(crate) ticks: Vec<f64>,
}

impl PriceAxis {
    /// Makes an axis that shows `low..=high` with a little air, and about `wanted` lines at round prices: at least
    /// four, or as many as are wanted where that is fewer.
    pub(crate) fn covering(low: f64, high: f64, wanted: usize) -> Self {
        // A flat series still needs a span: one percent of its price.
        let spread = (high - low).max(high.abs() * 0.01);
        let middle = f64::midpoint(low, high);
        let (low, high) = (middle - spread * 0.53, middle + spread * 0.53);
        let axis = |step: f64| Self { low, high, step, ticks: ticks(low, high, step) };
        let axes = round_steps(high - low, wanted).map(axis);
        let finest = axes.last().cloned();
        let least = wanted.min(LEAST_TICKS);
        axes.into_iter().find(|axis| axis.ticks.len() >= least).or(finest).expect("there are several steps")
    }

    /// Labels the ticks with the decimals that distinguish them; `short` writes whole thousands from 100,000 on as
    /// `$700K`.
    pub(crate) fn labels(&self, currency: &str, short: bool) -> Vec<(f64, String)> {
        let decimals = decimals_of_step(self.step);
        let label = |tick: f64| match tick {
            _ if short && tick >= 100_000.0 && tick % 1_000.0 == 0.0 => {
                format::fixed_price(tick / 1_000.0, currency, 0) + "K"
            }
            _ => format::fixed_price(tick, currency, decimals),
        };
        self.ticks.iter().map(|&tick| (tick, label(tick))).collect()
    }
}

/// Returns the decimals that distinguish values `step` apart.
fn decimals_of_step(step: f64) -> usize {
    let decimals = (0..=8).find(|&n| {
        let scaled = step * 10f64.powi(n);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
    });
    money_decimals(decimals.unwrap_or(8) as usize)
}

/// One decimal becomes two: money has cents.
pub(crate) fn money_decimals(decimals: usize) -> usize {
    if decimals == 1 { 2 } else { decimals }
}

/// Returns the multiples of a step from `low` to `high`.
fn ticks(low: f64, high: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    // Whole multiples, not repeated addition: 0.1 added up drifts.
    (first..=last).map(|n| n as f64 * step).filter(|&tick| tick >= 0.0).collect()
}

/// Returns steps of 1, 2, 2.5 or 5 times a power of ten, the one whose count of lines is nearest to `wanted` first.
fn round_steps(span: f64, wanted: usize) -> [f64; 9] {
    let wanted = wanted.max(1) as f64;
    let power = 10f64.powf((span / wanted).log10().floor());
    let miss = |step: f64| ((span / step) / wanted).ln().abs();
    let mut steps = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    steps.sort_by(|a, b| miss(*a).total_cmp(&miss(*b)));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_from_a_fraction_of_a_cent_to_700_000_dollars() {
        for (low, high, step) in [
            (0.000_27, 0.000_36, 0.000_02),
            (0.9, 1.2, 0.05),
            (140.0, 176.0, 10.0),
            (148.0, 152.5, 1.0),
            (612_000.0, 790_000.0, 25_000.0),
        ] {
            let axis = PriceAxis::covering(low, high, 5);
            assert!((axis.step / step - 1.0).abs() < 1e-9, "{low}..{high}: {}", axis.step);
            assert!((4..=8).contains(&axis.ticks.len()), "{axis:?}");
            assert!(axis.low < low && axis.high > high);
            for tick in &axis.ticks {
                assert!((axis.low..=axis.high).contains(tick));
                assert!((tick / axis.step - (tick / axis.step).round()).abs() < 1e-9, "{tick}");
            }
        }
    }

    #[test]
    fn there_are_four_ticks_wherever_the_prices_lie() {
        for n in 0..2_000 {
            let low = 1.0 + f64::from(n) * 0.37;
            let high = low * (1.001 + f64::from(n % 97) * 0.01);
            for wanted in 4..=8 {
                let axis = PriceAxis::covering(low, high, wanted);
                assert!((4..=2 * wanted).contains(&axis.ticks.len()), "{low}..{high}, {wanted}: {axis:?}");
            }
        }
    }

    #[test]
    fn a_flat_series_gets_a_span() {
        let axis = PriceAxis::covering(20.0, 20.0, 5);
        assert!(axis.high > axis.low && axis.ticks.len() >= 4, "{axis:?}");
    }

    #[test]
    fn labels_have_the_decimals_their_step_needs() {
        for (tick, step, short, written) in [
            (180.0, 10.0, false, "$180"),
            (2.5, 0.5, false, "$2.50"),
            (0.25, 0.25, false, "$0.25"),
            (0.000_35, 0.000_05, false, "$0.00035"),
            (700_000.0, 50_000.0, false, "$700,000"),
            (700_000.0, 50_000.0, true, "$700K"),
            (712_500.0, 12_500.0, true, "$712,500"),
        ] {
            let axis = PriceAxis { low: 0.0, high: tick, step, ticks: vec![tick] };
            assert_eq!(axis.labels("USD", short), [(tick, written.to_owned())]);
        }
    }
}

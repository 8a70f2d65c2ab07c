//! Ranges drawn with characters: the 90% range as dots, the 80% as a thin line, the 50% as a thick one.

use forecast_types::{ForecastSession, Interval, Level, Quantiles};

/// What the characters stand for.
pub(super) const LEGEND: &str = "┄ 90%   ─ 80%   ━ 50%   ┿ midpoint";

/// Price axis of the bars of one forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) columns: usize,
}

impl Axis {
    /// From the lowest to the highest price of all ranges.
    pub(super) fn of(sessions: &[ForecastSession], columns: usize) -> Self {
        let prices = || sessions.iter().flat_map(|session| session.quantiles.iter().map(|(_, price)| price));
        Self { low: prices().fold(f64::INFINITY, f64::min), high: prices().fold(0.0, f64::max), columns }
    }

    /// The column of a price.
    fn column(&self, price: f64) -> usize {
        let last = (self.columns - 1) as f64;
        let width = (self.high - self.low).max(f64::MIN_POSITIVE);
        ((price - self.low) / width * last).round().clamp(0.0, last) as usize
    }

    /// The ranges of one session.
    pub(super) fn bar(&self, quantiles: &Quantiles) -> String {
        let mut bar = vec![' '; self.columns];
        for (interval, line) in [(Interval::P90, '┄'), (Interval::P80, '─'), (Interval::P50, '━')] {
            if let Some((low, high)) = interval.prices(quantiles) {
                bar[self.column(low)..=self.column(high)].fill(line);
            }
        }
        if let Some(midpoint) = quantiles.get(Level::MEDIAN) {
            bar[self.column(midpoint)] = '┿';
        }
        bar.into_iter().collect::<String>().trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles(prices: [f64; 7]) -> Quantiles {
        Level::ALL.into_iter().zip(prices).collect()
    }

    #[test]
    fn wider_ranges_surround_narrower_ones() {
        let session = ForecastSession {
            date: jiff::civil::date(2026, 11, 23),
            quantiles: quantiles([100.0, 103.0, 107.0, 110.0, 113.0, 117.0, 120.0]),
        };
        let axis = Axis::of(std::slice::from_ref(&session), 21);
        assert_eq!(axis.bar(&session.quantiles), "┄┄┄────━━━┿━━━────┄┄┄");
    }

    #[test]
    fn a_price_that_never_moves_is_one_mark() {
        let session =
            ForecastSession { date: jiff::civil::date(2026, 11, 23), quantiles: quantiles([5.0; 7]) };
        assert_eq!(Axis::of(std::slice::from_ref(&session), 9).bar(&session.quantiles), "┿");
    }
}

use std::fmt;

use crate::{Coverage, Level, Quantiles};

/// One of the three central intervals a forecast is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// The middle half.
    P50,
    /// The interval the page and the chart talk about.
    P80,
    /// Everything between the lowest and the highest quantile.
    P90,
}

impl Interval {
    /// All three, narrowest first.
    pub const ALL: [Self; 3] = [Self::P50, Self::P80, Self::P90];

    /// Returns the share of outcomes the interval is meant to contain.
    #[must_use]
    pub const fn level(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P80 => 0.8,
            Self::P90 => 0.9,
        }
    }

    /// Returns the quantiles at its lower and upper edge.
    #[must_use]
    pub const fn edges(self) -> (Level, Level) {
        match self {
            Self::P50 => (Level::P25, Level::P75),
            Self::P80 => (Level::P10, Level::P90),
            Self::P90 => (Level::P05, Level::P95),
        }
    }

    /// Returns the positions of its edges in [`Level::ALL`].
    #[must_use]
    pub const fn positions(self) -> (usize, usize) {
        match self {
            Self::P50 => (2, 4),
            Self::P80 => (1, 5),
            Self::P90 => (0, 6),
        }
    }

    /// Returns the prices at its edges, if both are there.
    #[must_use]
    pub fn prices(self, quantiles: &Quantiles) -> Option<(f64, f64)> {
        let (low, high) = self.edges();
        Some((quantiles.get(low)?, quantiles.get(high)?))
    }

    /// Returns whether a measured coverage is about this interval.
    #[must_use]
    pub fn is_measured_by(self, coverage: &Coverage) -> bool {
        (coverage.level - self.level()).abs() < 1e-9
    }
}

impl fmt::Display for Interval {
    /// Writes the level as people do: `80%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}%", self.level() * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_edges_and_positions_describe_the_same_interval() {
        for interval in Interval::ALL {
            let (low, high) = interval.edges();
            let (lower, upper) = interval.positions();
            assert!((high.probability() - low.probability() - interval.level()).abs() < 1e-12, "{interval}");
            assert_eq!((Level::ALL[lower], Level::ALL[upper]), (low, high), "{interval}");
        }
    }

    #[test]
    fn an_interval_is_written_as_a_percentage() {
        assert_eq!(Interval::ALL.map(|interval| interval.to_string()), ["50%", "80%", "90%"]);
    }
}

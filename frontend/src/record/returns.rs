//! Price changes, in words and on a scale.

use crate::format;

/// Writes a range of changes: `−10.2% to +13.1%`.
pub(crate) fn range(low: f64, high: f64) -> String {
    format!("{} to {}", format::signed_percent(low), format::signed_percent(high))
}

/// Maps price changes to positions from 0 to 200. Zero change is always on the scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReturnScale {
    low: f64,
    high: f64,
}

/// A segment on the scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) x: f64,
    pub(crate) width: f64,
}

impl ReturnScale {
    /// Makes a scale that spans all values and zero.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values
            .into_iter()
            .fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        Self { low, high: if high > low { high } else { low + 1.0 } }
    }

    /// Returns the position of a change.
    pub(crate) fn position(&self, value: f64) -> f64 {
        (2_000.0 * (value - self.low) / (self.high - self.low)).round() / 10.0
    }

    /// The position of no change.
    pub(crate) fn zero(&self) -> f64 {
        self.position(0.0)
    }

    /// Returns the segment between two changes.
    pub(crate) fn segment(&self, low: f64, high: f64) -> Segment {
        let x = self.position(low);
        Segment { x, width: ((self.position(high) - x) * 10.0).round() / 10.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_spans_zero_and_all_values() {
        let scale = ReturnScale::of([-0.1, 0.3]);
        assert_eq!((scale.position(-0.1), scale.zero(), scale.position(0.3)), (0.0, 50.0, 200.0));
        assert_eq!(scale.segment(-0.05, 0.1), Segment { x: 25.0, width: 75.0 });
        assert_eq!(ReturnScale::of([]).zero(), 0.0);
        assert_eq!(range(-0.102, 0.131), "−10.2% to +13.1%");
    }
}

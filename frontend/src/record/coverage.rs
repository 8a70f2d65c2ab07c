//! How often a range held, in words and as positions on a scale from 0 to 100.

use forecast_store::{Coverage, Share};

use crate::format;

/// One range.
pub(super) struct CoverageBar {
    pub(super) promised: String,
    pub(super) held: String,
    /// `79.1% to 80.2%`; absent if there are too few days.
    pub(super) margin: Option<String>,
    pub(super) outcomes: String,
    pub(super) promise_x: f64,
    pub(super) held_x: f64,
    pub(super) margin_x: f64,
    pub(super) margin_width: f64,
}

impl CoverageBar {
    /// Describes a range; `None` if there are no outcomes.
    pub(super) fn of(coverage: &Coverage) -> Option<Self> {
        let held = coverage.held.value()?;
        let (low, high) = coverage.between.unwrap_or((held, held));
        Some(Self {
            promised: format::percent(coverage.level),
            held: percent(held),
            margin: coverage.between.map(|(low, high)| format!("{} to {}", percent(low), percent(high))),
            outcomes: format::count(coverage.held.of),
            promise_x: tenths(coverage.level),
            held_x: tenths(held),
            margin_x: tenths(low),
            margin_width: tenths(high - low),
        })
    }

    /// Describes all ranges that have outcomes.
    pub(super) fn all(coverage: &[Coverage]) -> Vec<Self> {
        coverage.iter().filter_map(Self::of).collect()
    }
}

/// A share with one decimal; a dash if there are no outcomes.
pub(crate) fn share(share: Share) -> String {
    share.value().map_or_else(|| "–".to_owned(), percent)
}

/// How much better a loss is than that of the simple method: `+1.5%`.
pub(super) fn gain(ratio: f64) -> String {
    format::signed_percent(1.0 - ratio)
}

fn percent(share: f64) -> String {
    format::percent_with(share, 1)
}

fn tenths(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}

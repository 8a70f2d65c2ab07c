//! The sentences of a comparison.

use forecast_types::{Market, format};

use super::request::{Comparison, Range, Row};
use crate::chart::captions::NOT_ADVICE;

/// Names the market where it is not live.
pub(super) fn market(comparison: &Comparison) -> Option<&'static str> {
    match comparison.market? {
        Market::Live => None,
        Market::Simulated => Some("Simulated market"),
        Market::Replay => Some("Replay of past prices"),
    }
}

/// Returns the footer: what the shades are, and what a forecast is.
pub(super) fn footer(comparison: &Comparison) -> String {
    let mut shares: Vec<String> =
        comparison.rows[0].ranges.iter().rev().map(|range| format::level(range.share)).collect();
    let last = shares.pop().unwrap_or_default();
    let shares = if shares.is_empty() { last } else { format!("{} and {last}", shares.join(", ")) };
    format!("Shades, from the inside: {shares} range, compared with the last close. {NOT_ADVICE}")
}

/// Writes a range as prices: `$768–$968`.
pub(super) fn prices(row: &Row, range: &Range) -> String {
    let price = |amount| format::round_price(amount, &row.currency);
    format!("{}–{}", price(range.prices.0), price(range.prices.1))
}

/// Writes a range as changes: `−10.2% to +13.1%`.
pub(super) fn changes(range: &Range) -> String {
    format!("{} to {}", format::signed_percent(range.changes.0), format::signed_percent(range.changes.1))
}

/// Returns the comparison in words.
pub(super) fn description(comparison: &Comparison) -> String {
    let mut words = String::new();
    for row in &comparison.rows {
        let range = row.main_range();
        words.push_str(&format!(
            "{}, last close {}: {} range {}, {}. ",
            row.symbol,
            format::price(row.close, &row.currency),
            format::level(range.share),
            prices(row, range),
            changes(range),
        ));
    }
    if let Some(market) = market(comparison) {
        words.push_str(&format!("{market}. "));
    }
    words + NOT_ADVICE
}

/// Returns the notes that a PNG carries.
pub(super) fn notes(comparison: &Comparison) -> Vec<(&'static str, String)> {
    vec![
        ("Title", comparison.title.clone()),
        ("Description", description(comparison)),
        ("Software", concat!("Fortnight plot-service ", env!("CARGO_PKG_VERSION")).to_owned()),
    ]
}

//! What the page says while sources are still loading, and what they changed once they are there.

use askama::Template;
use forecast_types::{Forecast, Interval, Source, SourceReport, SourceStatus};

use super::headline::end;
use super::sources::{listed, not_ended};
use crate::format;

/// Ranges that differ by less are the same.
const SAME_RANGE: f64 = 0.0005;

/// One line about the sources that take their time.
#[derive(Template)]
#[template(path = "stage.html")]
pub(crate) struct Stage {
    text: String,
    is_preliminary: bool,
}

impl Stage {
    /// Names the sources that have not ended.
    pub(super) fn still_loading(ended: &[SourceReport]) -> Self {
        let names: Vec<&str> = not_ended(ended).map(Source::as_str).collect();
        let text = match listed(&names) {
            Some(names) => format!("Still loading: {names}. The ranges may change a little."),
            None => "Still loading. The ranges may change a little.".to_owned(),
        };
        Self { text, is_preliminary: true }
    }

    /// Says what the sources changed that the preliminary forecast did without.
    pub(super) fn settled(preliminary: &Forecast, forecast: &Forecast) -> Self {
        let text = match listed(&arrived(preliminary, forecast)) {
            None => "The other sources had no data, so the ranges are unchanged.".to_owned(),
            Some(names) => match change(preliminary, forecast) {
                None => format!("Ranges unchanged with {names}."),
                Some(change) => format!("Without {names}, {change}"),
            },
        };
        Self { text, is_preliminary: false }
    }
}

/// Sources that the preliminary forecast did without and the final one has.
fn arrived(preliminary: &Forecast, forecast: &Forecast) -> Vec<&'static str> {
    let has = |forecast: &Forecast, report: &SourceReport| {
        let same = forecast.sources.iter().find(|other| other.source == report.source);
        same.is_some_and(|report| report.as_read() != SourceStatus::Missing)
    };
    let came = |report: &&SourceReport| has(forecast, report) && !has(preliminary, report);
    forecast.sources.iter().filter(came).map(|report| report.source.as_str()).collect()
}

/// Says what the range of the last session was before, if it differs.
fn change(preliminary: &Forecast, forecast: &Forecast) -> Option<String> {
    let currency = &forecast.stock.currency;
    let (low, high) = Interval::P80.prices(&end(forecast).quantiles)?;
    let (before_low, before_high) = Interval::P80.prices(&end(preliminary).quantiles)?;
    let differ = |one: f64, other: f64| (one / other - 1.0).abs() >= SAME_RANGE;
    if !differ(before_low, low) && !differ(before_high, high) {
        return None;
    }
    let wider = (before_high - before_low) / (high - low) - 1.0;
    let compared = match format::percent_with(wider.abs(), 1) {
        share if share == format::percent_with(0.0, 1) => "as wide".to_owned(),
        share if wider > 0.0 => format!("{share} wider"),
        share => format!("{share} narrower"),
    };
    let (low, high) = format::price_range(&end(preliminary).quantiles, Interval::P80, currency)?;
    Some(format!("the 80% range would be {low} to {high} ({compared})."))
}

//! What Google Trends answers: JSON behind a guard line.

use std::collections::BTreeMap;

use forecast_types::SearchDay;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::SearchSeries;
use crate::json::{read_json, read_rows};
use crate::{Days, SourceError};

const DAY_SECONDS: i64 = 86_400;
const LONGEST_TOKEN: usize = 1_024;

/// What the last step needs of the second: the request, word for word as it came, and the token that signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widget {
    pub(super) token: String,
    pub(super) request: String,
}

#[derive(Deserialize)]
struct Explore {
    widgets: Vec<WireWidget>,
}

#[derive(Deserialize)]
struct WireWidget {
    #[serde(default)]
    id: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    request: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Resolution {
    resolution: String,
}

/// Reads the answer of the second step: the widget `TIMESERIES`.
///
/// # Errors
/// [`SourceError::Malformed`] where it is not there, or is not by day.
pub fn parse_explore(body: &[u8]) -> Result<Widget, SourceError> {
    let explore: Explore = read_json(after_guard(body))?;
    let widget = explore
        .widgets
        .into_iter()
        .find(|widget| widget.id == "TIMESERIES")
        .ok_or_else(|| SourceError::malformed("no time series is offered"))?;
    let (Some(token), Some(request)) = (widget.token, widget.request) else {
        return Err(SourceError::malformed("the time series comes without its token"));
    };
    if token.is_empty() || token.len() > LONGEST_TOKEN {
        return Err(SourceError::malformed("the time series comes without its token"));
    }
    let resolution: Resolution = serde_json::from_str(request.get())
        .map_err(|error| SourceError::malformed_by("the JSON is not of the documented form", error))?;
    if resolution.resolution != "DAY" {
        return Err(SourceError::malformed("the time series is not by day"));
    }
    Ok(Widget { token, request: request.get().to_owned() })
}

#[derive(Deserialize)]
struct Timeline {
    default: TimelineBody,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimelineBody {
    timeline_data: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    time: String,
    #[serde(default)]
    value: Vec<f64>,
    #[serde(default)]
    has_data: Vec<bool>,
    #[serde(default)]
    is_partial: bool,
}

impl Point {
    fn date(&self) -> Option<Date> {
        let second: i64 = self.time.parse().ok().filter(|second| second % DAY_SECONDS == 0)?;
        Some(TimeZone::UTC.to_datetime(Timestamp::from_second(second).ok()?).date())
    }

    /// The interest, unless the source itself says that the value stands for none.
    fn interest(&self) -> Option<f64> {
        if self.has_data.first() == Some(&false) {
            return None;
        }
        self.value.first().copied().filter(|interest| (0.0..=100.0).contains(interest))
    }
}

/// Reads the answer of the last step: the complete days within `days`. Trends sends every day of the window, so one that
/// is over and not there is missing.
///
/// # Errors
/// [`SourceError::NoData`] where no day has any interest, [`SourceError::Malformed`] for any other form.
pub fn parse_timeline(body: &[u8], days: Days, now: Timestamp) -> Result<SearchSeries, SourceError> {
    let timeline: Timeline = read_json(after_guard(body))?;
    let (points, _) = read_rows::<Point>(&timeline.default.timeline_data)?;
    let dated = points.iter().filter_map(|point| Some((point.date()?, point)));
    if points.len() > 2 * dated.clone().count() {
        return Err(SourceError::malformed("the time series is not by day"));
    }
    let mut by_day: BTreeMap<Date, Option<f64>> = expected(days, now).map(|date| (date, None)).collect();
    for (date, point) in dated.filter(|(date, _)| days.contains(*date)) {
        if point.is_partial {
            by_day.remove(&date);
        } else {
            by_day.insert(date, point.interest());
        }
    }
    // Where there are too few searches the answer is empty, or all of it is zero.
    if by_day.values().all(|interest| interest.unwrap_or(0.0) == 0.0) {
        return Err(SourceError::NoData);
    }
    let partial_reason = gaps(&by_day);
    let days =
        by_day.into_iter().filter_map(|(date, interest)| Some(SearchDay { date, interest: interest? }));
    Ok(SearchSeries { days: days.collect(), partial_reason })
}

/// The days that are over in UTC, by which Trends counts.
fn expected(days: Days, now: Timestamp) -> impl Iterator<Item = Date> {
    let today = TimeZone::UTC.to_datetime(now).date();
    days.first.series(1.day()).take_while(move |&date| date <= days.last && date < today)
}

fn gaps(by_day: &BTreeMap<Date, Option<f64>>) -> Option<String> {
    let missing = by_day.values().filter(|interest| interest.is_none()).count();
    let at_end = by_day.values().rev().take_while(|interest| interest.is_none()).count();
    let count = if missing == 1 {
        "1 day came without data".to_owned()
    } else {
        format!("{missing} days came without data")
    };
    match (missing, at_end, by_day.iter().rev().find(|(_, interest)| interest.is_some())) {
        (0, ..) => None,
        (_, 1.., Some((last, _))) => Some(format!("{count}, nothing after {last}")),
        _ => Some(count),
    }
}

/// Cuts the guard (`)]}'` or `)]}',`) at the first line feed; without one, the answer is read as it is.
fn after_guard(body: &[u8]) -> &[u8] {
    match body.iter().position(|&byte| byte == b'\n') {
        Some(end) if body.starts_with(b")]}'") => &body[end + 1..],
        _ => body,
    }
}

#[cfg(test)]
mod tests;

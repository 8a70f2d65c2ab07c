//! What Google Trends answers: JSON behind a guard line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use forecast_types::SearchDay;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::SearchSeries;
use crate::fetch::read_json;
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
struct Explore<'a> {
    #[serde(borrow)]
    widgets: Vec<WireWidget<'a>>,
}

#[derive(Deserialize)]
struct WireWidget<'a> {
    #[serde(default)]
    id: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(borrow, default)]
    request: Option<&'a RawValue>,
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
    let explore: Explore<'_> = read_json(after_guard(body)?)?;
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
struct Timeline<'a> {
    #[serde(borrow)]
    default: TimelineBody<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimelineBody<'a> {
    #[serde(borrow)]
    timeline_data: Vec<Point<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Point<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    value: Vec<f64>,
    #[serde(default)]
    is_partial: bool,
}

/// Reads the answer of the last step: the complete days within `days`.
///
/// # Errors
/// [`SourceError::NoData`] where no day has any interest, [`SourceError::Malformed`] for any other form.
pub fn parse_timeline(body: &[u8], days: Days) -> Result<SearchSeries, SourceError> {
    let timeline: Timeline<'_> = read_json(after_guard(body)?)?;
    let mut by_day = BTreeMap::new();
    for point in timeline.default.timeline_data.iter().filter(|point| !point.is_partial) {
        let second: i64 =
            point.time.parse().map_err(|error| SourceError::malformed_by("a time is not a number", error))?;
        if second % DAY_SECONDS != 0 {
            return Err(SourceError::malformed("the time series is not by day"));
        }
        let stamp = Timestamp::from_second(second)
            .map_err(|error| SourceError::malformed_by("a time is out of range", error))?;
        let interest = point.value.first().copied().filter(|interest| (0.0..=100.0).contains(interest));
        let interest = interest.ok_or_else(|| SourceError::malformed("an interest is not within 0..=100"))?;
        let date = TimeZone::UTC.to_datetime(stamp).date();
        if days.contains(date) {
            by_day.insert(date, SearchDay { date, interest });
        }
    }
    // Where there are too few searches the answer is empty, or all of it is zero.
    if by_day.values().all(|day| day.interest == 0.0) {
        return Err(SourceError::NoData);
    }
    Ok(SearchSeries { days: by_day.into_values().collect(), lacking: None })
}

/// Cuts the guard (`)]}'` or `)]}',`) at the first line feed.
fn after_guard(body: &[u8]) -> Result<&[u8], SourceError> {
    match body.iter().position(|&byte| byte == b'\n') {
        Some(end) if body.starts_with(b")]}'") => Ok(&body[end + 1..]),
        // Sent without a guard it would still be an answer; anything else fails in the reader.
        _ => Ok(body),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const JANUARY: Days = Days { first: date(2021, 1, 1), last: date(2021, 1, 31) };

    fn timeline(points: &str) -> Result<SearchSeries, SourceError> {
        parse_timeline(format!(")]}}',\n{{\"default\":{{\"timelineData\":[{points}]}}}}").as_bytes(), JANUARY)
    }

    #[test]
    fn the_widget_keeps_its_request_word_for_word() {
        let body = b")]}'\n{\"widgets\":[{\"id\":\"GEO_MAP\"},{\"request\":{\"time\":\"a b\", \"resolution\":\"DAY\"},\
            \"token\":\"T0\",\"id\":\"TIMESERIES\"}]}";
        let widget = parse_explore(body).unwrap();
        assert_eq!(widget.request, "{\"time\":\"a b\", \"resolution\":\"DAY\"}");
        assert_eq!(widget.token, "T0");
    }

    #[test]
    fn an_unfinished_day_is_left_out() {
        let series = timeline(
            r#"{"time":"1609459200","value":[100],"hasData":[true]},{"time":"1609545600","value":[83],"isPartial":true}"#,
        )
        .unwrap();
        assert_eq!(series.days, [SearchDay { date: date(2021, 1, 1), interest: 100.0 }]);
    }

    #[test]
    fn no_interest_at_all_is_missing() {
        for points in ["", r#"{"time":"1609459200","value":[0]},{"time":"1609545600","value":[0]}"#] {
            assert!(matches!(timeline(points), Err(SourceError::NoData)), "{points}");
        }
    }

    #[test]
    fn odd_answers_are_malformed() {
        for points in [
            r#"{"time":1609459200,"value":[1]}"#,
            r#"{"time":"soon","value":[1]}"#,
            r#"{"time":"1609459201","value":[1]}"#,
            r#"{"time":"99999999999999999","value":[1]}"#,
            r#"{"time":"1609459200","value":[]}"#,
            r#"{"time":"1609459200","value":[101]}"#,
            r#"{"time":"1609459200"}"#,
        ] {
            assert!(matches!(timeline(points), Err(SourceError::Malformed { .. })), "{points}");
        }
    }
}

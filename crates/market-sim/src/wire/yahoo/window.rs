//! Which bars are asked for.

use exchange_calendar::{NEW_YORK, date_in_new_york, previous_session, session_hours, sessions_back};
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::wire::Parameters;

pub(super) const RANGES: [&str; 11] =
    ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"];

/// From `start` on and before `end`, in Unix seconds.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) start: i64,
    pub(super) end: i64,
    /// Echoed in the answer; empty where the window was given by its ends.
    pub(super) range: String,
    pub(super) events: bool,
    pub(super) adjusted: bool,
}

impl Window {
    /// Reads the query; the error is Yahoo's description of what is wrong with it.
    pub(super) fn of(query: &Parameters, now: Timestamp) -> Result<Self, String> {
        let interval = query.get("interval").unwrap_or("1d");
        if interval != "1d" {
            return Err(format!(
                "Invalid input - interval={interval} is not supported. Valid intervals: [1d]"
            ));
        }
        let end_of_time = now.as_second() + 86_400;
        let period = |key: &str| {
            query.parsed::<i64>(key).map_err(|()| format!("Invalid input - {key} is not a number of seconds"))
        };
        let events = query.get("events").unwrap_or("div|split").contains("div");
        let adjusted = query.get("includeAdjustedClose").is_none_or(|value| value == "true");
        if let Some(start) = period("period1")? {
            let end = period("period2")?.unwrap_or(end_of_time);
            if start > end {
                return Err(format!(
                    "Invalid input - start date cannot be after end date. startDate = {start}, endDate = {end}"
                ));
            }
            return Ok(Self { start, end, range: String::new(), events, adjusted });
        }
        let range = query.get("range").unwrap_or("1d");
        let first = first_day(range, now).ok_or_else(|| {
            format!("Invalid input - range={range} is not supported. Valid ranges: [{}]", RANGES.join(", "))
        })?;
        let start =
            first.to_zoned(NEW_YORK.clone()).map_or(i64::MIN, |midnight| midnight.timestamp().as_second());
        Ok(Self { start, end: end_of_time, range: range.to_owned(), events, adjusted })
    }
}

fn first_day(range: &str, now: Timestamp) -> Option<Date> {
    let today = date_in_new_york(now);
    let back = |span: Span| today.checked_sub(span).ok();
    let has_begun = session_hours(today).is_some_and(|hours| hours.open <= now);
    let last = if has_begun { today } else { previous_session(today) };
    match range {
        "1d" => Some(last),
        "5d" => Some(sessions_back(last, 4)),
        "1mo" => back(Span::new().months(1)),
        "3mo" => back(Span::new().months(3)),
        "6mo" => back(Span::new().months(6)),
        "1y" => back(Span::new().years(1)),
        "2y" => back(Span::new().years(2)),
        "5y" => back(Span::new().years(5)),
        "10y" => back(Span::new().years(10)),
        "ytd" => Some(today.first_of_year()),
        "max" => Some(jiff::civil::date(1970, 1, 1)),
        _ => None,
    }
}

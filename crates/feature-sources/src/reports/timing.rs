//! When on its day a report came, from the time at which EDGAR accepted the filing.
//!
//! The time comes with a `Z` that means nothing: for some rows it is UTC, for others New York's clock, and the same row
//! has changed over the years. So both readings are tried. EDGAR accepts filings from 6:00 to 22:00 in New York, and
//! those after 17:30 count as filed on the next business day; companies do not report while the exchanges are open. In
//! nearly all rows one reading is left.

use exchange_calendar::{NEW_YORK, next_sessions, session_hours};
use forecast_types::{ReportDate, ReportTime};
use jiff::civil::{Date, DateTime, Time, time};
use jiff::tz::TimeZone;

use super::filings::Filing;

const ACCEPTS_FROM: Time = time(6, 0, 0, 0);
const ACCEPTS_UNTIL: Time = time(22, 0, 0, 0);
/// A filing accepted later counts as filed on the next business day.
const COUNTS_UNTIL: Time = time(17, 30, 0, 0);
/// Longest way to the next business day, over a weekend with a holiday.
const NEXT_BUSINESS_DAY: i32 = 5;
/// Form 8-K is due within four business days of the event.
const DUE_WITHIN_DAYS: i32 = 6;

/// Returns day and time of the report that a filing announces.
pub(super) fn report_date(filing: &Filing) -> ReportDate {
    let is_due = |event: &Date| (0..=DUE_WITHIN_DAYS).contains(&days_between(*event, filing.filed));
    let event = filing.event.filter(is_due);
    let Some((accepted, when)) = accepted(filing) else {
        return ReportDate { date: event.unwrap_or(filing.filed), when: ReportTime::Unknown };
    };
    let date = event.unwrap_or(accepted);
    let when = if accepted == date {
        when
    } else if when == ReportTime::BeforeOpen && next_sessions(date, 1) == [accepted] {
        // Filed on the next morning.
        ReportTime::AfterClose
    } else {
        ReportTime::Unknown
    };
    ReportDate { date, when }
}

/// The day on which the filing was accepted, and whether before or after trading; `None` where both readings are
/// possible or none is.
fn accepted(filing: &Filing) -> Option<(Date, ReportTime)> {
    let clock = filing.accepted?;
    let utc = clock.to_zoned(TimeZone::UTC).ok()?.with_time_zone(NEW_YORK.clone()).datetime();
    let mut readings = [clock, utc]
        .into_iter()
        .filter_map(|reading| Some((reading.date(), outside_hours(reading, filing)?)));
    let first = readings.next()?;
    readings.all(|other| other == first).then_some(first)
}

fn outside_hours(reading: DateTime, filing: &Filing) -> Option<ReportTime> {
    let (day, time) = (reading.date(), reading.time());
    let counts_as_filed = if time <= COUNTS_UNTIL {
        day == filing.filed
    } else {
        (1..=NEXT_BUSINESS_DAY).contains(&days_between(day, filing.filed))
    };
    if !(ACCEPTS_FROM..=ACCEPTS_UNTIL).contains(&time) || !counts_as_filed {
        return None;
    }
    let hours = session_hours(day)?;
    let at = reading.to_zoned(NEW_YORK.clone()).ok()?.timestamp();
    if at < hours.open {
        Some(ReportTime::BeforeOpen)
    } else {
        (at >= hours.close).then_some(ReportTime::AfterClose)
    }
}

pub(super) fn days_between(first: Date, last: Date) -> i32 {
    first.until(last).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests;

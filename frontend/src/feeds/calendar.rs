//! `GET /reports.ics?stocks=…`: a calendar with the next report of each stock (RFC 5545).

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_types::{Report, ReportBasis, ReportTime};
use jiff::Timestamp;
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::Query;

use super::followed::{Followed, followed};
use crate::caching::{CachePolicy, respond};
use crate::forecast::report::report_line;
use crate::format;
use crate::origin::public_origin;
use crate::pages::frame::{notice, render};
use crate::state::AppState;

/// The stocks to follow.
#[derive(Debug, Deserialize)]
pub(crate) struct CalendarQuery {
    stocks: String,
}

/// A calendar. Values from outside are escaped with [`text`].
#[derive(Template)]
#[template(path = "reports.txt")]
struct Calendar {
    name: String,
    events: Vec<Event>,
}

/// One report.
struct Event {
    uid: String,
    stamp: String,
    day: String,
    day_after: String,
    summary: String,
    description: String,
    page: String,
    status: &'static str,
}

const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";
/// Longest line in bytes (RFC 5545, section 3.1).
const LONGEST_LINE: usize = 75;

/// Returns the calendar.
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<CalendarQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let origin = public_origin(&state.config, &headers).ok_or_else(|| {
        Problem::new(ProblemKind::NotFound).detail("this host offers no calendar; set PUBLIC_URL")
    })?;
    let stocks = followed(&state, &query.stocks).await?;
    let symbols: Vec<&str> = stocks.iter().map(|stock| stock.listing.symbol.as_str()).collect();
    let calendar = Calendar {
        name: text(&format!("Reports: {}", symbols.join(", "))),
        events: stocks.iter().filter_map(|stock| Event::of(&origin, stock)).collect(),
    };
    Ok(respond(&headers, CachePolicy::List, MEDIA_TYPE, folded(&render(&calendar))))
}

impl Event {
    fn of(origin: &str, stock: &Followed) -> Option<Self> {
        let Followed { listing, forecast } = stock;
        let report = forecast.report?;
        let (symbol, name) = (&listing.symbol, format::short_name(&listing.name));
        let notes = [notice(forecast.market).map(str::to_owned), report_line(forecast)];
        let notes = notes.into_iter().flatten().chain(["Not investment advice.".to_owned()]);
        Some(Self {
            uid: uid(symbol.as_str(), report.date),
            stamp: moment(stock.known_since()),
            day: day(report.date),
            day_after: day(report.date.tomorrow().ok()?),
            summary: text(&summary(symbol.as_str(), name, &report)),
            description: text(&notes.collect::<Vec<_>>().join("\n")),
            page: format!("{origin}/forecast/{symbol}"),
            status: match report.basis {
                ReportBasis::Announced => "CONFIRMED",
                ReportBasis::Estimated => "TENTATIVE",
            },
        })
    }
}

fn summary(symbol: &str, name: &str, report: &Report) -> String {
    let what = match report.basis {
        ReportBasis::Announced => "reports",
        ReportBasis::Estimated => "may report (estimated day)",
    };
    let when = match report.when {
        ReportTime::BeforeOpen => " before the market opens",
        ReportTime::AfterClose => " after the market closes",
        ReportTime::Unknown => "",
    };
    format!("{symbol} ({name}) {what}{when}")
}

/// Identifies a report by quarter, so that it stays the same event while its estimated day moves.
fn uid(symbol: &str, date: Date) -> String {
    format!("{symbol}-{}-Q{}@reports.fortnight", date.year(), (date.month() + 2) / 3)
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Escapes a value (RFC 5545, section 3.3.11).
fn text(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\n' => written.push_str("\\n"),
            '\\' | ';' | ',' => written.extend(['\\', letter]),
            letter if letter.is_control() => {}
            letter => written.push(letter),
        }
    }
    written
}

/// Ends lines with CRLF and folds long ones, as the standard requires.
fn folded(lines: &str) -> String {
    let mut folded = String::with_capacity(lines.len() + lines.len() / 32);
    for line in lines.lines() {
        let mut length = 0;
        for letter in line.chars() {
            if length + letter.len_utf8() > LONGEST_LINE {
                folded.push_str("\r\n ");
                length = 1;
            }
            folded.push(letter);
            length += letter.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn values_are_escaped_and_long_lines_are_folded() {
        assert_eq!(text("a,b;c\\d\r\nEND:VEVENT"), "a\\,b\\;c\\\\d\\nEND:VEVENT");
        let folded = folded(&format!("SUMMARY:{}\nEND:VEVENT", "é".repeat(60)));
        assert!(folded.split("\r\n").all(|line| line.len() <= LONGEST_LINE), "{folded}");
        assert_eq!(folded.replace("\r\n ", ""), format!("SUMMARY:{}\r\nEND:VEVENT\r\n", "é".repeat(60)));
    }

    #[test]
    fn a_report_keeps_its_uid_within_its_quarter() {
        assert_eq!(uid("KO", date(2026, 1, 5)), uid("KO", date(2026, 3, 31)));
        assert_ne!(uid("KO", date(2026, 3, 31)), uid("KO", date(2026, 4, 1)));
    }
}

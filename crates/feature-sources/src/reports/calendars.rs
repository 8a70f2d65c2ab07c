//! When a company reports next, where it has announced that.

use std::sync::{Arc, Mutex, PoisonError};

use exchange_calendar::next_sessions;
use forecast_types::{ReportDate, ReportTime, Symbol};
use futures_util::future::join_all;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::nasdaq::Nasdaq;
use super::timing::days_between;
use crate::json::read_json;
use crate::{Account, Gate, Http, Moment, Rate, SourceError, symbols};

/// Sessions ahead for which a date is of use.
const SESSIONS_AHEAD: usize = 14;
/// A company seldom moves its report by more than this many days.
const NEAR_DAYS: i32 = 12;
/// Days asked about for one company; others share the answers.
const MOST_DAYS: usize = 8;
const YEAR_DAYS: i32 = 364;
const QUARTER_DAYS: i32 = 91;
/// The next report comes about this many days after the latest.
const NEXT_WITHIN: std::ops::RangeInclusive<i32> = 46..=140;
/// Without a report for this long, dates are missing.
const LATEST_DAYS: i32 = 130;
/// EODHD's documented cost of the calendar.
const EODHD_CALLS: u32 = 1;

/// Asks EODHD's calendar where the plan has it, else Nasdaq's.
#[derive(Debug)]
pub struct Calendars {
    nasdaq: Nasdaq,
    eodhd: Arc<Account>,
    eodhd_gate: Gate,
    /// The day on which EODHD said that the plan does not have it.
    not_in_plan: Mutex<Option<Date>>,
}

impl Calendars {
    /// Makes a client; `nasdaq` is the address without the path, such as `https://api.nasdaq.com`.
    #[must_use]
    pub fn new(http: Http, nasdaq: Url, gate: Gate, eodhd: Arc<Account>) -> Self {
        Self {
            nasdaq: Nasdaq::new(http, nasdaq, gate),
            eodhd,
            eodhd_gate: Gate::new("EODHD's calendar", Rate::UNLIMITED),
            not_in_plan: Mutex::default(),
        }
    }

    /// Returns the next report after `last`, if it is announced; asked only when one is due.
    pub(super) async fn next(
        &self,
        symbol: &Symbol,
        past: &[ReportDate],
        last: Date,
        moment: Moment,
    ) -> Result<Option<ReportDate>, SourceError> {
        let days = days_to_ask(past, last);
        if days.is_empty() {
            return Ok(None);
        }
        // A calendar that hangs must not cost the reports that are there.
        let now = Instant::now();
        let left = moment.deadline.saturating_duration_since(now);
        let moment = Moment { deadline: now + left * 3 / 4, ..moment };
        match self.at_eodhd(symbol, last, moment).await {
            Ok(Some(report)) => return Ok(Some(report)),
            Ok(None) | Err(SourceError::NoToken) => {}
            Err(error) => tracing::debug!(reason = %error, "EODHD's calendar is not used"),
        }
        self.at_nasdaq(symbol, &days, moment).await
    }

    async fn at_nasdaq(
        &self,
        symbol: &Symbol,
        days: &[Date],
        moment: Moment,
    ) -> Result<Option<ReportDate>, SourceError> {
        let answers = join_all(days.iter().map(|&day| async move {
            let companies = self.nasdaq.day(day, moment).await?;
            Ok(companies.get(symbol).map(|&when| ReportDate { date: day, when }))
        }));
        let (mut found, mut failed) = (None, None);
        for answer in answers.await {
            match answer {
                Ok(report) => {
                    found = found.into_iter().chain(report).min_by_key(|report: &ReportDate| report.date);
                }
                Err(error) => failed = Some(error),
            }
        }
        match (found, failed) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }

    async fn at_eodhd(
        &self,
        symbol: &Symbol,
        last: Date,
        moment: Moment,
    ) -> Result<Option<ReportDate>, SourceError> {
        let today = TimeZone::UTC.to_datetime(moment.now).date();
        if *self.not_in_plan() == Some(today) {
            return Ok(None);
        }
        let name = symbols::eodhd(symbol);
        let (gate, parameters) = (&self.eodhd_gate, [("symbols", name.as_str())]);
        let parse = |body: &[u8]| parse_earnings(body, &name, last);
        let endpoint = ["calendar", "earnings"];
        let answer = self.eodhd.get(gate, &endpoint, &parameters, EODHD_CALLS, moment, parse).await;
        if matches!(answer, Err(SourceError::Refused { until: None, .. })) {
            *self.not_in_plan() = Some(today);
        }
        answer
    }

    fn not_in_plan(&self) -> std::sync::MutexGuard<'_, Option<Date>> {
        self.not_in_plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The coming sessions on which the company may report, the most likely first.
fn days_to_ask(past: &[ReportDate], last: Date) -> Vec<Date> {
    let Some(expected) = expected(past, last) else { return Vec::new() };
    let distance = |day: &Date| days_between(expected, *day).abs();
    let mut days = next_sessions(last, SESSIONS_AHEAD);
    days.retain(|day| distance(day) <= NEAR_DAYS);
    days.sort_by_key(distance);
    days.truncate(MOST_DAYS);
    days
}

/// The day 52 weeks after last year's report, else a quarter after the latest.
fn expected(past: &[ReportDate], last: Date) -> Option<Date> {
    let latest = past.last()?.date;
    if days_between(latest, last) > LATEST_DAYS {
        return None;
    }
    let anniversaries = past.iter().map(|report| report.date.saturating_add(YEAR_DAYS.days()));
    let next = anniversaries
        .filter(|&day| {
            NEXT_WITHIN.contains(&days_between(latest, day)) && days_between(day, last) < NEAR_DAYS
        })
        .min();
    Some(next.unwrap_or_else(|| latest.saturating_add(QUARTER_DAYS.days())))
}

#[derive(Deserialize)]
struct Earnings {
    earnings: Vec<Earning>,
}

#[derive(Deserialize)]
struct Earning {
    code: String,
    /// The announcement; `date` is the end of the quarter.
    report_date: Date,
    #[serde(default)]
    before_after_market: Option<String>,
}

/// Reads EODHD's calendar: the next report of a ticker (such as `AAPL.US`) after `last` whose time is stated.
///
/// # Errors
/// [`SourceError::Malformed`] for any other form.
pub fn parse_earnings(body: &[u8], name: &str, last: Date) -> Result<Option<ReportDate>, SourceError> {
    let Earnings { earnings } = read_json(body)?;
    let furthest = next_sessions(last, SESSIONS_AHEAD).last().copied();
    let coming = earnings.iter().filter(|earning| earning.code.eq_ignore_ascii_case(name));
    let coming = coming.filter_map(|earning| {
        let when = match earning.before_after_market.as_deref()? {
            "BeforeMarket" => ReportTime::BeforeOpen,
            "AfterMarket" => ReportTime::AfterClose,
            _ => return None,
        };
        Some(ReportDate { date: earning.report_date, when })
    });
    let next = coming.filter(|report| report.date > last && Some(report.date) <= furthest);
    Ok(next.min_by_key(|report| report.date))
}

#[cfg(test)]
mod tests;

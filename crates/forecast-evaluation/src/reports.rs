//! Reads the dates of quarterly reports of many stocks from a CSV file (plain or gzip), and gives them out as they were
//! known on a day.

use std::collections::HashMap;
use std::path::Path;

use anyhow::bail;
use forecast_model::{HORIZON, ReportInput, Reports};
use forecast_types::{ReportDate, ReportTime, Symbol};
use jiff::civil::Date;
use serde::Deserialize;

use crate::sentiments::rows;

/// A company announces its date two to four weeks ahead; a date counts as known from this many days before.
const ANNOUNCED_DAYS: i32 = 14;
/// Two dates so close are one report: a filing follows the announcement by a day or two.
const ONE_REPORT_DAYS: i32 = 5;
/// Dates further apart than this have a report missing between them.
const COVERED_DAYS: i32 = 130;
/// The sources whose dates were announced in advance; those of other sources are known only afterwards.
const ANNOUNCED_SOURCES: [&str; 1] = ["calendar"];

/// Report dates by ticker.
#[derive(Debug, Default)]
pub struct ReportHistory {
    stocks: HashMap<String, StockReports>,
}

/// The report dates of one stock, oldest first.
#[derive(Debug, Default)]
pub struct StockReports {
    dates: Vec<ReportDate>,
    /// Whether each was announced in advance.
    announced: Vec<bool>,
}

#[derive(Deserialize)]
struct Row {
    ticker: String,
    date: Date,
    when: String,
    source: String,
}

/// Reads a file with the columns `ticker,date,when,source`; `when` is `pre`, `post` or empty. Where two sources have
/// about the same date, the one announced in advance counts.
///
/// # Errors
/// When the file cannot be read or a row does not fit; the message names file and line.
pub fn read_reports(path: &Path) -> anyhow::Result<ReportHistory> {
    let mut by_ticker: HashMap<String, Vec<(ReportDate, bool)>> = HashMap::new();
    for row in rows::<Row>(path)? {
        let Row { ticker, date, when, source } = row?;
        let when = match when.as_str() {
            "pre" => ReportTime::BeforeOpen,
            "post" => ReportTime::AfterClose,
            "" => ReportTime::Unknown,
            other => bail!("unknown report time {other:?}; expected pre, post or nothing"),
        };
        let ticker = Symbol::parse(&ticker).map_or(ticker, String::from);
        let announced = ANNOUNCED_SOURCES.contains(&source.as_str());
        by_ticker.entry(ticker).or_default().push((ReportDate { date, when }, announced));
    }
    let stocks = by_ticker.into_iter().map(|(ticker, dates)| (ticker, StockReports::merged(dates))).collect();
    Ok(ReportHistory { stocks })
}

impl ReportHistory {
    /// Returns the dates of a stock, where the file has some.
    #[must_use]
    pub fn stock(&self, ticker: &str) -> Option<&StockReports> {
        self.stocks.get(ticker)
    }
}

impl StockReports {
    fn merged(mut dates: Vec<(ReportDate, bool)>) -> Self {
        // Announced ones first, so that a filing of about the same day finds them there.
        dates.sort_by_key(|(report, announced)| (!announced, report.date));
        let mut kept: Vec<(ReportDate, bool)> = Vec::new();
        for (report, announced) in dates {
            if kept.iter().all(|(other, _)| days_between(other.date, report.date).abs() > ONE_REPORT_DAYS) {
                kept.push((report, announced));
            }
        }
        kept.sort_by_key(|(report, _)| report.date);
        let (dates, announced) = kept.into_iter().unzip();
        Self { dates, announced }
    }

    /// Returns what was known on the evening of a day; `None` where nothing was.
    #[must_use]
    pub fn known_on(&self, day: Date) -> Option<Reports<'_>> {
        let past = self.dates.partition_point(|report| report.date <= day);
        let next = self
            .dates
            .get(past)
            .filter(|next| self.announced[past] && days_between(day, next.date) <= ANNOUNCED_DAYS);
        let reports = Reports { past: &self.dates[..past], announced: next.copied() };
        (past > 0 || next.is_some()).then_some(reports)
    }

    /// Returns the probability that each session after a day reacted to a report, now that all dates are known: one,
    /// or one half for each of two sessions where the time of day is unknown. `None` where the dates do not reach so far.
    #[must_use]
    pub fn happened(&self, origin: Date) -> Option<[f64; HORIZON]> {
        let past = self.dates.partition_point(|report| report.date < origin);
        let mut masses = [0.0; HORIZON];
        for report in self.dates[past..].iter().take(3) {
            let known = if report.date == origin {
                Reports { past: &self.dates[..=past], announced: None }
            } else {
                Reports { past: &self.dates[..past], announced: Some(*report) }
            };
            let input = ReportInput::of(Some(&known), origin);
            if matches!(input, ReportInput::Known(_)) {
                for (mass, more) in masses.iter_mut().zip(input.reactions(origin)) {
                    *mass += more;
                }
            }
        }
        let covered = |neighbor: Option<&ReportDate>| {
            neighbor.is_some_and(|report| days_between(origin, report.date).abs() <= COVERED_DAYS)
        };
        (covered(self.dates.get(past)) && (past == 0 || covered(self.dates.get(past - 1)))).then_some(masses)
    }
}

fn days_between(first: Date, second: Date) -> i32 {
    second.since(first).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn history() -> StockReports {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports.csv");
        let rows = "ticker,date,when,source\n\
            NA,2018-01-25,,sec-8k-item-2.02\n\
            NA,2018-04-26,post,calendar\n\
            NA,2018-04-27,,sec-8k-item-2.02\n\
            NA,2018-07-26,post,calendar\n\
            NA,2018-10-25,,sec-8k-item-2.02\n";
        std::fs::write(&path, rows).unwrap();
        read_reports(&path).unwrap().stocks.remove("NA").unwrap()
    }

    #[test]
    fn a_filing_a_day_after_the_announced_date_is_the_same_report() {
        assert_eq!(history().dates.len(), 4);
        assert_eq!(history().announced, [false, true, true, false]);
    }

    #[test]
    fn a_date_is_known_two_weeks_ahead_where_it_was_announced_and_otherwise_not() {
        let history = history();
        let announced = |day| history.known_on(day).and_then(|reports| reports.announced);
        assert_eq!(announced(date(2018, 4, 11)), None);
        assert_eq!(announced(date(2018, 4, 12)).map(|report| report.date), Some(date(2018, 4, 26)));
        assert_eq!(announced(date(2018, 10, 24)), None);
        assert!(history.known_on(date(2018, 1, 24)).is_none());
    }

    #[test]
    fn afterwards_every_report_is_known() {
        let history = history();
        // After the close of the 25th, as the company usually does, so the 26th reacts: the third session.
        let reacted = history.happened(date(2018, 10, 23)).unwrap();
        assert_eq!(reacted.iter().position(|&mass| mass > 0.9), Some(2));
        assert_eq!(history.happened(date(2018, 8, 20)).unwrap(), [0.0; HORIZON]);
        assert!(history.happened(date(2018, 11, 20)).is_none(), "the dates end in October");
    }
}

//! What EDGAR answers about a company: its filings, as columns of equal length.

use std::collections::BTreeMap;

use forecast_types::CountDay;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;

use crate::json::read_json;
use crate::{CountSeries, Days, SourceError};

/// A filing that says something about when the company reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
    /// What it is.
    kind: Kind,
    /// The day it counts as filed.
    pub(super) filed: Date,
    /// The day of the event it is about.
    pub(super) event: Option<Date>,
    /// When it was accepted, on a clock that the answer does not name.
    pub(super) accepted: Option<DateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Form 8-K with Item 2.02, "Results of Operations and Financial Condition".
    Results,
    /// The quarterly or annual report itself, which follows the results.
    Periodic,
    /// What foreign companies file instead of both.
    Foreign,
}

impl Kind {
    fn of(form: &str, items: &str) -> Option<Self> {
        match form {
            "8-K" if items.split(',').any(|item| item.trim() == "2.02") => Some(Self::Results),
            "10-Q" | "10-K" | "10-QT" | "10-KT" => Some(Self::Periodic),
            "6-K" | "20-F" | "40-F" => Some(Self::Foreign),
            _ => None,
        }
    }
}

impl Filing {
    pub(super) fn is_results(&self) -> bool {
        self.kind == Kind::Results
    }

    pub(super) fn is_periodic(&self) -> bool {
        self.kind == Kind::Periodic
    }

    pub(super) fn is_foreign(&self) -> bool {
        self.kind == Kind::Foreign
    }
}

/// A company's latest filings, and where the older ones are.
#[derive(Clone, Debug, Default)]
pub struct Company {
    pub(super) filings: Vec<Filing>,
    /// How many of any kind were filed on a day.
    counts: BTreeMap<Date, u32>,
    /// Newest first.
    pub(super) older: Vec<OlderPage>,
}

impl Company {
    /// The filings that say something about when the company reports.
    #[must_use]
    pub fn filings(&self) -> &[Filing] {
        &self.filings
    }

    /// Counts the filings of every day from the first that the answer covers as a whole; zero where there is none.
    ///
    /// # Errors
    /// [`SourceError::NoData`] where it covers none of the days.
    pub fn filings_by_day(&self, days: Days) -> Result<CountSeries, SourceError> {
        let oldest = *self.counts.keys().next().ok_or(SourceError::NoData)?;
        // Filings of the oldest day may be among the older ones.
        let covered = if self.older.is_empty() { days.first } else { oldest.saturating_add(1.day()) };
        let count =
            |date: Date| CountDay { date, count: f64::from(self.counts.get(&date).copied().unwrap_or(0)) };
        let first = covered.max(days.first);
        let days: Vec<CountDay> =
            first.series(1.day()).take_while(|&date| date <= days.last).map(count).collect();
        if days.is_empty() {
            Err(SourceError::NoData)
        } else {
            Ok(CountSeries { days, partial_reason: None })
        }
    }
}

/// A file with older filings.
#[derive(Clone, Debug)]
pub(super) struct OlderPage {
    pub(super) name: String,
    /// The day of its newest filing.
    pub(super) last: Date,
}

#[derive(Deserialize)]
struct Answer {
    cik: Number,
    filings: Filings,
}

#[derive(Deserialize)]
struct Filings {
    recent: Columns,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: String,
    filing_to: Date,
}

/// Written `1318605`, `"1318605"` and `"0001318605"` over the years.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Number(u32),
    Text(String),
}

impl Number {
    pub(super) fn value(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Columns {
    filing_date: Vec<String>,
    report_date: Vec<Option<String>>,
    acceptance_date_time: Vec<Option<String>>,
    form: Vec<String>,
    items: Vec<Option<String>>,
}

impl Columns {
    /// How many were filed on a day, of all forms that say something about the company.
    fn counts(&self) -> BTreeMap<Date, u32> {
        let mut counts = BTreeMap::new();
        let told = self.form.iter().zip(&self.filing_date).filter(|(form, _)| !is_prospectus(form));
        for date in told.filter_map(|(_, date)| date.parse().ok()) {
            *counts.entry(date).or_default() += 1;
        }
        counts
    }

    fn filings(&self) -> Result<Vec<Filing>, SourceError> {
        let rows = self.form.len();
        let lengths = [
            self.filing_date.len(),
            self.report_date.len(),
            self.acceptance_date_time.len(),
            self.items.len(),
        ];
        if lengths.iter().any(|&length| length != rows) {
            return Err(SourceError::malformed("the columns differ in length"));
        }
        let filings = (0..rows).filter_map(|row| {
            let kind = Kind::of(&self.form[row], self.items[row].as_deref().unwrap_or_default())?;
            let filed = self.filing_date[row].parse().ok();
            let event = self.report_date[row].as_deref().and_then(|text| text.parse().ok());
            let accepted = self.acceptance_date_time[row].as_deref().and_then(clock_time);
            Some(filed.map(|filed| Filing { kind, filed, event, accepted }))
        });
        filings.collect::<Option<_>>().ok_or_else(|| SourceError::malformed("a filing without a date"))
    }
}

/// Banks file prospectuses of single products by the hundred, which say nothing about the bank.
fn is_prospectus(form: &str) -> bool {
    form.starts_with("424B") || form == "FWP"
}

/// `2026-01-29T16:30:33.000Z`, where the `Z` means nothing: some rows are in UTC, others on New York's clock.
fn clock_time(text: &str) -> Option<DateTime> {
    text.trim_end_matches('Z').parse().ok()
}

/// Reads the answer about the company `cik`.
///
/// # Errors
/// [`SourceError::Malformed`] where it is another company, or the answer has another form.
pub fn parse_company(body: &[u8], cik: u32) -> Result<Company, SourceError> {
    let answer: Answer = read_json(body)?;
    if answer.cik.value() != Some(cik) {
        return Err(SourceError::malformed("another company than the one asked for"));
    }
    let filings = answer.filings.recent.filings()?;
    let mut older: Vec<OlderPage> = answer
        .filings
        .files
        .into_iter()
        .map(|file| OlderPage { name: file.name, last: file.filing_to })
        .collect();
    older.sort_by_key(|page| std::cmp::Reverse(page.last));
    Ok(Company { filings, counts: answer.filings.recent.counts(), older })
}

/// Reads a file of older filings, which has the columns without anything around them.
///
/// # Errors
/// [`SourceError::Malformed`] for any other form.
pub fn parse_older(body: &[u8]) -> Result<Vec<Filing>, SourceError> {
    read_json::<Columns>(body)?.filings()
}

#[cfg(test)]
mod tests;

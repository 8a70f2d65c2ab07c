//! The filings of a company: results, what follows them, and what has nothing to do with them.

use exchange_calendar::{NEW_YORK, is_session, next_sessions};
use forecast_types::ReportTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use stock_list::Listing;

use crate::market::PlannedReport;

/// The first answer holds the filings of this many days.
const RECENT_DAYS: i64 = 3 * 365;

struct Filing {
    form: &'static str,
    items: &'static str,
    event: Date,
    /// On New York's clock.
    accepted: DateTime,
}

/// Parallel columns, newest first.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Columns {
    accession_number: Vec<String>,
    filing_date: Vec<Date>,
    report_date: Vec<Date>,
    acceptance_date_time: Vec<String>,
    form: Vec<&'static str>,
    items: Vec<&'static str>,
    primary_document: Vec<String>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.form.len()
    }

    pub(super) fn last_and_first(&self) -> Option<(Date, Date)> {
        Some((*self.filing_date.first()?, *self.filing_date.last()?))
    }

    fn push(&mut self, filing: &Filing, cik: u32) {
        let filed = filing.accepted.date();
        let number = format!("{cik:010}-{:02}-{:06}", filed.year() % 100, filed.day_of_year());
        // The Z means nothing: half of the companies have New York's clock before it.
        let clock = if cik.is_multiple_of(2) { in_utc(filing.accepted) } else { filing.accepted };
        self.primary_document.push(format!("{}-{filed}.htm", filing.form.to_ascii_lowercase()));
        self.accession_number.push(number);
        self.filing_date.push(filed);
        self.report_date.push(filing.event);
        self.acceptance_date_time.push(format!("{clock}.000Z"));
        self.form.push(filing.form);
        self.items.push(filing.items);
    }
}

fn in_utc(accepted: DateTime) -> DateTime {
    accepted
        .to_zoned(NEW_YORK.clone())
        .map_or(accepted, |zoned| zoned.with_time_zone(TimeZone::UTC).datetime())
}

/// Returns what was filed up to a moment: the latest years and what is older.
pub(super) fn of(
    listing: &Listing,
    cik: u32,
    reports: &[PlannedReport],
    now: Timestamp,
) -> (Columns, Columns) {
    let is_foreign = listing.name.contains("American Depositary");
    let mut filings: Vec<Filing> = reports
        .iter()
        .flat_map(|planned| if is_foreign { foreign(planned) } else { domestic(planned, cik) })
        .chain(routine(is_foreign, cik, now))
        .filter(|filing| {
            filing.accepted.to_zoned(NEW_YORK.clone()).is_ok_and(|accepted| accepted.timestamp() <= now)
        })
        .collect();
    filings.sort_by_key(|filing| std::cmp::Reverse(filing.accepted));
    let since = exchange_calendar::date_in_new_york(now).saturating_sub(RECENT_DAYS.days());
    let (mut recent, mut older) = (Columns::default(), Columns::default());
    for filing in &filings {
        let columns = if filing.accepted.date() >= since { &mut recent } else { &mut older };
        columns.push(filing, cik);
    }
    (recent, older)
}

/// What comes in the course of a year: insiders' trades, or notices of a foreign company. Made up in a replay, too.
fn routine(is_foreign: bool, cik: u32, now: Timestamp) -> impl Iterator<Item = Filing> {
    let today = exchange_calendar::date_in_new_york(now);
    let (form, apart) = (if is_foreign { "6-K" } else { "4" }, 9 + i64::from(cik % 7));
    let first = today.saturating_sub(RECENT_DAYS.days());
    // Counted from a fixed day, so that a filing stays where it is.
    let ahead = apart - super::super::utc_midnight(first) / 86_400 % apart;
    let days = first.saturating_add(ahead.days()).series(apart.days());
    days.take_while(move |&day| day <= today).map(move |day| {
        let event = session_at_or_after(day);
        Filing { form, items: "", event, accepted: event.at(17, 2, 3, 0) }
    })
}

fn domestic(planned: &PlannedReport, cik: u32) -> Vec<Filing> {
    let date = planned.report.date;
    let minute = i8::try_from(cik % 50).unwrap_or(0);
    let accepted = match planned.report.when {
        ReportTime::BeforeOpen => date.at(7, minute, 12, 0),
        ReportTime::AfterClose => date.at(16, 5 + minute, 33, 0),
        // While the exchanges are open, which says nothing about the announcement.
        ReportTime::Unknown => date.at(11, minute, 7, 0),
    };
    let annual = date.month() <= 3;
    let next = next_sessions(date, 1)[0];
    let quarter_end = date.first_of_month().saturating_sub(1.day());
    let mut filings = vec![
        Filing { form: "8-K", items: "2.02,9.01", event: date, accepted },
        Filing {
            form: if annual { "10-K" } else { "10-Q" },
            items: "",
            event: quarter_end,
            accepted: next.at(16, 20, 1, 0),
        },
        Filing { form: "4", items: "", event: next, accepted: next.at(18, 31, 40, 0) },
    ];
    let between = session_at_or_after(date.saturating_add(35.days()));
    filings.push(Filing {
        form: "8-K",
        items: "5.02,9.01",
        event: between,
        accepted: between.at(8, 2, 5, 0),
    });
    // Some companies also publish figures such as deliveries weeks before the results, under the same item.
    if cik.is_multiple_of(5) {
        let early = session_at_or_after(date.saturating_sub(26.days()));
        filings.push(Filing {
            form: "8-K",
            items: "2.02,7.01,9.01",
            event: early,
            accepted: early.at(8, 45, 0, 0),
        });
    }
    filings
}

fn foreign(planned: &PlannedReport) -> Vec<Filing> {
    let date = planned.report.date;
    vec![Filing { form: "6-K", items: "", event: date, accepted: date.at(6, 10, 0, 0) }]
}

fn session_at_or_after(day: Date) -> Date {
    if is_session(day) { day } else { next_sessions(day, 1)[0] }
}

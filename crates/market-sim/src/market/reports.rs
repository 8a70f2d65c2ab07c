//! When the companies of the simulated market report: in the same week each year, give or take, and always before the
//! open or always after the close.

use exchange_calendar::{is_session, next_sessions};
use forecast_types::{ReportDate, ReportTime};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use stock_list::{Listing, SecurityKind};

use super::random::fixed;

/// The first Monday of the first season.
const FIRST_SEASON: Date = date(2020, 1, 13);
/// A season's reports are spread over this many weeks.
const SEASON_WEEKS: f64 = 6.0;
/// Thirteen weeks.
const QUARTER_DAYS: i64 = 91;

/// A report, and the day on which its date is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedReport {
    /// Day and time.
    pub report: ReportDate,
    /// From this day on the calendars know; `None` where they never state the time.
    pub announced: Option<Date>,
}

/// The plan by which a company reports.
pub(super) struct Schedule {
    seed: u64,
    company: String,
    first: Date,
    when: ReportTime,
}

impl Schedule {
    /// Returns the plan of a listing; `None` for funds, which report no results.
    pub(super) fn of(listing: &Listing, seed: u64) -> Option<Self> {
        if listing.kind() == SecurityKind::Fund {
            return None;
        }
        // The share classes of one company report together.
        let company = listing.cik.map_or_else(|| listing.symbol.to_string(), |cik| cik.to_string());
        let chance = |purpose: &str| fixed(seed, &company, purpose);
        let week = (chance("report week") * SEASON_WEEKS) as i64;
        let weekday = (chance("report weekday") * 5.0) as i64;
        let first = FIRST_SEASON.saturating_add((7 * week + weekday).days());
        let when = if chance("report time") < 0.45 { ReportTime::BeforeOpen } else { ReportTime::AfterClose };
        Some(Self { seed, company, first, when })
    }

    /// Returns the reports from `first` to `last`, oldest first.
    pub(super) fn between(&self, first: Date, last: Date) -> Vec<PlannedReport> {
        let numbers = (0..).take_while(|&number| self.usual(number) <= last.saturating_add(7.days()));
        let reports = numbers.map(|number| self.report(number));
        reports.filter(|planned| first <= planned.report.date && planned.report.date <= last).collect()
    }

    fn usual(&self, number: i64) -> Date {
        self.first.saturating_add((QUARTER_DAYS * number).days())
    }

    fn report(&self, number: i64) -> PlannedReport {
        let chance = |purpose: &str| fixed(self.seed, &self.company, &format!("{purpose} {number}"));
        // So half of all reports come exactly 52 weeks after the one of a year before, as real ones do.
        let shift = match chance("report shift") {
            small if small < 0.7 => 0,
            small if small < 0.8 => 1,
            small if small < 0.9 => -1,
            _ => 7,
        };
        let day = self.usual(number).saturating_add(shift.days());
        let date = if is_session(day) { day } else { next_sessions(day, 1)[0] };
        let days_ahead = 12 + (chance("report announced") * 14.0) as i64;
        let announced = Some(date.saturating_sub(days_ahead.days()));
        PlannedReport { report: ReportDate { date, when: self.when }, announced }
    }
}

/// Returns the session whose price reacts to a report.
pub(super) fn reaction(report: ReportDate) -> Date {
    match report.when {
        ReportTime::BeforeOpen if is_session(report.date) => report.date,
        _ => next_sessions(report.date, 1)[0],
    }
}

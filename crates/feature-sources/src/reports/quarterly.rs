//! Which of a company's filings announce the results of a quarter: one for each.
//!
//! Item 2.02 also holds other news about results, such as deliveries at the end of a quarter or lowered expectations.
//! The results themselves are those that the quarterly or annual report follows; before it is filed, those that come at
//! the company's usual time of the year.

use forecast_types::{ReportDate, ReportTime};
use jiff::civil::Date;

use super::filings::Filing;
use super::timing::{days_between, report_date};

/// Two reports of one company are at least this far apart.
const QUARTER_DAYS: i32 = 45;
/// A quarterly report follows the results on the same day or some days later, an annual report up to two months later.
const FOLLOWS_WITHIN: std::ops::RangeInclusive<i32> = -1..=60;
/// A company keeps to its week of the year, give or take.
const SAME_WEEK_DAYS: i32 = 14;
/// Fifty-two weeks.
const YEAR_DAYS: i32 = 364;

/// Returns the dates of the quarterly reports, oldest first, as they were known on a day.
#[must_use]
pub fn quarterly_reports(filings: &[Filing], known_on: Date) -> Vec<ReportDate> {
    let mut results: Vec<ReportDate> = filings
        .iter()
        .filter(|filing| filing.is_results())
        .map(report_date)
        .filter(|report| report.date <= known_on)
        .collect();
    // Of two on one day, the one whose time is known.
    results.sort_by_key(|report| (report.date, report.when == ReportTime::Unknown));
    results.dedup_by_key(|report| report.date);

    let periodic = filings.iter().filter(|filing| filing.is_periodic() && filing.filed <= known_on);
    let mut chosen: Vec<ReportDate> =
        periodic.filter_map(|filing| announcement_of(filing.filed, &results)).collect();
    chosen.sort_by_key(|report| report.date);
    let usual: Vec<Date> = chosen.iter().map(|report| report.date).collect();
    for report in results.iter().rev() {
        if is_apart(report.date, &chosen) && !comes_early(report.date, &usual) {
            chosen.push(*report);
        }
    }
    chosen.sort_by_key(|report| report.date);
    // Newest first, because what comes last in a quarter are the results.
    let mut kept: Vec<ReportDate> = Vec::new();
    for report in chosen.into_iter().rev() {
        if is_apart(report.date, &kept) {
            kept.push(report);
        }
    }
    kept.reverse();
    kept
}

/// The results that a quarterly or annual report filed on a day belongs to.
fn announcement_of(filed: Date, results: &[ReportDate]) -> Option<ReportDate> {
    let before = results.iter().filter(|report| FOLLOWS_WITHIN.contains(&days_between(report.date, filed)));
    before.min_by_key(|report| days_between(report.date, filed).abs()).copied()
}

fn is_apart(date: Date, others: &[ReportDate]) -> bool {
    others.iter().all(|other| days_between(other.date, date).abs() >= QUARTER_DAYS)
}

/// Says whether the results are still to come, judging by the years before.
fn comes_early(date: Date, usual: &[Date]) -> bool {
    let days_ahead = || {
        let all = usual.iter().map(|&past| days_between(past, date));
        all.flat_map(|since| [YEAR_DAYS - since, 2 * YEAR_DAYS - since])
    };
    days_ahead().all(|days| days.abs() > SAME_WEEK_DAYS)
        && days_ahead().any(|days| (SAME_WEEK_DAYS..QUARTER_DAYS).contains(&days))
}

#[cfg(test)]
mod tests;

//! When the next quarterly report comes, estimated from the dates of the earlier ones.
//!
//! A company reports in the same week each year, on the same weekday: 45% of reports come exactly 52 weeks after last
//! year's, 63% within one session of that day. The estimate is that day, and the distribution around it is the one that
//! such estimates had before 2016.

use exchange_calendar::sessions_between;
use forecast_types::{ReportDate, ReportTime};
use jiff::Span;
use jiff::civil::Date;

use crate::HORIZON;

/// The session after the origin is 1; the origin itself 0; earlier sessions are negative.
pub(crate) type Position = i32;

/// The first offset of [`OFFSETS`], in sessions after the estimated day.
const FIRST_OFFSET: Position = -10;
/// Share of reports (in thousandths) by the number of sessions between the day estimated from the report one or two years
/// before and the report. Source: 36,000 pairs of reports of US companies, 2003 to 2015.
const OFFSETS: [[u16; 26]; 2] = [
    [3, 3, 3, 4, 6, 18, 13, 20, 27, 69, 454, 109, 57, 45, 36, 82, 16, 7, 5, 6, 6, 3, 2, 2, 2, 2],
    [3, 3, 3, 4, 8, 16, 13, 16, 23, 64, 309, 101, 75, 60, 60, 144, 29, 15, 10, 10, 13, 4, 3, 3, 4, 4],
];
/// Two dates closer than this belong to the same quarter's report.
const SAME_QUARTER_DAYS: i32 = 45;
/// Companies report each quarter. Where the latest known report is older than this, dates are missing, and no estimate is made.
const LATEST_DAYS: i32 = 130;
/// A report this many days overdue is no longer expected.
const OVERDUE_DAYS: i32 = 14;
/// No estimate is made further ahead.
const AHEAD_DAYS: i32 = 100;
/// Reports whose time of the day says when the next one comes.
const RECENT_REPORTS: usize = 8;
/// Share of reports that [`Estimate::spread_sessions`] holds.
const SPREAD_SHARE: u16 = 800;

/// The estimated day of the next report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The most likely day, and the time of day the company usually takes.
    pub report: ReportDate,
    /// Years between the report it rests on and this one, from 1.
    years: usize,
}

impl Estimate {
    /// Estimates the next report from those up to and including `origin`; later ones are not read.
    #[must_use]
    pub fn next(past: &[ReportDate], origin: Date) -> Option<Self> {
        let past = &past[..past.partition_point(|report| report.date <= origin)];
        let days_after = |date: Date, from: Date| date.since(from).map_or(0, |span| span.get_days());
        let latest = past.last()?.date;
        if days_after(origin, latest) > LATEST_DAYS {
            return None;
        }
        (1..=OFFSETS.len()).find_map(|years| {
            let candidate = past.iter().map(|report| anniversary(report.date, years)).find(|&date| {
                days_after(date, latest) > SAME_QUARTER_DAYS
                    && (-OVERDUE_DAYS..=AHEAD_DAYS).contains(&days_after(date, origin))
            });
            candidate.map(|date| Self { report: ReportDate { date, when: usual_time(past) }, years })
        })
    }

    /// Four in five reports come within this many sessions of the estimated day.
    #[must_use]
    pub fn spread_sessions(&self) -> u8 {
        let offsets = &OFFSETS[self.years - 1];
        let total: u16 = offsets.iter().sum();
        let within = |spread: Position| -> u16 {
            (-spread..=spread)
                .filter_map(|offset| usize::try_from(offset - FIRST_OFFSET).ok())
                .filter_map(|place| offsets.get(place))
                .sum()
        };
        (0..=15)
            .find(|&spread| u32::from(within(spread)) * 1000 >= u32::from(total) * u32::from(SPREAD_SHARE))
            .map_or(15, |spread| spread as u8)
    }

    /// Returns the probability that the price of each coming session reacts to the report, given that there was none up
    /// to the origin.
    pub(crate) fn masses(&self, origin: Date, coming: &[Date]) -> [f64; HORIZON] {
        let estimated = position(self.report.date, origin, coming);
        let day_of = |place: usize| estimated + FIRST_OFFSET + place as Position;
        let offsets = &OFFSETS[self.years - 1];
        let still_possible = || offsets.iter().enumerate().filter(|&(place, _)| day_of(place) >= 1);
        let total: f64 = still_possible().map(|(_, &share)| f64::from(share)).sum();
        let mut masses = [0.0; HORIZON];
        for (place, &share) in still_possible() {
            add_reaction(&mut masses, day_of(place), self.report.when, f64::from(share) / total);
        }
        masses
    }
}

/// Returns the probability that each coming session reacts to a report of a known date.
pub(crate) fn reactions(report: ReportDate, origin: Date, coming: &[Date]) -> [f64; HORIZON] {
    let mut masses = [0.0; HORIZON];
    // A report on a weekend is one before the next session opens.
    let day = position(report.date, origin, coming);
    let when = if coming.contains(&report.date) || report.date == origin {
        report.when
    } else {
        ReportTime::BeforeOpen
    };
    add_reaction(&mut masses, day, when, 1.0);
    masses
}

/// Adds the probability of a report on a day to the session that reacts to it; where the time is unknown, to both.
fn add_reaction(masses: &mut [f64; HORIZON], day: Position, when: ReportTime, share: f64) {
    let (same, next) = match when {
        ReportTime::BeforeOpen => (share, 0.0),
        ReportTime::AfterClose => (0.0, share),
        ReportTime::Unknown => (0.5 * share, 0.5 * share),
    };
    for (session, share) in [(day, same), (day + 1, next)] {
        if let Some(mass) = usize::try_from(session - 1).ok().and_then(|place| masses.get_mut(place)) {
            *mass += share;
        }
    }
}

/// The session on which a day falls, or the next one; beyond the coming sessions, one after the last.
fn position(day: Date, origin: Date, coming: &[Date]) -> Position {
    if day > origin {
        1 + coming.partition_point(|&session| session < day) as Position
    } else {
        1 - sessions_between(day, origin).len() as Position
    }
}

/// The day 52 weeks a year later.
fn anniversary(date: Date, years: usize) -> Date {
    date.saturating_add(Span::new().days(7 * 52 * years as i64))
}

/// The time of day that most of the latest reports took.
pub(crate) fn usual_time(past: &[ReportDate]) -> ReportTime {
    let stated = past.iter().rev().map(|report| report.when).filter(|&when| when != ReportTime::Unknown);
    let (mut before, mut after) = (0, 0);
    for when in stated.take(RECENT_REPORTS) {
        if when == ReportTime::BeforeOpen { before += 1 } else { after += 1 }
    }
    match (before, after) {
        (0, 0) => ReportTime::Unknown,
        _ if before > after => ReportTime::BeforeOpen,
        _ => ReportTime::AfterClose,
    }
}

/// The sessions that an estimate can reach: the horizon, and those before whose end a late estimate may begin.
pub(crate) fn coming_sessions(origin: Date) -> Vec<Date> {
    exchange_calendar::next_sessions(origin, HORIZON + FIRST_OFFSET.unsigned_abs() as usize)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn after_close(date: Date) -> ReportDate {
        ReportDate { date, when: ReportTime::AfterClose }
    }

    /// NVIDIA's four reports before February 2024.
    fn nvidia() -> Vec<ReportDate> {
        [date(2023, 2, 22), date(2023, 5, 24), date(2023, 8, 23), date(2023, 11, 21)]
            .map(after_close)
            .to_vec()
    }

    #[test]
    fn the_next_report_is_expected_in_last_years_week() {
        let estimate = Estimate::next(&nvidia(), date(2024, 2, 9)).unwrap();
        assert_eq!(estimate.report, after_close(date(2024, 2, 21)));
        assert_eq!(estimate.spread_sessions(), 4);
    }

    #[test]
    fn a_quarter_that_has_been_reported_is_not_expected_again() {
        let mut past = nvidia();
        past.push(after_close(date(2024, 2, 14)));
        let estimate = Estimate::next(&past, date(2024, 2, 15)).unwrap();
        assert_eq!(estimate.report.date, date(2024, 5, 22));
    }

    #[test]
    fn reports_after_the_origin_change_nothing() {
        let mut later = nvidia();
        later.push(after_close(date(2024, 2, 21)));
        assert_eq!(Estimate::next(&later, date(2024, 2, 9)), Estimate::next(&nvidia(), date(2024, 2, 9)));
    }

    #[test]
    fn a_gap_in_last_years_dates_is_bridged_with_more_spread_and_a_gap_in_the_latest_is_not() {
        let two_years_ago = after_close(date(2022, 2, 16));
        let past = [two_years_ago, after_close(date(2023, 11, 21))];
        let bridged = Estimate::next(&past, date(2024, 2, 9)).unwrap();
        assert_eq!((bridged.report.date, bridged.spread_sessions()), (date(2024, 2, 14), 5));
        assert_eq!(Estimate::next(&nvidia()[..3], date(2024, 2, 9)), None);
        assert_eq!(Estimate::next(&[], date(2024, 2, 9)), None);
    }

    #[test]
    fn the_probabilities_add_up_to_one_and_lie_after_the_origin() {
        // Expected on February 21 after the close; as of the 23rd it is late and must come on a later session.
        for day in [9, 20, 23] {
            let origin = date(2024, 2, day);
            let coming = coming_sessions(origin);
            let masses = Estimate::next(&nvidia(), origin).unwrap().masses(origin, &coming);
            let sum: f64 = masses.iter().sum();
            assert!(sum > 0.75 && sum < 1.0 + 1e-9, "{sum} as of {origin}");
        }
        let origin = date(2024, 2, 9);
        let masses = Estimate::next(&nvidia(), origin).unwrap().masses(origin, &coming_sessions(origin));
        // The 22nd is the eighth session after the 9th; the 19th is a holiday.
        let likeliest = (0..HORIZON).max_by(|&a, &b| masses[a].total_cmp(&masses[b]));
        assert_eq!(likeliest, Some(7));
    }

    #[test]
    fn a_report_moves_the_session_of_its_day_before_the_open_and_the_next_one_after_the_close() {
        let origin = date(2024, 2, 16);
        let coming = coming_sessions(origin);
        let reacts = |day, when| reactions(ReportDate { date: date(2024, 2, day), when }, origin, &coming);
        let session = |masses: [f64; HORIZON]| masses.iter().position(|&mass| mass == 1.0).map(|at| at + 1);
        assert_eq!(session(reacts(21, ReportTime::BeforeOpen)), Some(2));
        assert_eq!(session(reacts(21, ReportTime::AfterClose)), Some(3));
        assert_eq!(session(reacts(16, ReportTime::AfterClose)), Some(1));
        assert_eq!(session(reacts(16, ReportTime::BeforeOpen)), None);
        assert_eq!(session(reacts(17, ReportTime::AfterClose)), Some(1), "Saturday's counts on Tuesday");
        assert_eq!(reacts(21, ReportTime::Unknown)[1..3], [0.5, 0.5]);
    }

    #[test]
    fn the_time_of_day_is_the_usual_one() {
        let at = |when| ReportDate { date: date(2024, 1, 2), when };
        let (before, after, unknown) =
            (at(ReportTime::BeforeOpen), at(ReportTime::AfterClose), at(ReportTime::Unknown));
        assert_eq!(usual_time(&[before, after, after, unknown]), ReportTime::AfterClose);
        assert_eq!(usual_time(&[unknown]), ReportTime::Unknown);
    }
}

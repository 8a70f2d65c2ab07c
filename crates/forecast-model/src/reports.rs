//! What a forecast knows of quarterly reports: the next date known, estimated or unknown, and how the price took the
//! earlier ones.

use forecast_types::{Report, ReportBasis, ReportDate, ReportTime};
use jiff::civil::Date;

use crate::HORIZON;
use crate::earnings_cycle::{Estimate, coming_sessions, reactions, usual_time};
use crate::sessions::Sessions;

/// The report dates of one company, as they were known at the origin.
#[derive(Clone, Copy, Debug)]
pub struct Reports<'a> {
    /// Reports so far, oldest first; those after the origin are not read.
    pub past: &'a [ReportDate],
    /// The next one, where the company has announced it.
    pub announced: Option<ReportDate>,
}

/// What is known of the next report; three different inputs of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportInput {
    /// Announced, or out since the last close so that the next session reacts.
    Known(ReportDate),
    /// Estimated from the earlier reports.
    Estimated(Estimate),
    /// Nothing.
    Unknown,
}

impl ReportInput {
    /// Returns what is known on the evening of `origin`.
    #[must_use]
    pub fn of(reports: Option<&Reports<'_>>, origin: Date) -> Self {
        let Some(reports) = reports else { return Self::Unknown };
        let past = reports.so_far(origin);
        if let Some(&latest) = past.last() {
            let timed = with_usual_time(latest, past);
            if timed.date == origin && timed.when != ReportTime::BeforeOpen {
                return Self::Known(timed);
            }
        }
        if let Some(announced) = reports.announced.filter(|report| report.date > origin) {
            return Self::Known(with_usual_time(announced, past));
        }
        Estimate::next(past, origin).map_or(Self::Unknown, Self::Estimated)
    }

    /// Returns the probability that the price of each of the next sessions reacts to the report; all zero where unknown.
    #[must_use]
    pub fn reactions(&self, origin: Date) -> [f64; HORIZON] {
        let coming = coming_sessions(origin);
        match self {
            Self::Known(report) => reactions(*report, origin, &coming),
            Self::Estimated(estimate) => estimate.masses(origin, &coming),
            Self::Unknown => [0.0; HORIZON],
        }
    }

    /// Returns the report as a forecast shows it; `None` where nothing is known.
    #[must_use]
    pub fn shown(&self, origin: Date) -> Option<Report> {
        let (report, basis, spread_sessions) = match self {
            Self::Known(report) => (*report, ReportBasis::Announced, None),
            Self::Estimated(estimate) => {
                (estimate.report, ReportBasis::Estimated, Some(estimate.spread_sessions()))
            }
            Self::Unknown => return None,
        };
        let reacting = reactions(report, origin, &coming_sessions(origin));
        let session = reacting.iter().position(|&mass| mass > 0.0).map(|place| place as u8 + 1);
        Some(Report { date: report.date, when: report.when, basis, spread_sessions, session })
    }
}

impl Reports<'_> {
    fn so_far(&self, origin: Date) -> &[ReportDate] {
        &self.past[..self.past.partition_point(|report| report.date <= origin)]
    }
}

fn with_usual_time(report: ReportDate, past: &[ReportDate]) -> ReportDate {
    let when = if report.when == ReportTime::Unknown { usual_time(past) } else { report.when };
    ReportDate { when, ..report }
}

/// Returns the places (among the sessions) that reacted to the reports so far, oldest first. Where the time of day is
/// unknown, it is the larger move of the day and the one after it.
pub(crate) fn past_reactions(sessions: &Sessions, reports: &Reports<'_>, origin: Date) -> Vec<usize> {
    let past = reports.so_far(origin);
    let first = past.partition_point(|report| report.date < sessions.date[0]);
    let usual = usual_time(past);
    let places = past[first..].iter().filter_map(|report| {
        let day = sessions.date.partition_point(|&date| date < report.date);
        let when = match report.when {
            _ if sessions.date.get(day) != Some(&report.date) => ReportTime::BeforeOpen,
            ReportTime::Unknown => usual,
            stated => stated,
        };
        let surprise = |place: usize| sessions.surprise.get(place).copied().unwrap_or(0.0);
        let place = match when {
            ReportTime::BeforeOpen => day,
            ReportTime::AfterClose => day + 1,
            ReportTime::Unknown => day + usize::from(surprise(day + 1) > surprise(day)),
        };
        (place < sessions.len()).then_some(place)
    });
    let mut places: Vec<usize> = places.collect();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(date: Date, when: ReportTime) -> ReportDate {
        ReportDate { date, when }
    }

    #[test]
    fn an_announced_date_goes_before_an_estimate_and_no_dates_are_unknown() {
        let past = [date(2023, 2, 22), date(2023, 11, 21)].map(|day| at(day, ReportTime::AfterClose));
        let announced = Some(at(date(2024, 2, 20), ReportTime::Unknown));
        let origin = date(2024, 2, 9);
        let known = ReportInput::of(Some(&Reports { past: &past, announced }), origin);
        assert_eq!(known, ReportInput::Known(at(date(2024, 2, 20), ReportTime::AfterClose)));
        let estimated = ReportInput::of(Some(&Reports { past: &past, announced: None }), origin);
        assert!(matches!(estimated, ReportInput::Estimated(_)));
        assert_eq!(ReportInput::of(None, origin), ReportInput::Unknown);
        assert_eq!(ReportInput::Unknown.reactions(origin), [0.0; HORIZON]);
    }

    #[test]
    fn a_report_after_tonights_close_moves_tomorrow() {
        let past = [at(date(2024, 2, 21), ReportTime::AfterClose)];
        let reports = Reports { past: &past, announced: None };
        let input = ReportInput::of(Some(&reports), date(2024, 2, 21));
        assert!((input.reactions(date(2024, 2, 21))[0] - 1.0).abs() < f64::EPSILON);
        assert!(matches!(ReportInput::of(Some(&reports), date(2024, 2, 22)), ReportInput::Unknown));
    }

    #[test]
    fn a_report_is_shown_with_the_session_that_reacts() {
        let input = ReportInput::Known(at(date(2024, 2, 21), ReportTime::AfterClose));
        let shown = input.shown(date(2024, 2, 20)).unwrap();
        assert_eq!((shown.session, shown.basis), (Some(2), ReportBasis::Announced));
        assert_eq!(ReportInput::Unknown.shown(date(2024, 2, 20)), None);
    }
}

//! Whether the price reacted to a quarterly report within a forecast's sessions, now that the dates are known.

use forecast_model::{ReportInput, Reports};
use forecast_types::ReportDate;
use jiff::civil::Date;

/// Companies report each quarter. Where the report before a forecast is older, dates are missing.
const COVERED_DAYS: i32 = 130;

/// Says whether a report falls into the sessions after `origin`; `None` where the dates do not tell.
pub(super) fn has_report(past: &[ReportDate], origin: Date) -> Option<bool> {
    let (before, after) = past.split_at(past.partition_point(|report| report.date <= origin));
    let known = Reports { past: before, announced: after.first().copied() };
    let input = ReportInput::of(Some(&known), origin);
    if matches!(input, ReportInput::Known(_)) && input.reactions(origin).iter().any(|&mass| mass > 0.0) {
        return Some(true);
    }
    let latest = before.last()?;
    let age = origin.since(latest.date).map_or(i32::MAX, |span| span.get_days());
    (age <= COVERED_DAYS).then_some(false)
}

#[cfg(test)]
mod tests {
    use forecast_types::ReportTime;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_report_counts_where_a_session_of_the_forecast_reacts_to_it() {
        let past = [date(2024, 2, 21), date(2024, 5, 22)]
            .map(|date| ReportDate { date, when: ReportTime::AfterClose });
        for (origin, expected) in [
            (date(2024, 2, 20), Some(true)),
            // After the close of that day.
            (date(2024, 2, 21), Some(true)),
            (date(2024, 2, 22), Some(false)),
            (date(2024, 5, 2), Some(false)),
            (date(2024, 5, 3), Some(true)),
            (date(2024, 9, 20), Some(false)),
            (date(2024, 10, 20), None),
            (date(2023, 12, 1), None),
        ] {
            assert_eq!(has_report(&past, origin), expected, "{origin}");
        }
    }
}

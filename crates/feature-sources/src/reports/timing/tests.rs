use super::super::filings::parse_older;
use super::*;

/// A filing of results: the day it counts as filed, the event, the time with a `Z` that means nothing.
fn report(filed: &str, event: &str, accepted: &str) -> (String, ReportTime) {
    let page = format!(
        r#"{{"form":["8-K"],"items":["2.02"],"filingDate":["{filed}"],"reportDate":["{event}"],
        "acceptanceDateTime":["{accepted}"]}}"#
    );
    let report = report_date(&parse_older(page.as_bytes()).unwrap()[0]);
    (report.date.to_string(), report.when)
}

#[test]
fn both_clocks_lead_to_the_same_time_of_day() {
    use ReportTime::{AfterClose, BeforeOpen};
    for (filed, accepted, when) in [
        // Real rows: Apple and Tesla on New York's clock, Tesla and NVIDIA in UTC, summer and winter.
        ("2026-01-29", "2026-01-29T16:30:33.000Z", AfterClose),
        ("2022-10-19", "2022-10-19T17:15:46.000Z", AfterClose),
        ("2022-10-19", "2022-10-19T21:15:46.000Z", AfterClose),
        ("2025-11-19", "2025-11-19T21:20:44.000Z", AfterClose),
        ("2025-08-27", "2025-08-27T20:22:14.000Z", AfterClose),
        ("2022-10-03", "2022-10-03T06:05:40.000Z", BeforeOpen),
        ("2022-10-03", "2022-10-03T10:05:40.000Z", BeforeOpen),
        // The Friday after Thanksgiving closes at 13:00.
        ("2026-11-27", "2026-11-27T15:05:00", AfterClose),
    ] {
        assert_eq!(report(filed, filed, accepted), (filed.to_owned(), when), "{accepted}");
    }
}

#[test]
fn a_filing_accepted_in_the_evening_counts_for_the_next_day_but_the_event_does_not() {
    // Tesla's deliveries of 2019, on both clocks.
    for accepted in ["2019-04-03T20:22:00.000Z", "2019-04-04T00:22:00.000Z"] {
        let expected = ("2019-04-03".to_owned(), ReportTime::AfterClose);
        assert_eq!(report("2019-04-04", "2019-04-03", accepted), expected);
        assert_eq!(report("2019-04-04", "", accepted), expected, "without an event");
    }
}

#[test]
fn a_filing_on_the_next_morning_is_about_an_evening() {
    let morning = report("2024-02-22", "2024-02-21", "2024-02-22T06:31:00.000Z");
    assert_eq!(morning, ("2024-02-21".to_owned(), ReportTime::AfterClose));
    let evening = report("2024-02-22", "2024-02-21", "2024-02-22T16:31:00.000Z");
    assert_eq!(evening, ("2024-02-21".to_owned(), ReportTime::Unknown));
}

#[test]
fn what_no_clock_explains_is_unknown() {
    for (event, accepted) in [
        // Shifted twice, as was seen in 2026; within trading hours on both clocks; none at all.
        ("2026-01-29", "2026-01-30T02:30:33.000Z"),
        ("2026-01-29", "2026-01-29T15:00:00.000Z"),
        ("2026-01-29", ""),
        // The end of the quarter, or a day after the filing, is no event of this filing.
        ("2025-12-27", "soon"),
        ("2026-02-03", ""),
    ] {
        let expected = ("2026-01-29".to_owned(), ReportTime::Unknown);
        assert_eq!(report("2026-01-29", event, accepted), expected, "{accepted}");
    }
}

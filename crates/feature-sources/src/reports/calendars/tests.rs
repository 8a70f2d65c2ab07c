use jiff::civil::date;

use super::*;

fn past(days: &[Date]) -> Vec<ReportDate> {
    days.iter().map(|&date| ReportDate { date, when: ReportTime::AfterClose }).collect()
}

/// NVIDIA's.
fn nvidia() -> Vec<ReportDate> {
    past(&[date(2023, 2, 22), date(2023, 5, 24), date(2023, 8, 23), date(2023, 11, 21)])
}

#[test]
fn the_days_around_last_years_report_are_asked_about_the_nearest_first() {
    let days = days_to_ask(&nvidia(), date(2024, 2, 12));
    assert_eq!(days[0], date(2024, 2, 21));
    assert_eq!(days.len(), MOST_DAYS);
    assert!(days.iter().all(|&day| exchange_calendar::is_session(day) && day > date(2024, 2, 12)));
}

#[test]
fn no_calendar_is_asked_when_no_report_is_due() {
    for last in [date(2023, 12, 20), date(2024, 1, 12), date(2023, 11, 27)] {
        assert!(days_to_ask(&nvidia(), last).is_empty(), "{last}");
    }
    assert!(days_to_ask(&nvidia(), date(2024, 6, 3)).is_empty(), "the latest reports are missing");
    assert!(days_to_ask(&[], date(2024, 2, 12)).is_empty());
}

#[test]
fn a_report_that_is_late_is_still_looked_for() {
    let days = days_to_ask(&nvidia(), date(2024, 2, 26));
    assert!(days.contains(&date(2024, 2, 27)), "{days:?}");
}

#[test]
fn without_last_years_report_a_quarter_counts() {
    let days = days_to_ask(&past(&[date(2023, 11, 21)]), date(2024, 2, 12));
    assert_eq!(days[0], date(2024, 2, 20), "91 days later");
}

const EARNINGS: &str = r#"{"type":"Earnings","description":"x","symbols":"NVDA.US","earnings":[
    {"code":"NVDA.US","report_date":"2023-11-21","date":"2023-10-31","before_after_market":"AfterMarket","actual":4.02},
    {"code":"nvda.us","report_date":"2024-02-21","date":"2024-01-31","before_after_market":"AfterMarket","actual":null,
     "estimate":4.6,"difference":0,"percent":null},
    {"code":"NVDA.US","report_date":"2024-02-20","date":"2024-01-31","before_after_market":null},
    {"code":"ANTM.JK","report_date":"2024-02-16","date":"2023-12-31","before_after_market":"BeforeMarket"}]}"#;

#[test]
fn eodhds_calendar_tells_the_next_report_of_the_ticker_whose_time_is_stated() {
    let next = |last| parse_earnings(EARNINGS.as_bytes(), "NVDA.US", last).unwrap();
    let expected = Some(ReportDate { date: date(2024, 2, 21), when: ReportTime::AfterClose });
    assert_eq!(next(date(2024, 2, 12)), expected);
    assert_eq!(next(date(2024, 2, 21)), None);
    assert_eq!(next(date(2024, 1, 10)), None, "too far ahead");
    for body in ["", "Forbidden", "[]", r#"{"earnings":[{"code":"NVDA.US","report_date":"0000-00-00"}]}"#] {
        assert!(parse_earnings(body.as_bytes(), "NVDA.US", date(2024, 2, 12)).is_err(), "{body}");
    }
}

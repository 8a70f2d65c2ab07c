use jiff::civil::date;

use super::super::filings::parse_older;
use super::*;

const LATER: Date = date(2030, 1, 1);

/// Filings, each `form, items, filed`, accepted after the close.
fn filings(rows: &[(&str, &str, &str)]) -> Vec<Filing> {
    let column = |field: &dyn Fn(&(&str, &str, &str)) -> String| {
        serde_json::to_string(&rows.iter().map(field).collect::<Vec<_>>()).unwrap()
    };
    let page = format!(
        r#"{{"form":{},"items":{},"filingDate":{},"reportDate":{},"acceptanceDateTime":{}}}"#,
        column(&|row| row.0.to_owned()),
        column(&|row| row.1.to_owned()),
        column(&|row| row.2.to_owned()),
        column(&|_| String::new()),
        column(&|row| format!("{}T16:05:00.000Z", row.2)),
    );
    parse_older(page.as_bytes()).unwrap()
}

fn days(rows: &[(&str, &str, &str)], known_on: Date) -> Vec<String> {
    quarterly_reports(&filings(rows), known_on).iter().map(|report| report.date.to_string()).collect()
}

const DELIVERIES: &str = "2.02,7.01,9.01";
const RESULTS: &str = "2.02,9.01";

/// Tesla files its deliveries and its results, both under Item 2.02.
const TESLA: [(&str, &str, &str); 11] = [
    ("8-K", DELIVERIES, "2022-04-04"),
    ("10-K", "", "2022-02-07"),
    ("8-K", RESULTS, "2022-01-26"),
    ("8-K", DELIVERIES, "2022-01-03"),
    ("10-Q", "", "2021-10-25"),
    ("8-K", RESULTS, "2021-10-20"),
    ("8-K", DELIVERIES, "2021-10-04"),
    ("10-Q", "", "2021-07-27"),
    ("8-K", RESULTS, "2021-07-26"),
    ("10-Q", "", "2021-04-28"),
    ("8-K", RESULTS, "2021-04-26"),
];

#[test]
fn the_results_are_those_that_the_quarterly_report_follows() {
    assert_eq!(days(&TESLA, LATER), ["2021-04-26", "2021-07-26", "2021-10-20", "2022-01-26"]);
}

#[test]
fn other_news_weeks_before_the_usual_time_are_no_results_yet() {
    // On that day the deliveries are the newest filing, and nothing follows them yet.
    assert_eq!(days(&TESLA, date(2022, 4, 5)).last().unwrap(), "2022-01-26");
    let mut rows = TESLA.to_vec();
    rows.push(("8-K", RESULTS, "2022-04-20"));
    assert_eq!(days(&rows, date(2022, 4, 20)).last().unwrap(), "2022-04-20");
}

#[test]
fn nothing_filed_after_the_day_is_known() {
    assert_eq!(days(&TESLA, date(2021, 10, 1)), ["2021-04-26", "2021-07-26"]);
    assert!(days(&TESLA, date(2021, 4, 25)).is_empty());
}

#[test]
fn without_quarterly_reports_the_last_in_each_quarter_counts() {
    let rows = [
        ("8-K", RESULTS, "2015-01-27"),
        ("8-K", RESULTS, "2015-04-27"),
        ("8-K", "1.01,2.02,9.01", "2015-04-07"),
        ("8-K", RESULTS, "2015-07-21"),
    ];
    assert_eq!(days(&rows, LATER), ["2015-01-27", "2015-04-27", "2015-07-21"]);
}

#[test]
fn a_company_that_changes_its_week_is_believed_once_the_quarterly_report_is_there() {
    let rows = [("8-K", RESULTS, "2021-02-24"), ("10-K", "", "2021-02-26"), ("8-K", RESULTS, "2022-02-02")];
    assert_eq!(days(&rows, LATER), ["2021-02-24"]);
    let rows = [&rows[..], &[("10-K", "", "2022-02-04")]].concat();
    assert_eq!(days(&rows, LATER), ["2021-02-24", "2022-02-02"]);
}

#[test]
fn the_time_of_day_comes_along() {
    let reports = quarterly_reports(&filings(&TESLA), LATER);
    assert!(reports.iter().all(|report| report.when == ReportTime::AfterClose), "{reports:?}");
}

use jiff::civil::date;

use super::*;

/// A company's answer with some rows, each `form, items, filed, event, accepted`.
pub(in crate::reports) fn company(cik: &str, rows: &[[&str; 5]], files: &str) -> Vec<u8> {
    let column =
        |at: usize| serde_json::to_string(&rows.iter().map(|row| row[at]).collect::<Vec<_>>()).unwrap();
    format!(
        r#"{{"cik":{cik},"name":"Tesla, Inc.","lei":null,"filings":{{"recent":{{"accessionNumber":[],"form":{},
        "items":{},"filingDate":{},"reportDate":{},"acceptanceDateTime":{},"size":[1]}},"files":[{files}]}}}}"#,
        column(0),
        column(1),
        column(2),
        column(3),
        column(4),
    )
    .into_bytes()
}

const ROWS: [[&str; 5]; 5] = [
    ["4", "", "2022-11-30", "2022-11-28", "2022-11-30T16:42:36.000Z"],
    ["8-K", "2.02,9.01", "2022-10-19", "2022-10-19", "2022-10-19T17:15:46.000Z"],
    ["8-K", "5.02,9.01", "2022-10-03", "", ""],
    ["8-K", "12.02,2.020", "2022-10-03", "2022-10-02", "2022-10-03T06:05:40.000Z"],
    ["10-Q", "", "2022-10-24", "2022-09-30", "2022-10-24T06:05:40.000Z"],
];

#[test]
fn only_whole_items_count_and_other_forms_are_left_out() {
    let company = parse_company(&company("1318605", &ROWS, ""), 1_318_605).unwrap();

    assert_eq!(company.filings.len(), 2);
    let results = company.filings[0];
    assert!(results.is_results() && company.filings[1].is_periodic());
    assert_eq!((results.filed, results.event), (date(2022, 10, 19), Some(date(2022, 10, 19))));
    assert_eq!(results.accepted, Some(date(2022, 10, 19).at(17, 15, 46, 0)));
}

#[test]
fn the_number_comes_padded_or_not_and_must_be_the_one_asked_for() {
    for cik in ["1318605", "\"1318605\"", "\"0001318605\""] {
        assert!(parse_company(&company(cik, &ROWS, ""), 1_318_605).is_ok(), "{cik}");
    }
    let error = parse_company(&company("320193", &ROWS, ""), 1_318_605).unwrap_err();
    assert_eq!(error.to_string(), "unusable answer: another company than the one asked for");
}

#[test]
fn older_pages_are_listed_newest_first_and_hold_the_columns_alone() {
    let files = r#"{"name":"CIK0001318605-submissions-002.json","filingCount":9,"filingFrom":"2001-01-02","filingTo":"2009-12-30"},
        {"name":"CIK0001318605-submissions-001.json","filingCount":9,"filingFrom":"2010-01-04","filingTo":"2019-12-30"}"#;
    let company = parse_company(&company("1318605", &[], files), 1_318_605).unwrap();
    let names: Vec<&str> = company.older.iter().map(|page| page.name.as_str()).collect();
    assert_eq!(names, ["CIK0001318605-submissions-001.json", "CIK0001318605-submissions-002.json"]);

    let page = br#"{"form":["8-K"],"items":["2.02"],"filingDate":["2010-07-09"],"reportDate":[null],
        "acceptanceDateTime":["2010-07-09T21:16:54.000Z"]}"#;
    assert!(parse_older(page).unwrap()[0].is_results());
}

#[test]
fn columns_that_do_not_fit_together_are_malformed() {
    for (body, what) in [
        (
            r#"{"form":["8-K"],"items":[],"filingDate":["2010-07-09"],"reportDate":[""],"acceptanceDateTime":[""]}"#,
            "the columns differ in length",
        ),
        (
            r#"{"form":["8-K"],"items":["2.02"],"filingDate":["soon"],"reportDate":[""],"acceptanceDateTime":[""]}"#,
            "a filing without a date",
        ),
        (r#"{"form":[8],"items":["2.02"]}"#, "the JSON is not of the documented form"),
        ("<!DOCTYPE html>", "a web page instead of data"),
    ] {
        match parse_older(body.as_bytes()) {
            Err(SourceError::Malformed { what: got, .. }) => assert_eq!(got, what, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

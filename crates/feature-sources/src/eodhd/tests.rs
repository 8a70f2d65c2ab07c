use jiff::civil::date;

use super::*;

const SPRING: Days = Days { first: date(2022, 1, 1), last: date(2022, 4, 30) };

#[test]
fn the_address_is_as_eodhd_documents_it() {
    let base = "https://eodhd.com".parse().unwrap();
    let token = SecretString::from("T");
    let parameters = [("s", "BRK-B.US"), ("from", "2022-01-01"), ("to", "2022-04-30")];
    for (endpoint, path) in [
        (&["sentiments"][..], "sentiments"),
        (&["tweets-sentiments"], "tweets-sentiments"),
        (&["calendar", "earnings"], "calendar/earnings"),
    ] {
        assert_eq!(
            address(&base, endpoint, &parameters, &token).as_str(),
            format!(
                "https://eodhd.com/api/{path}?s=BRK-B.US&from=2022-01-01&to=2022-04-30&api_token=T&fmt=json"
            )
        );
    }
}

#[test]
fn days_come_oldest_first_and_only_those_asked_for() {
    let body = br#"{"MSFT.US":[{"date":"2022-02-22","count":1,"normalized":0}],
        "aapl.us":[{"date":"2022-05-01","count":9,"normalized":0.9},
        {"date":"2022-02-22","count":23,"normalized":0.6152,"new":1},{"date":"2022-02-19","count":4,"normalized":-1}]}"#;

    let series = parse(body, "AAPL.US", SPRING).unwrap();

    let expected = [(date(2022, 2, 19), 4.0, -1.0), (date(2022, 2, 22), 23.0, 0.6152)];
    let expected = expected.map(|(date, count, sentiment)| SentimentDay { date, count, sentiment });
    assert_eq!((series.days.as_slice(), series.partial_reason), (&expected[..], None));
}

#[test]
fn every_form_of_nothing_is_missing_and_never_zero() {
    for body in ["[]", "{}", r#"{"AAPL.US":[]}"#, r#"{"MSFT.US":[]}"#, r#"{"ticker":{}}"#] {
        let error = parse(body.as_bytes(), "AAPL.US", SPRING).unwrap_err();
        assert!(matches!(error, SourceError::NoData), "{body}: {error}");
    }
}

#[test]
fn other_forms_are_malformed() {
    for (body, what) in [
        ("", "the body is empty"),
        ("<html>", "a web page instead of data"),
        ("Forbidden", "text instead of data"),
        (r#"{"AAPL.US":[{"date":"2022-02-"#, "the JSON breaks off"),
        (
            r#"{"AAPL.US":[{"date":"yesterday","count":1,"normalized":0}]}"#,
            "the JSON is not of the documented form",
        ),
        (r#"[{"date":"2022-02-22"}]"#, "the JSON is not of the documented form"),
        (r#"{"error":"x","code":403}"#, "an error instead of data"),
    ] {
        match parse(body.as_bytes(), "AAPL.US", SPRING) {
            Err(SourceError::Malformed { what: got, .. }) => assert_eq!(got, what, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn a_bad_row_costs_itself_only_and_is_counted() {
    for row in [
        r#"{"date":"2022-02-21","count":-3,"normalized":0.1}"#,
        r#"{"date":"2022-02-21","count":3,"normalized":7.5}"#,
        r#"{"date":"2022-02-21","count":3,"normalized":null}"#,
        r#"{"date":"2022-02-21","count":3,"normalized":"NA"}"#,
        r#"{"date":"2022-02-21","count":3,"normalized":NaN}"#,
        r#"{"date":"2022-02-21","normalized":0.5}"#,
        r#"{"date":"0000-00-00","count":3,"normalized":0.5}"#,
        r#"{"date":20220221,"count":3,"normalized":0.5}"#,
        "null",
        "[]",
    ] {
        let body = format!(
            r#"{{"AAPL.US":[{{"date":"2022-02-22","count":1,"normalized":0}},{row},{{"date":"2022-02-20","count":3,"normalized":0.5}}]}}"#
        );
        let series = parse(body.as_bytes(), "AAPL.US", SPRING).unwrap();
        assert_eq!(series.days.len(), 2, "{row}");
        assert_eq!(series.partial_reason.as_deref(), Some("1 day came with impossible values"), "{row}");
    }
}

#[test]
fn what_stands_beside_the_ticker_is_of_no_account() {
    for beside in [r#""MSFT.US":"NA""#, r#""MSFT.US":null"#, r#""note":{"AAPL.US":3}"#, r#""version":2"#] {
        let body = format!(r#"{{{beside},"AAPL.US":[{{"date":"2022-02-22","count":1,"normalized":0}}]}}"#);
        let series = parse(body.as_bytes(), "AAPL.US", SPRING).unwrap();
        assert_eq!((series.days.len(), series.partial_reason), (1, None), "{beside}");
    }
    for nothing in [r#"{"AAPL.US":"NA"}"#, r#"{"AAPL.US":null}"#] {
        let error = parse(nothing.as_bytes(), "AAPL.US", SPRING).unwrap_err();
        assert!(matches!(error, SourceError::NoData), "{nothing}: {error}");
    }
}

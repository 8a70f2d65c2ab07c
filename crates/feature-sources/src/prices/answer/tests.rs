use forecast_types::MovingPrice;
use jiff::civil::{Date, date};
use serde_json::json;

use super::*;

mod losses;

/// Friday 20 November 2026, an hour after the close.
const FRIDAY_EVENING: &str = "2026-11-20T22:00:00Z";
const DAYS: Days = Days { first: date(2026, 11, 2), last: date(2026, 11, 20) };

fn open(day: Date) -> i64 {
    exchange_calendar::session_hours(day).unwrap().open.as_second()
}

/// A sound answer with closes of 101, 102, … on the sessions given.
fn answer(sessions: &[Date]) -> Value {
    let closes: Vec<f64> = (1_u32..).map(|i| 100.0 + f64::from(i)).take(sessions.len()).collect();
    let shifted = |by: f64| closes.iter().map(|close| close + by).collect::<Vec<_>>();
    let period =
        |start: i64| json!({"timezone": "EST", "start": start, "end": start + 23_400, "gmtoffset": -18000});
    let last = open(*sessions.last().unwrap());
    json!({"chart": {"result": [{
        "meta": {
            "currency": "USD", "symbol": "AAPL", "exchangeName": "NMS", "fullExchangeName": "NasdaqGS",
            "instrumentType": "EQUITY", "firstTradeDate": 345_479_400, "regularMarketTime": last,
            "hasPrePostMarketData": true, "gmtoffset": -18000, "timezone": "EST",
            "exchangeTimezoneName": "America/New_York", "regularMarketPrice": 101.5, "chartPreviousClose": 100.0,
            "priceHint": 2, "currentTradingPeriod": {
                "pre": period(last - 19_800), "regular": period(last), "post": period(last + 23_400)},
            "dataGranularity": "1d", "range": "", "validRanges": ["1d", "max"]},
        "timestamp": sessions.iter().map(|&day| open(day)).collect::<Vec<_>>(),
        "indicators": {
            "quote": [{"open": shifted(-0.5), "high": shifted(1.0), "low": shifted(-1.0), "close": closes,
                "volume": vec![1_000_000_u64; closes.len()]}],
            "adjclose": [{"adjclose": closes}]}}], "error": null}})
}

fn week() -> Vec<Date> {
    exchange_calendar::sessions_between(date(2026, 11, 16), date(2026, 11, 20))
}

fn parsed(answer: &Value, now: &str) -> Result<PriceSeries, SourceError> {
    let symbol = Symbol::parse("AAPL").unwrap();
    parse(answer.to_string().as_bytes(), 200, &symbol, DAYS, now.parse().unwrap())
}

/// The answer with a text of any kind, even one that is no JSON, in the place of a value.
fn with_text(answer: &Value, pointer: &str, text: &str) -> String {
    let mut answer = answer.clone();
    set(&mut answer, pointer, json!("PLACE"));
    answer.to_string().replace("\"PLACE\"", text)
}

fn parsed_text(answer: &str, now: &str) -> Result<PriceSeries, SourceError> {
    parse(answer.as_bytes(), 200, &Symbol::parse("AAPL").unwrap(), DAYS, now.parse().unwrap())
}

fn set(answer: &mut Value, pointer: &str, value: Value) {
    *answer.pointer_mut(&format!("/chart/result/0{pointer}")).unwrap_or_else(|| panic!("{pointer}")) = value;
}

#[test]
fn a_sound_answer_becomes_bars_oldest_first() {
    let series = parsed(&answer(&week()), FRIDAY_EVENING).unwrap();

    assert_eq!(series.bars.iter().map(|bar| bar.date).collect::<Vec<_>>(), week());
    let last = series.bars.last().unwrap();
    assert_eq!(
        (last.open, last.high, last.low, last.close, last.volume),
        (104.5, 106.0, 104.0, 105.0, 1_000_000)
    );
    assert_eq!((series.currency.as_str(), series.partial_reason, series.moving), ("USD", None, None));
    assert!(!series.newest_is_pending);
}

#[test]
fn a_session_under_way_is_shown_as_moving_and_never_as_a_bar() {
    let series = parsed(&answer(&week()), "2026-11-20T20:59:59Z").unwrap();

    assert_eq!(series.bars.last().unwrap().date, date(2026, 11, 19));
    assert_eq!(series.moving, Some(MovingPrice { date: date(2026, 11, 20), price: 105.0 }));
    assert!(!series.newest_is_pending);
}

#[test]
fn a_session_that_yahoo_says_still_runs_is_not_settled() {
    let mut answer = answer(&week());
    let start = open(date(2026, 11, 20));
    set(&mut answer, "/meta/currentTradingPeriod/regular/end", json!(start + 40_000));

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    assert_eq!(series.bars.last().unwrap().date, date(2026, 11, 19));
}

#[test]
fn a_bar_stamped_before_the_close_is_awaited_until_quotations_have_caught_up() {
    let mut answer = answer(&week());
    set(&mut answer, "/timestamp/4", json!(open(date(2026, 11, 20)) + 23_000));

    let at_once = parsed(&answer, "2026-11-20T21:00:05Z").unwrap();
    assert_eq!(at_once.bars.last().unwrap().date, date(2026, 11, 19));
    assert!(at_once.newest_is_pending && at_once.moving.is_some());

    let later = parsed(&answer, "2026-11-20T21:20:00Z").unwrap();
    assert_eq!(later.bars.last().unwrap().date, date(2026, 11, 20), "it was last traded before the close");
    assert!(!later.newest_is_pending);
}

#[test]
fn nothing_after_the_last_day_asked_for_comes_through() {
    let symbol = Symbol::parse("AAPL").unwrap();
    let days = Days { first: date(2026, 11, 2), last: date(2026, 11, 18) };
    let mut answer = answer(&week());
    let events = json!({"dividends": {"1": {"amount": 0.2, "date": open(date(2026, 11, 20))}}});
    answer["chart"]["result"][0]["events"] = events;

    let series =
        parse(answer.to_string().as_bytes(), 200, &symbol, days, FRIDAY_EVENING.parse().unwrap()).unwrap();

    assert_eq!(series.bars.last().unwrap().date, date(2026, 11, 18));
    assert_eq!((series.events.len(), series.moving), (0, None));
}

#[test]
fn of_two_rows_for_one_session_the_trade_stamped_one_counts() {
    let mut sessions = week();
    sessions.push(date(2026, 11, 20));
    let mut answer = answer(&sessions);
    set(&mut answer, "/timestamp/5", json!(open(date(2026, 11, 20)) + 23_401));

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    assert_eq!(series.bars.len(), 5);
    assert_eq!(series.bars.last().unwrap().close, 106.0);
}

#[test]
fn splits_and_dividends_come_with_their_session() {
    let mut answer = answer(&week());
    answer["chart"]["result"][0]["events"] = json!({
        "dividends": {"7": {"amount": 0.205, "date": open(date(2026, 11, 18))}},
        "splits": {"9": {"date": open(date(2026, 11, 17)), "numerator": 4, "denominator": 1, "splitRatio": "4:1"},
            "odd": {"date": "soon"}},
        "capitalGains": {"1": {"amount": "x"}}});

    let series = parsed(&answer, FRIDAY_EVENING).unwrap();

    let split = Event { date: date(2026, 11, 17), kind: EventKind::Split { ratio: "4:1".to_owned() } };
    let dividend = Event { date: date(2026, 11, 18), kind: EventKind::Dividend { amount: 0.205 } };
    assert_eq!(series.events, [split, dividend]);
}

#[test]
fn another_currency_is_named_and_pence_become_pounds() {
    for (quoted, currency, close) in
        [("EUR", "EUR", 101.0), ("GBp", "GBP", 1.01), ("ZAc", "ZAR", 1.01), ("bitcoin", "USD", 101.0)]
    {
        let mut answer = answer(&week());
        set(&mut answer, "/meta/currency", json!(quoted));
        let series = parsed(&answer, FRIDAY_EVENING).unwrap();
        assert_eq!((series.currency.as_str(), series.bars[0].close), (currency, close), "{quoted}");
    }
}

#[test]
fn a_new_listing_has_the_bars_it_has() {
    let series = parsed(&answer(&week()[3..]), FRIDAY_EVENING).unwrap();
    assert_eq!((series.bars.len(), series.partial_reason), (2, None));
}

#[test]
fn a_split_inside_the_window_leaves_no_jump_and_only_an_event_behind() {
    let plain = parsed(&answer(&week()), FRIDAY_EVENING).unwrap();
    // Yahoo divides all earlier prices by the ratio; what is left of the split is its mention.
    let mut split = answer(&week());
    split["chart"]["result"][0]["events"] = json!({"splits": {"9": {
        "date": open(date(2026, 11, 18)), "numerator": 4, "denominator": 1, "splitRatio": "4:1"}}});

    let split = parsed(&split, FRIDAY_EVENING).unwrap();

    assert_eq!(split.bars, plain.bars);
    assert_eq!(split.events.len(), 1);
}

#[test]
fn a_symbol_that_names_something_else_is_refused() {
    for (pointer, value) in
        [("/meta/instrumentType", "MUTUALFUND"), ("/meta/instrumentType", "FUTURE"), ("/meta/symbol", "APLE")]
    {
        let mut answer = answer(&week());
        set(&mut answer, pointer, json!(value));
        let error = parsed(&answer, FRIDAY_EVENING).unwrap_err();
        assert!(matches!(error, SourceError::OtherInstrument(_)), "{value}: {error}");
    }
}

#[test]
fn an_exchange_traded_fund_is_read_like_a_stock() {
    let mut answer = answer(&week());
    set(&mut answer, "/meta/instrumentType", json!("ETF"));
    let series = parsed(&answer, FRIDAY_EVENING).unwrap();
    assert!(series.is_fund && series.bars.len() == 5);
}

#[test]
fn each_error_form_has_its_own_outcome() {
    let not_found = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#;
    let early = r#"{"chart":{"result":null,"error":{"code":"Bad Request","description":"Data doesn't exist for startDate = 1, endDate = 2"}}}"#;
    let range =
        r#"{"chart":{"result":null,"error":{"code":"Unprocessable Entity","description":"range must be"}}}"#;
    for (body, status, expected) in [
        (not_found, 404, "the symbol is unknown or delisted there"),
        (not_found, 200, "no data for this stock"),
        (early, 400, "the stock was not listed yet on those days"),
        (early, 200, "the stock was not listed yet on those days"),
        (range, 422, "the server answered 422"),
        ("<html>not found</html>", 404, "the server answered 404"),
        ("", 500, "the server answered 500"),
        ("", 200, "unusable answer: the body is empty"),
        ("<html>consent</html>", 200, "unusable answer: a web page instead of data"),
        ("Will be right back", 200, "unusable answer: text instead of data"),
        (r#"{"chart":{"result":[{"meta":"#, 200, "unusable answer: the JSON breaks off"),
        (
            r#"{"chart":{"result":[],"error":null}}"#,
            200,
            "unusable answer: the answer holds neither prices nor an error",
        ),
        (r#"{"finance":1}"#, 200, "unusable answer: the JSON is not of the documented form"),
        (
            r#"{"chart":{"result":"none","error":null}}"#,
            200,
            "unusable answer: the JSON is not of the documented form",
        ),
    ] {
        let symbol = Symbol::parse("AAPL").unwrap();
        let error =
            parse(body.as_bytes(), status, &symbol, DAYS, FRIDAY_EVENING.parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{status} {body}");
    }
}

#[test]
fn closes_of_another_length_are_malformed_and_no_sessions_are_no_data() {
    let mut short = answer(&week());
    set(&mut short, "/indicators/quote/0/close", json!([1.0]));
    assert!(matches!(parsed(&short, FRIDAY_EVENING), Err(SourceError::Malformed { .. })));

    let mut empty = answer(&week());
    empty["chart"]["result"][0].as_object_mut().unwrap().remove("timestamp");
    set(&mut empty, "/indicators", json!({"quote": [{}]}));
    assert!(matches!(parsed(&empty, FRIDAY_EVENING), Err(SourceError::NoData)));
}

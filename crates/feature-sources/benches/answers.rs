//! How long the sources' answers take to read: a year of bars, two months of days.

use divan::{Bencher, black_box};
use feature_sources::{Days, parse_sentiments, prices, searches};
use forecast_types::Symbol;
use jiff::Timestamp;
use jiff::civil::{Date, date};

fn main() {
    divan::main();
}

const FIRST: Date = date(2025, 10, 1);
const LAST: Date = date(2026, 11, 20);

/// The opening bells in New York from [`FIRST`] to [`LAST`].
fn bells() -> Vec<i64> {
    let sessions = exchange_calendar::sessions_between(FIRST, LAST);
    sessions
        .into_iter()
        .filter_map(exchange_calendar::session_hours)
        .map(|hours| hours.open.as_second())
        .collect()
}

fn list<T: std::fmt::Display>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

fn chart() -> String {
    let bells = bells();
    let close = |at: usize| 150.0 + (at as f64 * 0.7).sin() * 20.0;
    let prices = |shift: f64| list((0..bells.len()).map(|at| close(at) + shift));
    let period = r#"{"timezone":"EST","start":1763994600,"end":1764018000,"gmtoffset":-18000}"#;
    format!(
        r#"{{"chart":{{"result":[{{"meta":{{"currency":"USD","symbol":"AAPL","exchangeName":"NMS",
        "fullExchangeName":"NasdaqGS","instrumentType":"EQUITY","regularMarketTime":1763758801,"gmtoffset":-18000,
        "timezone":"EST","exchangeTimezoneName":"America/New_York","hasPrePostMarketData":true,"priceHint":2,
        "currentTradingPeriod":{{"pre":{period},"regular":{period},"post":{period}}},"dataGranularity":"1d","range":"",
        "validRanges":["1d","1y"]}},"timestamp":[{}],"indicators":{{"quote":[{{"open":[{}],"high":[{}],"low":[{}],
        "close":[{}],"volume":[{}]}}],"adjclose":[{{"adjclose":[{}]}}]}}}}],"error":null}}}}"#,
        list(bells.iter()),
        prices(0.3),
        prices(1.4),
        prices(-1.6),
        prices(0.0),
        list((0..bells.len()).map(|at| 40_000_000 + at * 1_000)),
        prices(-0.5),
    )
}

fn two_months() -> impl Iterator<Item = Date> {
    FIRST.series(jiff::Span::new().days(1)).take(60)
}

#[divan::bench]
fn chart_of_a_year(bencher: Bencher<'_, '_>) {
    let body = chart();
    let symbol = Symbol::parse("AAPL").expect("a symbol");
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a moment");
    let days = Days { first: FIRST, last: LAST };
    bencher.bench(|| {
        prices::parse(black_box(body.as_bytes()), 200, &symbol, days, now).expect("a sound answer").bars.len()
    });
}

#[divan::bench]
fn sentiments_of_two_months(bencher: Bencher<'_, '_>) {
    let rows = list(two_months().map(|day| format!(r#"{{"date":"{day}","count":12,"normalized":0.4321}}"#)));
    let body = format!(r#"{{"AAPL.US":[{rows}]}}"#);
    let days = Days { first: FIRST, last: LAST };
    bencher.bench(|| {
        parse_sentiments(black_box(body.as_bytes()), "AAPL.US", days).expect("a sound answer").days.len()
    });
}

#[divan::bench]
fn searches_of_two_months(bencher: Bencher<'_, '_>) {
    let second = |day: Date| date(1970, 1, 1).duration_until(day).as_secs();
    let points = list(two_months().map(|day| {
        format!(
            r#"{{"time":"{}","formattedTime":"Oct 1, 2025","formattedAxisTime":"Oct 1, 2025","value":[57],
            "hasData":[true],"formattedValue":["57"]}}"#,
            second(day)
        )
    }));
    let body = format!(")]}}',\n{{\"default\":{{\"timelineData\":[{points}],\"averages\":[]}}}}");
    let days = Days { first: FIRST, last: LAST };
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a moment");
    bencher.bench(|| {
        searches::parse_timeline(black_box(body.as_bytes()), days, now).expect("a sound answer").days.len()
    });
}

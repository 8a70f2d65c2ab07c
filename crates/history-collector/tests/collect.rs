//! Collecting from the stand-in market, interrupted and resumed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use feature_sources::Upstreams;
use forecast_types::Source;
use history_collector::{CollectConfig, collect};
use jiff::civil::date;
use market_sim::{Fault, SimConfig, StandInMarket};
use service_runtime::Clock;

const NOW: &str = "2026-11-20T22:00:00Z";

async fn market() -> StandInMarket {
    StandInMarket::start_with(SimConfig { now: Some(NOW.parse().unwrap()), ..SimConfig::default() }).await
}

fn config(market: &StandInMarket, out: &Path) -> CollectConfig {
    CollectConfig {
        stocks: "AAPL,MSFT".to_owned(),
        from: date(2026, 1, 1),
        to: date(2026, 11, 20),
        out: out.to_owned(),
        upstreams: Upstreams {
            eodhd_calls_per_day: 30,
            ..Upstreams::stand_in(&market.url().parse().unwrap())
        },
    }
}

fn clock() -> Clock {
    Clock::fixed(NOW.parse().unwrap())
}

#[tokio::test]
async fn a_run_resumes_where_it_was_interrupted() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("history.csv");
    market.fail(Source::Searches, Fault::Html);

    let first = collect(&config(&market, &out), clock()).await.unwrap();
    assert_eq!((first.stocks(Source::Prices), first.stocks(Source::Searches)), (2, 0));
    assert!(first.to_string().contains("Google Trends: unusable answer"), "{first}");
    assert!(first.to_string().contains("EODHD: daily call budget spent"), "{first}");
    // A crash in the middle of a row.
    let mut text = std::fs::read_to_string(&out).unwrap();
    let whole = text.clone();
    text.push_str("MSFT,2026-11-2");
    std::fs::write(&out, text).unwrap();
    market.recover(Source::Searches);

    let second = collect(&config(&market, &out), clock()).await.unwrap();

    assert_eq!((second.stocks(Source::Prices), second.stocks(Source::Searches)), (0, 2), "{second}");
    assert_eq!(market.received().count(Source::Prices), 2, "nothing is asked for twice");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), whole);
    let searches = std::fs::read_to_string(folder.path().join("history.csv.searches.csv")).unwrap();
    assert!(searches.lines().nth(1).unwrap().starts_with("AAPL,2026-01-01,"), "{searches:.200}");
    let reports = std::fs::read_to_string(folder.path().join("history.csv.reports.csv")).unwrap();
    assert!(reports.starts_with("ticker,date,when,source\nAAPL,2026-"), "{reports:.200}");
    assert!(reports.lines().nth(1).unwrap().ends_with(",sec-8k-item-2.02"), "{reports:.200}");
    assert_eq!(
        market.received().count(Source::News) + market.received().count(Source::Tweets),
        3,
        "thirty calls"
    );
}

#[tokio::test]
async fn what_is_collected_can_be_evaluated_and_replayed() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("HISTORY.CSV");

    collect(&config(&market, &out), clock()).await.unwrap();

    let history = price_history::read(&out).unwrap();
    let tickers: Vec<&str> = history.iter().map(|(ticker, _)| ticker).collect();
    assert_eq!((tickers, history.warnings()), (vec!["AAPL", "MSFT"], &[][..]));
    assert_eq!(history.last_day(), Some(date(2026, 11, 20)));
}

#[tokio::test]
async fn a_name_of_another_format_is_refused() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();

    for name in ["history.parquet", "history"] {
        let error = collect(&config(&market, &folder.path().join(name)), clock()).await.unwrap_err();
        assert!(error.to_string().contains("ends in .csv"), "{error}");
    }

    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_that_collect_did_not_write_is_not_overwritten() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("history.csv");
    std::fs::write(&out, "a,b,c\n".repeat(100)).unwrap();

    let error = collect(&config(&market, &out), clock()).await.unwrap_err();

    assert!(error.to_string().contains("name another --out"), "{error}");
}

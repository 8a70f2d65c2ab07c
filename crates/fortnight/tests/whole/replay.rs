//! Replays of a file: what comes after the day asked about must not matter.

use std::fmt::Write as _;
use std::path::Path;

use exchange_calendar::sessions_between;
use jiff::civil::{Date, date};

use crate::helpers::{Fortnight, args, root};

/// Bars of one stock through half of 2023 and all of 2024; `later` changes only what follows `from`.
fn bars(from: Date, later: f64) -> String {
    let mut csv = "ticker,date,open,high,low,close,adj_close,volume\n".to_owned();
    let mut close: f64 = 180.0;
    for (at, day) in sessions_between(date(2022, 6, 1), date(2024, 3, 8)).into_iter().enumerate() {
        let wave = ((at * 37 % 101) as f64 / 101.0 - 0.5) * 0.04;
        close *= (wave + if day > from { later } else { 0.0 }).exp();
        let (high, low, volume) = (close * 1.01, close * 0.99, 1_000_000 + at * 331 % 90_000);
        writeln!(csv, "AAPL,{day},{close:.4},{high:.4},{low:.4},{close:.4},{close:.4},{volume}")
            .expect("a text takes it");
    }
    csv
}

async fn forecast(file: &Path, as_of: &str) -> serde_json::Value {
    let start = fortnight::StartArgs { replay: Some(file.to_owned()), now: None, ..args() };
    let fortnight = Fortnight::start_with(start).await;
    let answer = fortnight.predict(&format!("stock=AAPL&as_of={as_of}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut json = answer.json();
    json["generated_at"] = serde_json::Value::Null;
    for source in json["sources"].as_array_mut().expect("five sources") {
        source["elapsed_ms"] = serde_json::Value::Null;
    }
    json
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_after_the_day_asked_about_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plain, changed) = (folder.path().join("plain.csv"), folder.path().join("changed.csv"));
    let day = date(2024, 2, 1);
    std::fs::write(&plain, bars(day, 0.0)).expect("a file");
    std::fs::write(&changed, bars(day, 0.03)).expect("a file");

    let (one, other) = (forecast(&plain, "2024-02-01").await, forecast(&changed, "2024-02-01").await);

    assert_eq!(one, other);
    assert_eq!((one["market"].as_str(), one["as_of"].as_str()), (Some("replay"), Some("2024-02-01")));
    // The same files a month later do differ, so the comparison means something.
    assert_ne!(
        forecast(&plain, "2024-03-01").await["forecast"],
        forecast(&changed, "2024-03-01").await["forecast"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_begins_at_the_end_of_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bars.csv");
    std::fs::write(&file, bars(date(2024, 3, 8), 0.0)).expect("a file");
    let start = fortnight::StartArgs { replay: Some(file), now: None, ..args() };
    let fortnight = Fortnight::start_with(start).await;

    let latest = fortnight.predict("stock=AAPL").await.json();

    assert_eq!(
        (latest["as_of"].as_str(), latest["forecast"][0]["date"].as_str()),
        (Some("2024-03-08"), Some("2024-03-11"))
    );
    let page = fortnight.page("/forecast/AAPL/forecast.json").await;
    assert_eq!(page.json()["market"], "replay");
}

/// Real bars, where this checkout has them beside it.
#[tokio::test(flavor = "multi_thread")]
async fn real_prices_of_apple_are_shown_as_they_were() {
    let file = root().join("../shared/market/prices_2010_2024.parquet");
    if !file.exists() {
        return;
    }
    let forecast = forecast(&file, "2024-02-01").await;
    let closes = forecast["history"].as_array().expect("thirty sessions");
    let last = closes.last().expect("a session")["close"].as_f64().expect("a price");
    assert!((last - 186.86).abs() < 0.01, "Apple closed at 186.86 on 1 February 2024, got {last}");
}

/// NVIDIA reported after the close of February 21, 2024; on the 22nd it closed 13% above the close of the 20th.
#[tokio::test(flavor = "multi_thread")]
async fn the_range_of_nvidia_widens_on_the_day_that_reacts_to_its_report() {
    let market = root().join("../shared/market");
    let (prices, reports) = (market.join("prices_2010_2024.parquet"), market.join("report_dates.csv.gz"));
    if !prices.exists() {
        return;
    }
    let now = "2024-02-20T22:30:00Z".parse().expect("a moment");
    let start =
        fortnight::StartArgs { replay: Some(prices), reports: Some(reports), now: Some(now), ..args() };
    let fortnight = Fortnight::start_with(start).await;

    let forecast = fortnight.predict("stock=NVDA").await.json();

    let report = &forecast["report"];
    assert_eq!((report["date"].as_str(), report["session"].as_u64()), (Some("2024-02-21"), Some(2)));
    let price = |session: usize, level: &str| {
        forecast["forecast"][session]["quantiles"][level].as_f64().expect("a price")
    };
    let width = |session| (price(session, "0.95") / price(session, "0.05")).ln();
    assert!(width(1) > 2.0 * width(0), "from {:.3} to {:.3}", width(0), width(1));
    let close = forecast["history"][29]["close"].as_f64().expect("a price");
    assert!(price(1, "0.95") / close > 1.1, "the 90% range reaches beyond 10%");
}

use jiff::civil::date;
use market_sim::{SimConfig, StandInMarket};

use crate::helpers::{answer, chart, client, get};

const BARS: &str = "ticker,date,open,high,low,close,adj_close,volume\n\
    AAPL,2024-03-06,171.06,171.24,168.68,169.12,168.50,68587700\n\
    AAPL,2024-03-07,169.15,170.73,168.49,169.00,168.38,71765100\n\
    AAPL,2024-03-08,169.00,173.70,168.94,170.73,170.10,76114600\n\
    BRK-B,2024-03-08,405.0,408.0,403.0,404.5,404.5,3000000\n";

async fn replayed() -> (tempfile::TempDir, StandInMarket) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bars.csv");
    std::fs::write(&path, BARS).expect("a file");
    let market = StandInMarket::start_with(SimConfig { replay: Some(path), ..SimConfig::default() }).await;
    (folder, market)
}

#[tokio::test]
async fn real_bars_come_out_as_they_went_in() {
    let (_folder, market) = replayed().await;

    let answer = get(&market, &chart("AAPL", "2024-03-01", "2024-03-08")).await.json();

    let result = &answer["chart"]["result"][0];
    assert_eq!(result["indicators"]["quote"][0]["close"], serde_json::json!([169.12, 169.0, 170.73]));
    assert_eq!(result["indicators"]["adjclose"][0]["adjclose"], serde_json::json!([168.5, 168.38, 170.1]));
    assert_eq!(result["meta"]["longName"], "Apple Inc. Common Stock");
    assert_eq!(get(&market, &chart("BRK-B", "2024-03-01", "2024-03-08")).await.status, 200);
    assert_eq!(get(&market, &chart("MSFT", "2024-03-01", "2024-03-08")).await.status, 404);
}

#[tokio::test]
async fn the_clock_starts_when_the_last_day_has_settled() {
    let (_folder, market) = replayed().await;
    let now = market.exchange().clock().now();
    assert_eq!(exchange_calendar::last_settled(now), date(2024, 3, 8));
}

#[tokio::test]
async fn what_the_file_does_not_hold_is_said_as_the_real_hosts_say_it() {
    let (_folder, market) = replayed().await;
    let query = "?s=AAPL.US&from=2024-03-01&to=2024-03-08&api_token=t";
    assert_eq!(get(&market, &format!("/api/sentiments{query}")).await.body, "{}");
    assert_eq!(get(&market, &format!("/api/tweets-sentiments{query}")).await.body, "[]");
}

#[tokio::test]
async fn real_report_dates_are_filed_when_they_are_over_and_announced_when_the_file_states_the_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bars, reports) = (folder.path().join("bars.csv"), folder.path().join("reports.csv"));
    std::fs::write(&bars, BARS).expect("a file");
    let rows = "ticker,date,when,source\nAAPL,2024-02-01,post,calendar\nAAPL,2024-03-14,pre,calendar\n\
        BRK-B,2024-03-14,,sec-8k-item-2.02\n";
    std::fs::write(&reports, rows).expect("a file");
    let config = SimConfig { replay: Some(bars), reports: Some(reports), ..SimConfig::default() };
    let market = StandInMarket::start_with(config).await;

    let filed = answer(
        client()
            .get(format!("{}/submissions/CIK0000320193.json", market.url()))
            .header("user-agent", "jane@example.com"),
    );
    let filings = filed.await.json()["filings"]["recent"].clone();
    let day = get(&market, "/api/calendar/earnings?date=2024-03-14").await.json()["data"]["rows"].clone();

    let filed = filings["items"].as_array().unwrap().iter().zip(filings["filingDate"].as_array().unwrap());
    let results: Vec<_> = filed.filter(|(items, _)| *items == "2.02,9.01").map(|(_, date)| date).collect();
    assert_eq!(results, ["2024-02-01"]);
    assert_eq!((&day[0]["symbol"], &day[0]["time"]), (&"AAPL".into(), &"time-pre-market".into()));
    assert_eq!((&day[1]["symbol"], &day[1]["time"]), (&"BRK.B".into(), &"time-not-supplied".into()));
}

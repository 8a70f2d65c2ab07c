use market_sim::{Fault, RefusingPort, StandInMarket, Upstream};
use serde_json::json;

use crate::helpers::{FRIDAY_NIGHT, answer, chart, client, get, market_at};

const NEWS: &str = "/api/sentiments?s=AAPL.US&from=2026-11-01&to=2026-11-20&api_token=t";

async fn news_with(market: &StandInMarket, fault: Fault) -> (u16, String) {
    market.fail(Upstream::News, fault);
    let answer = get(market, NEWS).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    let market = market_at(FRIDAY_NIGHT).await;
    let truth = get(&market, NEWS).await.body;

    assert_eq!(news_with(&market, Fault::EmptyBody).await, (200, String::new()));
    assert_eq!(news_with(&market, Fault::EmptyArray).await, (200, "[]".to_owned()));
    assert!(news_with(&market, Fault::Html).await.1.starts_with("<!DOCTYPE html>"));
    let (_, truncated) = news_with(&market, Fault::TruncatedJson).await;
    assert!(truth.starts_with(&truncated) && serde_json::from_str::<serde_json::Value>(&truncated).is_err());
    let (status, wrong) = news_with(&market, Fault::WrongTypes).await;
    let wrong: serde_json::Value = serde_json::from_str(&wrong).unwrap();
    assert!(
        status == 200 && wrong["AAPL.US"][0]["count"].is_string() && wrong["AAPL.US"][0]["date"].is_number()
    );
    assert_eq!(news_with(&market, Fault::Drip { bytes: 400, milliseconds: 1 }).await.1, truth);
    assert_eq!(news_with(&market, Fault::Delay { milliseconds: 1 }).await.1, truth);
    assert_eq!(news_with(&market, Fault::HugeBody { mebibytes: 2 }).await.1.len(), 2 * 1024 * 1024 + 2);

    market.recover(Upstream::News);
    assert_eq!(get(&market, NEWS).await.body, truth);
}

#[tokio::test]
async fn errors_carry_the_words_the_upstreams_use() {
    let market = market_at(FRIDAY_NIGHT).await;
    let status = |status| Fault::Status { status, retry_after_seconds: None };

    assert_eq!(news_with(&market, status(401)).await, (401, "Unauthenticated".to_owned()));
    assert!(
        news_with(&market, status(402)).await.1.starts_with("You exceeded your daily API requests limit.")
    );
    market.fail(Upstream::Prices, Fault::Status { status: 429, retry_after_seconds: Some(7) });
    let limited = get(&market, &chart("AAPL", "2026-11-01", "2026-11-20")).await;
    assert_eq!((limited.status, limited.body.as_str()), (429, "Edge: Too Many Requests"));
    assert_eq!(limited.headers["retry-after"], "7");
    market.fail(Upstream::Searches, Fault::Sorry);
    let sorry = get(&market, "/trends/explore").await;
    assert_eq!(sorry.status, 302);
    assert!(sorry.headers["location"].to_str().unwrap().contains("google.com/sorry"));
    market.fail(Upstream::Tweets, Fault::MovedTo { location: "http://127.0.0.1:1/".to_owned() });
    assert_eq!(get(&market, &NEWS.replace("sentiments", "tweets-sentiments")).await.status, 301);
}

#[tokio::test]
async fn connections_break_before_and_within_the_answer() {
    let market = market_at(FRIDAY_NIGHT).await;
    let url = format!("{}{NEWS}", market.url());

    market.fail(Upstream::News, Fault::Reset);
    assert!(client().get(&url).send().await.is_err());
    market.fail(Upstream::News, Fault::BrokenOff);
    let begun = client().get(&url).send().await.unwrap();
    assert!(begun.status().is_success() && begun.bytes().await.is_err());
    let refusing = RefusingPort::take().unwrap();
    assert!(client().get(refusing.url()).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_fault_strikes_its_upstream_alone_and_as_often_as_said() {
    let market = market_at(FRIDAY_NIGHT).await;
    market.faults().set_times(Upstream::News, Fault::Status { status: 500, retry_after_seconds: None }, 1);

    assert_eq!(get(&market, &chart("AAPL", "2026-11-01", "2026-11-20")).await.status, 200);
    assert_eq!(get(&market, NEWS).await.status, 500);
    assert_eq!(get(&market, NEWS).await.status, 200);
}

#[tokio::test]
async fn faults_can_be_set_over_http() {
    let market = market_at(FRIDAY_NIGHT).await;
    let url = format!("{}/faults", market.url());

    let order = json!({ "upstream": "news", "fault": { "kind": "empty_array" } });
    let set = answer(client().post(&url).json(&order)).await;
    assert_eq!((set.status, get(&market, NEWS).await.body.as_str()), (200, "[]"));
    let refused = answer(client().post(&url).json(&json!({ "upstream": "weather" }))).await;
    assert_eq!((refused.status, refused.content_type.as_str()), (422, "application/problem+json"));
    answer(client().delete(&url)).await;
    assert_ne!(get(&market, NEWS).await.body, "[]");
}

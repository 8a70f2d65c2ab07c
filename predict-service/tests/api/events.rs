//! `GET /predict` as server-sent events.

use std::time::Duration;

use forecast_types::{Forecast, Source, SourceReport, SourceStatus};
use market_sim::Fault;
use predict_service::Config;
use problem_details::Body as Problem;

use crate::helpers::{TestApp, config, market, report};

fn events(body: &str) -> Vec<(String, String)> {
    body.split("\n\n")
        .filter(|block| block.contains("data:"))
        .map(|block| {
            let field = |name: &str| {
                block.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
            };
            (field("event:"), field("data:"))
        })
        .collect()
}

#[tokio::test]
async fn each_source_is_reported_as_it_ends_and_then_the_forecast() {
    let market = market().await;
    market.fail(Source::News, Fault::Status { status: 500, retry_after_seconds: None });
    let app = TestApp::spawn(config(&market)).await;

    let answer = app.get_as("/predict?stock=AAPL", "text/event-stream").await;

    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let events = events(&answer.body);
    let of_sources = events.iter().filter(|(name, _)| name == "source");
    let mut reports: Vec<SourceReport> =
        of_sources.map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    reports.sort_by_key(|report| report.source);
    assert_eq!(reports[2].status, SourceStatus::Missing);
    let (name, last) = events.last().unwrap();
    assert_eq!(name, "forecast");
    let forecast: Forecast = serde_json::from_str(last).unwrap();
    assert_eq!(forecast.sources, reports);
}

#[tokio::test]
async fn the_forecast_appears_without_the_sources_that_take_their_time() {
    let market = market().await;
    let app =
        TestApp::spawn(Config { source_deadline: Duration::from_millis(1_500), ..config(&market) }).await;
    market.fail(Source::Searches, Fault::Delay { milliseconds: 20_000 });

    let (answer, json) =
        tokio::join!(app.get_as("/predict?stock=AAPL", "text/event-stream"), app.predict("AAPL"),);

    let events = events(&answer.body);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
    assert_eq!(names.iter().filter(|name| **name == "preliminary").count(), 1, "{names:?}");
    let last_source = names.iter().rposition(|name| *name == "source").unwrap();
    assert!(place("preliminary") < last_source, "searches end after it: {names:?}");
    assert_eq!(place("forecast"), names.len() - 1);
    let preliminary: Forecast = serde_json::from_str(&events[place("preliminary")].1).unwrap();
    let last: Forecast = serde_json::from_str(&events.last().unwrap().1).unwrap();
    let detail = |forecast: &Forecast| report(forecast, Source::Searches).detail.clone();
    assert_eq!(detail(&preliminary).as_deref(), Some("Google Trends: no answer yet"));
    assert_eq!(detail(&last).as_deref(), Some("Google Trends: no answer in time"));
    assert_eq!((preliminary.as_of, preliminary.forecast.len()), (last.as_of, 14));
    assert_eq!(json.forecast(), last, "JSON waits for the last word");
}

#[tokio::test]
async fn without_prices_the_last_event_is_the_problem() {
    let market = market().await;
    market.fail(Source::Prices, Fault::Html);
    let app = TestApp::spawn(config(&market)).await;
    for (path, slug) in
        [("/predict?stock=AAPL", "prices-unavailable"), ("/predict?stock=NOSUCH", "unknown-stock")]
    {
        let answer = app.get_as(path, "text/html, text/event-stream;q=0.9").await;
        let events = events(&answer.body);
        let (name, data) = events.last().unwrap();
        assert_eq!(name, "problem");
        let problem: Problem = serde_json::from_str(data).unwrap();
        assert_eq!(problem.slug(), Some(slug));
        assert_eq!(problem.request_id.as_deref(), answer.headers["x-request-id"].to_str().ok());
    }
}

#[tokio::test]
async fn a_cached_forecast_serves_both_forms() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    let made = app.predict("AAPL").await.forecast();

    let json = app.predict("AAPL").await;
    let stream = app.get_as("/predict?stock=AAPL", "text/event-stream").await;

    let sent = events(&stream.body);
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["source", "source", "source", "source", "source", "forecast"]);
    assert_eq!(sent[5].1, json.body, "both forms are written from the same answer");
    assert_eq!(json.forecast().generated_at, made.generated_at);
    let length = stream.headers["content-length"].to_str().unwrap();
    assert_eq!(length, stream.body.len().to_string(), "a cached stream is one body");
    assert_eq!(market.received().count(Source::Prices), 1);
}

#[tokio::test]
async fn json_and_events_share_one_piece_of_work() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    let (stream, json) = tokio::join!(
        app.get_as("/predict?stock=AAPL", "text/event-stream"),
        app.get_as("/predict?stock=AAPL", "application/json"),
    );

    let sent: Forecast = serde_json::from_str(&events(&stream.body).last().unwrap().1).unwrap();
    assert_eq!(sent.generated_at, json.forecast().generated_at);
    assert_eq!(market.received().count(Source::Prices), 1);
}

#[tokio::test]
async fn a_cached_failure_is_reported_with_the_id_of_each_request() {
    let market = market().await;
    market.fail(Source::Prices, Fault::Html);
    let app = TestApp::spawn(config(&market)).await;
    for _ in 0..2 {
        let answer = app.get_as("/predict?stock=AAPL", "text/event-stream").await;
        let (name, data) = events(&answer.body).pop().unwrap();
        let problem: Problem = serde_json::from_str(&data).unwrap();
        assert_eq!((name.as_str(), problem.slug()), ("problem", Some("prices-unavailable")));
        assert_eq!(problem.request_id.as_deref(), answer.headers["x-request-id"].to_str().ok());
    }
    assert_eq!(market.received().count(Source::Prices), 1);
}

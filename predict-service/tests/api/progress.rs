//! `GET /predict` as server-sent events.

use forecast_types::{Forecast, Source, SourceReport, SourceStatus};
use market_sim::Fault;
use problem_details::Body as Problem;

use crate::helpers::{TestApp, config, market};

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
async fn each_source_is_told_as_it_ends_and_then_the_forecast() {
    let market = market().await;
    market.fail(Source::News, Fault::Status { status: 500, retry_after_seconds: None });
    let app = TestApp::spawn(config(&market)).await;

    let answer = app.get_as("/predict?stock=AAPL", "text/event-stream").await;

    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let events = events(&answer.body);
    assert_eq!(events.len(), 5, "{}", answer.body);
    let mut told: Vec<SourceReport> = events[..4]
        .iter()
        .map(|(name, data)| {
            assert_eq!(name, "source");
            serde_json::from_str(data).unwrap()
        })
        .collect();
    told.sort_by_key(|report| report.source);
    assert_eq!(told[2].status, SourceStatus::Missing);
    assert_eq!(events[4].0, "forecast");
    let forecast: Forecast = serde_json::from_str(&events[4].1).unwrap();
    assert_eq!(forecast.sources, told);
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

//! `GET /track-record`.

use forecast_types::{Source, TrackRecord};
use market_sim::Fault;

use crate::helpers::{TestApp, config, market};

#[tokio::test]
async fn past_forecasts_are_compared_with_what_happened() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    let answer = app.get("/track-record?stock=AAPL").await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    let record: TrackRecord = serde_json::from_str(&answer.body).unwrap();
    assert!((100..=160).contains(&record.forecasts), "one a week over three years: {}", record.forecasts);
    assert!(record.first > record.model.trained_through && record.last < record.as_of);
    assert_eq!(record.by_horizon.len(), 14);
    assert!(record.error.model > 0.0 && record.error.no_change > 0.0 && record.score_ratio > 0.0);
    let levels: Vec<_> = record.coverage.iter().map(|held| held.coverage.level).collect();
    assert_eq!(levels, [0.5, 0.8, 0.9]);
    for held in &record.coverage {
        assert!(held.between.0 <= held.coverage.held && held.coverage.held <= held.between.1);
        assert_eq!(held.coverage.outcomes, u64::from(record.forecasts) * 14);
    }
    let past = record.past.unwrap();
    assert_eq!(past.as_of, record.last);
    assert_eq!((past.forecast.len(), past.outcome.len()), (14, 15));
    assert_eq!(past.outcome[0].date, past.as_of);
    assert_eq!(past.outcome[14].date, record.as_of);
    assert!(past.forecast.iter().zip(&past.outcome[1..]).all(|(session, bar)| session.date == bar.date));

    let split = record.by_report.unwrap();
    let (with, without) = (split.with_report, split.without_report);
    // Some of the oldest may be from before the reports that are known.
    let counted = with.forecasts + without.forecasts;
    assert!((120..=record.forecasts).contains(&counted), "{counted} of {}", record.forecasts);
    for part in [with, without] {
        assert!(part.forecasts > 20, "{part:?}");
        assert_eq!(part.held.unwrap().coverage.outcomes, u64::from(part.forecasts) * 14);
    }

    app.get("/track-record?stock=AAPL").await;
    assert_eq!(market.received().count(Source::Prices), 1, "it is cached");
    assert_eq!(market.received().count(Source::News), 0);
}

#[tokio::test]
async fn without_report_dates_a_record_is_whole_but_not_split() {
    let market = market().await;
    market.fail(Source::Reports, Fault::Html);
    let app = TestApp::spawn(config(&market)).await;

    let answer = app.get("/track-record?stock=AAPL").await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    let record: TrackRecord = serde_json::from_str(&answer.body).unwrap();
    assert!(record.forecasts >= 100 && record.coverage.len() == 3);
    assert_eq!(record.by_report, None);
}

#[tokio::test]
async fn a_record_needs_a_listed_stock_and_prices() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    let unknown = app.get("/track-record?stock=NOSUCH").await.problem();
    assert_eq!((unknown.status, unknown.slug()), (404, Some("unknown-stock")));

    market.fail(Source::Prices, Fault::EmptyBody);
    let failed = app.get("/track-record?stock=MSFT").await.problem();
    assert_eq!((failed.status, failed.slug()), (502, Some("prices-unavailable")));
}

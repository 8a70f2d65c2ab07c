//! When the company reports next: in the forecast, known or estimated as of its day.

use forecast_types::{Forecast, Report, ReportBasis, Source, SourceStatus};

use market_sim::StandInMarket;
use predict_service::Config;

use crate::helpers::{TestApp, config, market_at, report};

/// Friday evening before the first week in which companies report.
const BEFORE_THE_SEASON: &str = "2026-10-02T22:00:00Z";

const STOCKS: [&str; 12] =
    ["AAPL", "MSFT", "NVDA", "AMZN", "JPM", "KO", "PFE", "XOM", "WMT", "DIS", "NKE", "MCD"];

async fn market() -> StandInMarket {
    market_at(BEFORE_THE_SEASON).await
}

fn config_at(market: &StandInMarket) -> Config {
    Config { now: Some(BEFORE_THE_SEASON.parse().unwrap()), ..config(market) }
}

/// Returns the first of the forecasts whose report is wanted.
async fn first(app: &TestApp, as_of: &str, wanted: impl Fn(&Report) -> bool) -> Option<Forecast> {
    for stock in STOCKS {
        let forecast = app.get(&format!("/predict?stock={stock}{as_of}")).await.forecast();
        assert_eq!(report(&forecast, Source::Reports).status, SourceStatus::Ok, "{stock}");
        if forecast.report.as_ref().is_some_and(&wanted) {
            return Some(forecast);
        }
    }
    None
}

#[tokio::test]
async fn a_forecast_says_when_the_company_reports() {
    let market = market().await;
    let app = TestApp::spawn(config_at(&market)).await;

    let forecast = first(&app, "", |report| report.session.is_some()).await.unwrap();

    let coming = forecast.report.unwrap();
    assert!(coming.date >= forecast.as_of && coming.date <= forecast.forecast[13].date, "{coming:?}");
    assert_eq!(coming.spread_sessions.is_some(), coming.basis == ReportBasis::Estimated);
    let source = report(&forecast, Source::Reports);
    assert!(source.days >= 8 && source.last.is_some_and(|last| last <= forecast.as_of), "{source:?}");
}

#[tokio::test]
async fn a_forecast_of_the_past_knows_no_date_that_was_announced_later() {
    let market = market().await;
    let app = TestApp::spawn(config_at(&market)).await;
    let known = first(&app, "", |report| report.basis == ReportBasis::Announced).await;
    assert!(known.is_some(), "the calendar names some of them");

    let before = market.received().count(Source::Reports);
    let past = first(&app, "&as_of=2026-07-01", |report| report.basis == ReportBasis::Announced).await;

    assert_eq!(past.map(|forecast| forecast.report), None);
    let estimated = app.get("/predict?stock=AAPL&as_of=2026-07-01").await.forecast();
    let coming = estimated.report.unwrap();
    assert_eq!(coming.basis, ReportBasis::Estimated);
    assert!(coming.date > estimated.as_of.saturating_sub(jiff::ToSpan::days(14)), "{coming:?}");
    let source = report(&estimated, Source::Reports);
    assert!(source.last.is_some_and(|last| last <= estimated.as_of), "{source:?}");
    let after = market.received().count(Source::Reports);
    assert!(after - before <= STOCKS.len() as u64, "one answer serves all days: {before} to {after}");
}

#[tokio::test]
async fn without_a_contact_reports_are_missing_and_nothing_is_asked() {
    let market = market().await;
    let mut config = config_at(&market);
    config.upstreams.edgar_contact = None;
    let app = TestApp::spawn(config).await;

    let forecast = app.predict("AAPL").await.forecast();

    let source = report(&forecast, Source::Reports);
    assert_eq!(source.status, SourceStatus::Missing);
    assert!(source.detail.as_ref().unwrap().contains("set EDGAR_CONTACT"), "{source:?}");
    assert_eq!((forecast.report, market.received().count(Source::Reports)), (None, 0));
}

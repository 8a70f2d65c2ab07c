//! Identical requests share their work; budgets hold.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use forecast_types::{Source, SourceStatus};
use futures_util::future::join_all;
use market_sim::{Fault, StandInMarket};
use predict_service::{AppState, Config, router};
use service_runtime::health::Readiness;
use stock_list::StockList;
use tower::ServiceExt as _;

use crate::helpers::{TestApp, config, market, report, repository};

fn asked(market: &StandInMarket) -> [u64; 5] {
    Source::ALL.map(|source| market.received().count(source))
}

/// Sends all requests at the same moment, without sockets in between.
async fn ask_at_once(market: &StandInMarket, stocks: impl Iterator<Item = String>) -> usize {
    let config = Config { max_forecasts_in_progress: 200, ..config(market) };
    let router = router(AppState::build(&config).unwrap(), &config, Readiness::ready());
    let answers = stocks.map(|stock| {
        let request = Request::get(format!("/predict?stock={stock}")).body(Body::empty()).unwrap();
        tokio::spawn(router.clone().oneshot(request))
    });
    let answers = join_all(answers.collect::<Vec<_>>()).await;
    answers
        .into_iter()
        .filter(|answer| answer.as_ref().unwrap().as_ref().unwrap().status().is_success())
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_simultaneous_requests_for_one_stock_cause_one_upstream_request_a_source() {
    let market = market().await;

    let answered = ask_at_once(&market, std::iter::repeat_n("AAPL".to_owned(), 1_000)).await;

    assert_eq!(answered, 1_000);
    // Google Trends takes three steps: cookie, token, data.
    assert_eq!(asked(&market), [1, 1, 1, 3, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_stocks_cause_two_hundred() {
    let market = market().await;
    let list = StockList::load(&repository().join("data/stocks.csv")).unwrap();
    let symbols: Vec<_> = list.iter().take(200).map(|listing| listing.symbol.to_string()).collect();
    assert_eq!(symbols.len(), 200);

    let answered =
        ask_at_once(&market, symbols.iter().flat_map(|symbol| [symbol.clone(), symbol.clone()])).await;

    assert_eq!(answered, 400);
    // One cookie serves all.
    let [prices, tweets, news, searches, reports] = asked(&market);
    assert_eq!([prices, tweets, news, searches], [200, 200, 200, 401]);
    // One for each company, and one for each day of the calendar that shows who reports.
    assert!((200..240).contains(&reports), "{reports}");
}

#[tokio::test]
async fn beyond_the_limit_of_forecasts_in_progress_a_request_is_refused_at_once_and_asks_nothing() {
    let market = market().await;
    let app = Arc::new(TestApp::spawn(Config { max_forecasts_in_progress: 1, ..config(&market) }).await);
    app.predict("KO").await.forecast();
    app.predict("PFE").await.forecast();
    market.fail(Source::News, Fault::Delay { milliseconds: 600_000 });
    tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.predict("AAPL").await }
    });
    while market.received().count(Source::Searches) < 7 || market.received().count(Source::News) < 3 {
        tokio::task::yield_now().await;
    }
    let before = market.received().count(Source::Prices);

    let refused = app.predict("MSFT").await;

    let problem = refused.problem();
    assert_eq!((problem.status, problem.slug()), (503, Some("overloaded")));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!((before, market.received().count(Source::Prices)), (3, 3));
    app.predict("KO").await.forecast();
}

#[tokio::test]
async fn a_second_request_is_answered_from_memory_for_any_history() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    app.predict("AAPL").await.forecast();
    let before = asked(&market);

    let again = app.predict("AAPL").await.forecast();
    let longer = app.get("/predict?stock=AAPL&history=100").await.forecast();

    assert_eq!(asked(&market), before);
    assert!(again.sources.iter().chain(&longer.sources).all(|report| report.elapsed_ms == 0));
}

#[tokio::test]
async fn a_failure_is_cached_for_a_while() {
    let market = market().await;
    market.fail(Source::Prices, Fault::Html);
    let app = TestApp::spawn(config(&market)).await;

    for _ in 0..5 {
        assert_eq!(app.predict("AAPL").await.problem().slug(), Some("prices-unavailable"));
    }

    assert_eq!(market.received().count(Source::Prices), 1);
}

#[tokio::test]
async fn a_429_for_one_stock_does_not_lock_out_those_in_the_cache() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    app.predict("KO").await.forecast();
    market.fail(Source::Prices, Fault::Status { status: 429, retry_after_seconds: Some(600) });

    let refused = app.predict("AAPL").await.problem();

    assert_eq!((refused.status, refused.slug()), (503, Some("prices-rate-limited")));
    app.predict("KO").await.forecast();
    let other = app.get("/predict?stock=KO&history=90").await.forecast();
    assert_eq!((other.history.len(), report(&other, Source::Prices).status), (90, SourceStatus::Ok));
}

#[tokio::test]
async fn the_budget_for_yahoo_refuses_what_it_cannot_grant_in_time() {
    let market = market().await;
    let mut config = config(&market);
    config.upstreams.yahoo_rate_per_second = 1;
    config.source_deadline = Duration::from_millis(500);
    let app = Arc::new(TestApp::spawn(config).await);
    let stocks = ["AAPL", "MSFT", "NVDA", "AMZN", "JPM", "KO", "PFE", "XOM"];

    let answers = join_all(stocks.map(|stock| {
        let app = Arc::clone(&app);
        async move { app.predict(stock).await }
    }))
    .await;

    // On a busy machine, a request that was granted may be late, which is another answer (504).
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status.as_u16() == 503).collect();
    assert_eq!(u64::try_from(stocks.len() - refused.len()).unwrap(), market.received().count(Source::Prices));
    assert!(!refused.is_empty(), "a burst of five is granted, one of eight is not");
    for answer in refused {
        let problem = answer.problem();
        assert_eq!(problem.slug(), Some("prices-rate-limited"));
        assert!(answer.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn a_spent_daily_budget_is_reported_and_costs_no_request() {
    let market = market().await;
    let mut config = config(&market);
    config.upstreams.eodhd_calls_per_day = 20;
    let app = TestApp::spawn(config).await;

    app.predict("AAPL").await.forecast();
    let second = app.predict("MSFT").await.forecast();

    for source in [Source::Tweets, Source::News] {
        let report = report(&second, source);
        assert_eq!(report.status, SourceStatus::Missing);
        assert_eq!(report.detail.as_deref(), Some("EODHD: daily call budget spent, resets at 00:00 UTC"));
        assert_eq!(market.received().count(source), 1);
    }
}

//! The contract of `GET /predict`.

use exchange_calendar::next_sessions;
use feature_sources::ProviderList;
use forecast_types::{Market, Source, SourceStatus};
use jiff::civil::date;
use market_sim::{Fault, SimConfig, StandInMarket};
use predict_service::Config;

use crate::helpers::{FRIDAY_EVENING, TestApp, config, market, report, repository};
use crate::logged;

#[tokio::test]
async fn a_stock_gets_its_next_fourteen_sessions() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    let answer = app.predict("aapl").await;
    let forecast = answer.forecast();

    assert_eq!((forecast.stock.symbol.as_str(), forecast.stock.currency.as_str()), ("AAPL", "USD"));
    assert!(forecast.stock.name.contains("Apple"));
    assert_eq!((forecast.market, forecast.as_of), (Market::Simulated, date(2026, 11, 20)));
    assert_eq!(forecast.history.len(), 30);
    assert_eq!(forecast.history.last().unwrap().date, date(2026, 11, 20));
    let dates: Vec<_> = forecast.forecast.iter().map(|session| session.date).collect();
    assert_eq!(dates, next_sessions(date(2026, 11, 20), 14));
    assert_eq!(forecast.sources.iter().map(|report| report.source).collect::<Vec<_>>(), Source::ALL);
    for report in &forecast.sources {
        assert_eq!((report.status, &report.detail), (SourceStatus::Ok, &None), "{}", report.source);
        assert!(report.days > 0 && report.last.is_some_and(|last| last <= date(2026, 11, 20)));
    }
    assert_eq!(forecast.features.len(), 30);
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[tokio::test]
async fn names_spellings_and_lengths_are_understood() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;

    assert_eq!(app.predict("brk%2Fb").await.forecast().stock.symbol.as_str(), "BRK.B");
    let name = app.predict("msft").await.forecast().stock.name;
    let by_name = app.get(&format!("/predict?history=250&stock={}", name.replace(' ', "+"))).await.forecast();
    assert_eq!(by_name.stock.symbol.as_str(), "MSFT");
    assert_eq!(by_name.history.len(), 250);
    assert_eq!(app.get("/predict?stock=MSFT&history=7").await.forecast().history.len(), 7);
}

#[tokio::test]
async fn a_fund_is_forecast_where_the_list_calls_it_one() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("stocks.csv");
    std::fs::write(&list, "symbol,name,exchange,sector\nSPY,Spy Optics Inc. Common Stock,NYSE,Technology\n")
        .unwrap();
    let app = TestApp::spawn(config(&market)).await;
    let other = TestApp::spawn(Config { stocks_csv: list, ..config(&market) }).await;

    let forecast = app.predict("SPY").await.forecast();
    let refused = other.predict("SPY").await.problem();

    let prices = report(&forecast, Source::Prices);
    assert_eq!(prices.status, SourceStatus::Ok);
    assert!(prices.detail.as_ref().unwrap().contains("trained on stocks only"), "{prices:?}");
    assert_eq!((refused.status, refused.slug()), (422, Some("not-a-stock")));
}

#[tokio::test]
async fn bad_input_is_a_clear_problem_and_never_reaches_an_upstream() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    let long = "A".repeat(10_000);
    let long = format!("/predict?stock={long}");
    for (path, status, slug) in [
        ("/predict", 422, "bad-input"),
        ("/predict?stock=", 422, "bad-input"),
        ("/predict?stock=NOSUCH", 404, "unknown-stock"),
        ("/predict?stock=..%2F..%2Fetc%2Fpasswd", 404, "unknown-stock"),
        ("/predict?stock=%252e%252e%252fAAPL", 404, "unknown-stock"),
        ("/predict?stock=AAPL%3Frange%3Dmax", 404, "unknown-stock"),
        ("/predict?stock=AAPL%23", 404, "unknown-stock"),
        ("/predict?stock=AAPL%00", 404, "unknown-stock"),
        ("/predict?stock=%EF%BC%A1%EF%BC%A1%EF%BC%B0%EF%BC%AC", 404, "unknown-stock"),
        ("/predict?stock=%FF%FE", 404, "unknown-stock"),
        (long.as_str(), 404, "unknown-stock"),
        ("/predict?stock=AAPL&stock=MSFT", 422, "bad-input"),
        ("/predict?stock=AAPL&as_of=2026-11-21", 422, "bad-input"),
        ("/predict?stock=AAPL&as_of=1990-01-02", 422, "bad-input"),
        ("/predict?stock=AAPL&as_of=soon", 422, "bad-input"),
        ("/predict?stock=AAPL&as_of=2024-02-30", 422, "bad-input"),
        ("/predict?stock=AAPL&history=6", 422, "bad-input"),
        ("/predict?stock=AAPL&history=251", 422, "bad-input"),
        ("/nowhere", 404, "not-found"),
    ] {
        let problem = app.get(path).await.problem();
        assert_eq!((problem.status, problem.slug()), (status, Some(slug)), "{path:.60}: {problem:?}");
        assert!(problem.detail.as_ref().is_some_and(|detail| detail.len() < 500), "{path:.60}");
    }
    for source in Source::ALL {
        assert_eq!(market.received().count(source), 0, "{source}");
    }
}

#[tokio::test]
async fn an_unknown_name_is_answered_with_suggestions() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    let problem = app.predict("microsft").await.problem();
    assert!(problem.detail.unwrap().contains("MSFT"));
}

#[tokio::test]
async fn a_stock_with_twelve_sessions_is_refused_with_the_count_it_has() {
    let market = StandInMarket::start_with(SimConfig {
        now: Some(FRIDAY_EVENING.parse().unwrap()),
        new_listings: vec!["ABNB=12".parse().unwrap()],
        stocks_csv: Some(repository().join("data/stocks.csv")),
        ..SimConfig::default()
    })
    .await;
    let app = TestApp::spawn(config(&market)).await;

    let problem = app.predict("ABNB").await.problem();

    assert_eq!((problem.status, problem.slug()), (422, Some("too-little-history")));
    let detail = problem.detail.unwrap();
    assert!(detail.contains("ABNB has 12 settled sessions") && detail.contains("30 are needed"), "{detail}");

    let earlier = app.get("/predict?stock=ABNB&as_of=2024-02-01").await.problem();
    assert_eq!((earlier.status, earlier.slug()), (422, Some("before-listing")), "{earlier:?}");
}

#[tokio::test]
async fn nothing_after_as_of_changes_a_forecast() {
    let (early, late) = (market().await, market().await);
    let at = |market: &StandInMarket, now: &str| Config { now: Some(now.parse().unwrap()), ..config(market) };
    let on_the_day = TestApp::spawn(at(&early, "2026-08-14T21:00:00Z")).await;
    let months_later = TestApp::spawn(at(&late, FRIDAY_EVENING)).await;

    let path = "/predict?stock=AAPL&as_of=2026-08-14";
    let (then, now) = (on_the_day.get(path).await.forecast(), months_later.get(path).await.forecast());

    assert_eq!(then.as_of, date(2026, 8, 14));
    assert_eq!((then.forecast, then.features, then.history), (now.forecast, now.features, now.history));
    for source in [&early, &late] {
        for asked in source.received().all() {
            let query = format!("{}{}", asked.path, asked.query);
            assert!(!query.contains("2026-08-15") && !query.contains("2026-09"), "{query}");
        }
    }
}

#[tokio::test]
async fn a_session_in_progress_is_shown_but_not_read_by_the_model() {
    let noon = "2026-11-20T17:00:00Z";
    let market = crate::helpers::market_at(noon).await;
    let app = TestApp::spawn(Config { now: Some(noon.parse().unwrap()), ..config(&market) }).await;

    let forecast = app.predict("AAPL").await.forecast();

    assert_eq!(forecast.as_of, date(2026, 11, 19));
    assert_eq!(forecast.history.last().unwrap().date, date(2026, 11, 19));
    assert_eq!(forecast.moving.unwrap().date, date(2026, 11, 20));
    assert_eq!(forecast.forecast[0].date, date(2026, 11, 20));
}

#[tokio::test]
async fn without_a_token_tweets_and_news_are_missing_and_say_why() {
    let market = market().await;
    let mut config = config(&market);
    config.upstreams.eodhd_api_token = None;
    let app = TestApp::spawn(config).await;

    let forecast = app.predict("AAPL").await.forecast();

    for source in [Source::Tweets, Source::News] {
        let report = report(&forecast, source);
        assert_eq!(report.status, SourceStatus::Missing);
        assert_eq!(report.detail.as_deref(), Some("EODHD: no token set"));
    }
    assert!(forecast.features.iter().all(|day| day.news_count.is_none() && day.tweet_count.is_none()));
    assert_eq!(market.received().count(Source::News), 0);
}

#[tokio::test]
async fn tweets_are_missing_and_cost_no_call_unless_they_are_turned_on() {
    let market = market().await;
    let mut config = config(&market);
    config.upstreams.tweets = ProviderList::NONE;
    config.upstreams.eodhd_calls_per_day = 20;
    let app = TestApp::spawn(config).await;

    for stock in ["AAPL", "MSFT"] {
        let forecast = app.predict(stock).await.forecast();

        let tweets = report(&forecast, Source::Tweets);
        assert_eq!(tweets.status, SourceStatus::Missing);
        let detail = tweets.detail.as_deref().unwrap();
        assert_eq!(detail, "tweets are off; TWEETS=eodhd,apewisdom turns them on");
        assert_eq!(
            report(&forecast, Source::News).status,
            SourceStatus::Ok,
            "20 calls are enough for two stocks"
        );
    }
    assert_eq!(market.received().count(Source::Tweets), 0);
}

#[tokio::test]
async fn a_refusal_of_the_price_source_says_how_long_and_is_not_repeated() {
    let page = |status| Fault::Answer {
        status,
        content_type: "text/html".to_owned(),
        body: "<html>Unable to process request at this time</html>".to_owned(),
    };
    let limited = Fault::Status { status: 429, retry_after_seconds: Some(86_400) };
    for (fault, slug, seconds) in [
        (page(999), "prices-rate-limited", 60),
        (limited, "prices-rate-limited", 86_400),
        (page(401), "prices-unavailable", 60),
        (Fault::Sorry, "prices-unavailable", 1_800),
    ] {
        let market = market().await;
        market.fail(Source::Prices, fault.clone());
        let app = TestApp::spawn(config(&market)).await;

        for stock in ["AAPL", "MSFT", "KO"] {
            let problem = app.predict(stock).await.problem();
            assert_eq!((problem.status, problem.slug()), (503, Some(slug)), "{fault:?}");
            let wait = problem.retry_after_seconds.unwrap();
            assert!((seconds - 30..=seconds).contains(&wait), "{fault:?}: {wait}");
        }
        assert_eq!(market.received().count(Source::Prices), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_upstreams_failure_is_logged_as_a_warning() {
    logged::begin();
    let market = market().await;
    market.fail(Source::Prices, Fault::Html);
    market.fail(Source::News, Fault::Reset);
    let app = TestApp::spawn(config(&market)).await;

    app.predict("AAPL").await.problem();

    let lines = logged::lines();
    let warned = |words: &str| lines.iter().any(|line| line.contains(" WARN ") && line.contains(words));
    assert!(warned("source failed") && warned("request failed"), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains(" ERROR ")), "{lines:#?}");
}

#[tokio::test]
async fn the_description_the_docs_and_the_probes_answer() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    for (path, kind) in [
        ("/openapi.json", "application/json"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/try.js", "text/javascript; charset=utf-8"),
        ("/docs/style.css", "text/css; charset=utf-8"),
        ("/health", "text/plain; charset=utf-8"),
        ("/ready", "text/plain; charset=utf-8"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["content-type"]),
            (200, &kind.parse().unwrap()),
            "{path}"
        );
    }
    assert!(
        app.get("/docs").await.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
}

#[tokio::test]
async fn prices_that_ended_months_ago_make_no_forecast() {
    let market = crate::helpers::market_at("2026-08-14T21:00:00Z").await;
    // The service's own clock says November.
    let app = TestApp::spawn(config(&market)).await;

    let problem = app.predict("AAPL").await.problem();

    assert_eq!((problem.status, problem.slug()), (404, Some("no-prices")), "{problem:?}");
    assert!(problem.detail.unwrap().contains("no prices since 2026-08-14"));
}

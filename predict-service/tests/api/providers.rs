//! Sources with several providers: the first that answers wins, and what the model was not trained on is only shown.

use std::fmt::Write as _;
use std::time::Duration;

use exchange_calendar::{last_settled, sessions_back, sessions_between};
use feature_sources::{Provider, ProviderList};
use forecast_types::{Forecast, Market, Source, SourceStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use market_sim::{Fault, SimConfig, StandInMarket, Upstream};
use predict_service::{Config, Upstreams};
use stock_list::StockList;

use crate::helpers::{FRIDAY_EVENING, TestApp, config, market, report, repository};

/// Both choices for news and searches, as without settings.
fn by_default(market: &StandInMarket) -> Config {
    let mut config = config(market);
    config.upstreams.tweets = ProviderList::NONE;
    config.upstreams.news = ProviderList::all(Source::News);
    config.upstreams.searches = ProviderList::all(Source::Searches);
    config
}

/// Providers whose numbers are only shown, alone.
fn shown_only(market: &StandInMarket) -> Config {
    let mut config = config(market);
    config.upstreams.tweets = ProviderList::only(Provider::Apewisdom);
    config.upstreams.news = ProviderList::only(Provider::SecFilings);
    config.upstreams.searches = ProviderList::only(Provider::Wikipedia);
    config
}

/// The last session of the bars replayed.
const LAST: &str = "2024-03-08";
const LAST_EVENING: &str = "2024-03-08T22:30:00Z";
const LARGEST: usize = 500;

/// A year of bars of the largest stocks.
fn bars(stocks: &StockList) -> String {
    let last: Date = LAST.parse().unwrap();
    let days = sessions_between(sessions_back(last, 320), last);
    let mut file = "ticker,date,open,high,low,close,adj_close,volume\n".to_owned();
    for (number, listing) in stocks.iter().take(LARGEST).enumerate() {
        for (at, day) in days.iter().enumerate() {
            let close = 40.0 + ((at * (number + 3)) as f64 * 0.37).sin() * 2.0;
            let (high, low) = (close + 0.5, close - 0.5);
            let volume = 400_000 + 1_000 * ((at * 7 + number) % 97);
            writeln!(file, "{},{day},{close},{high},{low},{close},{close},{volume}", listing.symbol).unwrap();
        }
    }
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_replay_without_a_key_three_of_four_sources_answer_for_the_largest_stocks() {
    let stocks = StockList::load(&repository().join("data/stocks.csv")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let replay = folder.path().join("bars.csv");
    std::fs::write(&replay, bars(&stocks)).unwrap();
    let stocks_csv = repository().join("data/stocks.csv");
    let sim = SimConfig { replay: Some(replay), stocks_csv: Some(stocks_csv), ..SimConfig::default() };
    let market = StandInMarket::start_with(sim).await;
    let mut config = config(&market);
    config.market = Market::Replay;
    config.now = Some(LAST_EVENING.parse().unwrap());
    // As without settings; only the hosts are the stand-in's.
    let defaults = Upstreams::default();
    config.upstreams.eodhd_api_token = None;
    config.upstreams.tweets = defaults.tweets;
    config.upstreams.news = defaults.news;
    config.upstreams.searches = defaults.searches;
    let app = TestApp::spawn(config).await;

    let four = [Source::Prices, Source::Tweets, Source::News, Source::Searches];
    let mut enough = 0;
    for listing in stocks.iter().take(LARGEST) {
        let forecast = app.predict(listing.symbol.as_str()).await.forecast();
        let is_ok = |&&source: &&Source| report(&forecast, source).status == SourceStatus::Ok;
        enough += usize::from(four.iter().filter(is_ok).count() >= 3);
    }

    assert!(enough * 100 >= LARGEST * 95, "{enough} of {LARGEST}");
}

#[tokio::test]
async fn what_is_only_shown_is_in_the_answer_but_not_in_the_forecast() {
    let market = market().await;
    let app = TestApp::spawn(shown_only(&market)).await;
    let mut without = config(&market);
    without.upstreams.tweets = ProviderList::NONE;
    without.upstreams.news = ProviderList::NONE;
    without.upstreams.searches = ProviderList::NONE;
    let without = TestApp::spawn(without).await;

    let shown = app.predict("AAPL").await.forecast();
    let without = without.predict("AAPL").await.forecast();

    assert_eq!((&shown.forecast, &shown.features), (&without.forecast, &without.features));
    let named: Vec<_> = shown.shown.iter().map(|s| (s.source, &*s.provider, &*s.unit)).collect();
    assert_eq!(
        named,
        [
            (Source::Tweets, "ApeWisdom", "mentions"),
            (Source::News, "SEC filings", "filings"),
            (Source::Searches, "Wikipedia", "pageviews"),
        ]
    );
    for (source, provider, status) in [
        (Source::Tweets, "ApeWisdom", SourceStatus::Partial),
        (Source::News, "SEC filings", SourceStatus::Ok),
        (Source::Searches, "Wikipedia", SourceStatus::Ok),
    ] {
        let report = report(&shown, source);
        assert_eq!((&*report.provider, report.status, report.used), (provider, status, false));
    }
    assert_eq!(shown.shown[1].days.len(), 30, "a day without filings is known to have none");
    assert!(shown.shown[1].days.iter().any(|day| day.value > 0.0));
    assert_eq!(without.shown, []);
    let table = forecast_types::table::csv([(&shown, &shown.history[..])]);
    let newest = table.lines().find(|line| line.contains(",0,2026-11-20,")).unwrap();
    let columns: Vec<&str> = newest.rsplit(',').take(3).collect();
    assert!(columns[0].is_empty() && !columns[1].is_empty() && !columns[2].is_empty(), "{newest}");
    let off = report(&without, Source::News);
    assert_eq!((&*off.provider, off.used), ("", false));
    assert_eq!(off.detail.as_deref(), Some("news is off; NEWS=eodhd,sec-filings turns it on"));
}

#[tokio::test]
async fn a_forecast_of_the_past_is_shown_nothing_that_was_not_known_then() {
    let market = market().await;
    let app = TestApp::spawn(shown_only(&market)).await;
    let now = app.predict("AAPL").await.forecast();
    let then = app.get("/predict?stock=AAPL&as_of=2026-10-30").await.forecast();

    let days = |forecast: &Forecast, source| {
        let series = forecast.shown.iter().find(|series| series.source == source);
        series.map_or_else(Vec::new, |series| series.days.clone())
    };
    for (source, last) in [(Source::News, "2026-10-30"), (Source::Searches, "2026-10-28")] {
        let (then, now) = (days(&then, source), days(&now, source));
        assert_eq!(then.last().unwrap().date, last.parse().unwrap(), "{source}");
        let same = then.iter().filter(|day| now.contains(day)).count();
        let both = then.iter().filter(|day| now.iter().any(|other| other.date == day.date)).count();
        assert!(both > 5 && same == both, "{source}: {same} of {both} days have the same value");
    }
    assert_eq!(days(&then, Source::Tweets), [], "ApeWisdom has no history");
    assert_eq!(report(&then, Source::Tweets).status, SourceStatus::Missing);
    assert!(last_settled(FRIDAY_EVENING.parse::<Timestamp>().unwrap()) > "2026-10-30".parse().unwrap());
}

#[tokio::test]
async fn the_second_provider_answers_where_the_first_fails_and_is_named() {
    let market = market().await;
    market.fail(Upstream::Searches, Fault::Status { status: 429, retry_after_seconds: None });
    market.fail(Upstream::News, Fault::Html);
    let app = TestApp::spawn(by_default(&market)).await;

    let forecast = app.predict("AAPL").await.forecast();

    for (source, provider) in [(Source::Searches, "Wikipedia"), (Source::News, "SEC filings")] {
        let report = report(&forecast, source);
        assert_eq!((&*report.provider, report.status, report.used), (provider, SourceStatus::Ok, false));
    }
    market.fail(Upstream::Pageviews, Fault::Html);
    market.fail(Upstream::Reports, Fault::Html);
    let forecast = app.predict("MSFT").await.forecast();
    let searches = report(&forecast, Source::Searches);
    assert_eq!((&*searches.provider, searches.status), ("Google Trends, Wikipedia", SourceStatus::Missing));
    assert_eq!(
        searches.detail.as_deref(),
        Some(
            "Google Trends: rate limited, next try after Nov 20, 22:01 UTC; Wikipedia: unusable answer: a web \
             page instead of data"
        )
    );
    let news = report(&forecast, Source::News).detail.clone();
    assert_eq!(
        news.as_deref(),
        Some("EODHD, SEC filings: unusable answer: a web page instead of data"),
        "the same reason is given once"
    );
}

#[tokio::test]
async fn while_the_first_provider_answers_the_second_is_not_asked_and_swapping_them_is_one_setting() {
    let market = market().await;
    let app = TestApp::spawn(by_default(&market)).await;
    let forecast = app.predict("AAPL").await.forecast();
    let provider = |forecast: &Forecast| report(forecast, Source::Searches).provider.clone();
    assert_eq!(
        (provider(&forecast), report(&forecast, Source::Searches).used),
        ("Google Trends".to_owned(), true)
    );
    assert_eq!(market.received().count(Upstream::Articles) + market.received().count(Upstream::Pageviews), 0);

    market.received().clear();
    let mut swapped = by_default(&market);
    swapped.upstreams.searches = ProviderList::parse(Source::Searches, "wikipedia,google-trends").unwrap();
    let app = TestApp::spawn(swapped).await;
    assert_eq!(provider(&app.predict("AAPL").await.forecast()), "Wikipedia");
    assert_eq!(market.received().count(Upstream::Searches), 0);
}

#[tokio::test]
async fn filings_are_counted_from_the_answer_about_reports() {
    let market = market().await;
    let app = TestApp::spawn(config(&market)).await;
    app.predict("AAPL").await.forecast();
    let reports_alone = market.received().count(Upstream::Reports);
    market.received().clear();

    let app = TestApp::spawn(shown_only(&market)).await;
    app.predict("AAPL").await.forecast();
    app.get("/predict?stock=AAPL&as_of=2026-10-30").await.forecast();

    assert_eq!(market.received().count(Upstream::Reports), reports_alone);
}

#[tokio::test]
async fn an_article_is_looked_up_once_by_the_companys_number() {
    let market = market().await;
    let app = TestApp::spawn(shown_only(&market)).await;
    app.predict("AAPL").await.forecast();
    app.get("/predict?stock=AAPL&as_of=2026-10-30").await.forecast();

    let looked_up = market.received().of(Upstream::Articles);
    assert_eq!((looked_up.len(), market.received().count(Upstream::Pageviews)), (1, 2));
    assert!(looked_up[0].query.contains("%220000320193%22"), "{}", looked_up[0].query);
    let views = &market.received().of(Upstream::Pageviews)[0];
    assert!(views.path.contains("/en.wikipedia/all-access/user/Apple_Inc./daily/2026"), "{}", views.path);
    let agent = views.header("user-agent").unwrap();
    assert!(agent.starts_with("Fortnight/") && agent.ends_with("(demo@example.com)"), "{agent}");
}

#[tokio::test]
async fn without_a_contact_an_article_is_found_by_ticker() {
    let market = market().await;
    let mut config = shown_only(&market);
    config.upstreams.edgar_contact = None;
    let app = TestApp::spawn(config).await;

    // The list has no number for it.
    let forecast = app.predict("KO").await.forecast();

    assert_eq!(report(&forecast, Source::Searches).status, SourceStatus::Ok);
    assert!(market.received().of(Upstream::Articles)[0].query.contains("%22KO%22"));
    let agent = market.received().of(Upstream::Pageviews)[0].header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with("Fortnight/") && !agent.contains(' '), "{agent}");
    let news = report(&forecast, Source::News).detail.clone().unwrap();
    assert!(news.starts_with("SEC filings: set EDGAR_CONTACT"), "{news}");
}

#[tokio::test]
async fn an_article_is_kept_beyond_a_restart() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        cache_dir: Some(folder.path().join("cache")),
        cache_timeout: Duration::from_secs(30),
        ..shown_only(&market)
    };
    let app = TestApp::spawn(config.clone()).await;
    app.predict("AAPL").await.forecast();
    app.stop().await;

    let app = TestApp::spawn(config).await;
    app.get("/predict?stock=AAPL&as_of=2026-10-30").await.forecast();

    let received = market.received();
    assert_eq!((received.count(Upstream::Articles), received.count(Upstream::Pageviews)), (1, 2));
}

//! What was fetched and spent outlives a restart; a cache that fails costs nothing.

use std::path::Path;
use std::time::Duration;

use forecast_types::{Source, SourceStatus};
use futures_util::future::join_all;
use jiff::ToSpan as _;
use jiff::civil::date;
use market_sim::{RefusingPort, StandInMarket};
use predict_service::Config;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::helpers::{TestApp, config, market, report};
use crate::logged;
use crate::redis_server::RedisServer;

const STOCKS: [&str; 12] =
    ["AAPL", "MSFT", "NVDA", "AMZN", "JPM", "KO", "PFE", "XOM", "WMT", "DIS", "NKE", "MCD"];

fn prices_asked(market: &StandInMarket) -> u64 {
    market.received().count(Source::Prices)
}

/// How many series the folder holds.
fn series_stored(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("series")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_and_spent_outlives_a_restart() {
    let market = market().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        cache_dir: Some(folder.path().join("cache")),
        // A busy machine's disk is not what this is about.
        cache_timeout: Duration::from_secs(30),
        ..config(&market)
    };
    config.upstreams.eodhd_calls_per_day = 20;
    let app = TestApp::spawn(config.clone()).await;
    let before = app.predict("AAPL").await.forecast();
    app.stop().await;
    assert_eq!(series_stored(&folder.path().join("cache")), Source::ALL.len());

    let app = TestApp::spawn(config).await;
    let after = app.predict("AAPL").await.forecast();
    let other = app.predict("MSFT").await.forecast();

    assert_eq!((before.forecast, before.features), (after.forecast, after.features));
    assert_eq!(prices_asked(&market), 2, "AAPL once, MSFT once");
    assert_eq!(report(&other, Source::News).status, SourceStatus::Missing);
    assert_eq!(market.received().count(Source::News), 1, "the day's calls were spent before the restart");
}

#[tokio::test]
async fn a_cache_folder_that_cannot_be_used_costs_nothing() {
    let market = market().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let app = TestApp::spawn(Config { cache_dir: Some(file.path().join("cache")), ..config(&market) }).await;
    app.predict("AAPL").await.forecast();
}

fn with_redis(market: &StandInMarket, url: &str) -> Config {
    Config { redis_url: Some(SecretString::from(url)), ..config(market) }
}

/// Returns once an instance uses Redis, which it connects to in the background: asks for different forecasts until the
/// prices of one are stored.
async fn until_connected(app: &TestApp, redis: &RedisServer) {
    let pattern = "fortnight:1:*:prices:KO:*";
    let before = redis.keys(pattern).await.len();
    for number in 0.. {
        let day = date(2026, 1, 5).checked_add(number.days()).unwrap();
        app.get(&format!("/predict?stock=KO&as_of={day}")).await;
        if redis.keys(pattern).await.len() > before {
            return;
        }
    }
}

async fn until_stored(redis: &RedisServer, stock: &str) -> String {
    loop {
        if let Some(key) = redis.keys(&format!("fortnight:1:*:prices:{stock}:*")).await.pop() {
            return key;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_instances_share_what_one_fetched_unless_it_cannot_be_true() {
    let Some(redis) = RedisServer::start().await else { return };
    let market = market().await;
    let mut config = Config { cache_timeout: Duration::from_secs(30), ..with_redis(&market, &redis.url()) };
    config.upstreams.eodhd_calls_per_day = 100_000;
    let first = TestApp::spawn(config.clone()).await;
    until_connected(&first, &redis).await;
    let right = first.predict("AAPL").await.forecast();
    first.predict("MSFT").await.forecast();
    until_stored(&redis, "MSFT").await;
    let key = until_stored(&redis, "AAPL").await;
    let entry: String = redis.ask(redis::cmd("GET").arg(&key)).await.unwrap();
    let spoilt = entry.replace("\"close\":", "\"close\":-");
    redis.ask::<()>(redis::cmd("SET").arg(&key).arg(&spoilt)).await.unwrap();

    let second = TestApp::spawn(config).await;
    // What the first stored, the second would not store again.
    redis.ask::<()>(redis::cmd("DEL").arg(redis.keys("fortnight:1:*:prices:KO:*").await)).await.unwrap();
    until_connected(&second, &redis).await;
    let asked = prices_asked(&market);
    second.predict("MSFT").await.forecast();
    assert_eq!(prices_asked(&market), asked, "MSFT comes from Redis");
    let again = second.predict("AAPL").await.forecast();
    assert_eq!(prices_asked(&market), asked + 1, "negative closes are fetched again");

    assert_eq!(again.forecast, right.forecast);
    while redis.ask::<String>(redis::cmd("GET").arg(&key)).await.unwrap() == spoilt {
        tokio::task::yield_now().await;
    }
    let spent = redis.keys("fortnight:1:calls:*").await;
    assert_eq!(spent.len(), 1, "the calls of the day are counted for all");
    let lives: i64 = redis.ask(redis::cmd("TTL").arg(&spent[0])).await.unwrap();
    assert!(lives > 0, "and the count expires after the day");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_share_one_rate_budget() {
    let Some(redis) = RedisServer::start().await else { return };
    let market = market().await;
    let mut config = Config { cache_timeout: Duration::from_secs(30), ..with_redis(&market, &redis.url()) };
    // One request a minute, ten at once.
    config.upstreams.trends_rate_per_minute = 1;
    config.source_deadline = Duration::from_secs(10);
    let instances = [TestApp::spawn(config.clone()).await, TestApp::spawn(config).await];
    for instance in &instances {
        until_connected(instance, &redis).await;
    }
    redis.ask::<()>(redis::cmd("DEL").arg(redis.keys("fortnight:1:rate:*").await)).await.unwrap();
    let before = market.received().count(Source::Searches);

    let asked = instances.iter().flat_map(|instance| STOCKS.map(|stock| instance.predict(stock)));
    let answers = join_all(asked).await;

    assert!(answers.iter().all(|answer| answer.status.is_success()), "forecasts do without searches");
    assert_eq!(market.received().count(Source::Searches) - before, 10, "not ten for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_freezes_fails_no_request() {
    let Some(redis) = RedisServer::start().await else { return };
    let market = market().await;
    let app = TestApp::spawn(with_redis(&market, &redis.url())).await;
    let (before, after) = STOCKS.split_at(6);
    for stock in before {
        app.predict(stock).await.forecast();
    }

    redis.freeze();

    for stock in after {
        app.predict(stock).await.forecast();
    }
    assert_eq!(prices_asked(&market), u64::try_from(STOCKS.len()).unwrap());
}

#[tokio::test]
async fn a_redis_that_refuses_or_never_answers_fails_no_request() {
    let refusing = RefusingPort::take().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = (silent.local_addr().unwrap(), silent);
    for url in [refusing.url().replace("http", "redis"), format!("redis://{}", silent.0)] {
        let market = market().await;
        let app = TestApp::spawn(with_redis(&market, &url)).await;
        app.predict("AAPL").await.forecast();
    }
}

#[tokio::test]
async fn an_address_of_redis_that_cannot_work_ends_the_start_without_its_password() {
    let market = market().await;
    for (url, expected) in [
        ("redis//:p4ssw0rd@host", "REDIS_URL cannot be used: expected an address such as redis://host:6379"),
        (
            "rediss://:p4ssw0rd@host",
            "REDIS_URL cannot be used: expected redis:// in place of rediss://, as TLS to Redis is not built in",
        ),
    ] {
        let error = predict_service::AppState::build(&with_redis(&market, url)).err().unwrap().to_string();
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_wrong_password_for_redis_is_logged_once_at_the_start_and_never_shown() {
    password_is_refused(":wr0ng-p4ss@").await;
}

#[tokio::test]
async fn a_missing_password_for_redis_is_logged_once_at_the_start() {
    password_is_refused("").await;
}

async fn password_is_refused(login: &str) {
    let Some(redis) = RedisServer::start_with(&["--requirepass", "r1ght"]).await else { return };
    logged::begin();
    let market = market().await;
    let url = redis.url().replace("redis://", &format!("redis://{login}"));
    let app = TestApp::spawn(with_redis(&market, &url)).await;
    let warnings = || {
        let lines = logged::lines().into_iter();
        lines.filter(|line| line.contains("Redis cannot be used")).collect::<Vec<_>>()
    };
    while warnings().is_empty() {
        tokio::task::yield_now().await;
    }

    app.predict("AAPL").await.forecast();

    let warnings = warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("WARN") && warnings[0].contains("the password in REDIS_URL is wrong or missing"),
        "{warnings:?}"
    );
    assert!(logged::lines().iter().all(|line| !line.contains("wr0ng-p4ss")));
}

//! What was fetched and spent outlives a restart; a cache that fails costs nothing.

use std::path::Path;
use std::time::Duration;

use forecast_types::{Source, SourceStatus};
use market_sim::{RefusingPort, StandInMarket};
use predict_service::Config;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::helpers::{TestApp, config, market, report};
use crate::redis_server::RedisServer;

const STOCKS: [&str; 12] =
    ["AAPL", "MSFT", "NVDA", "AMZN", "JPM", "KO", "PFE", "XOM", "WMT", "DIS", "NKE", "MCD"];

fn prices_asked(market: &StandInMarket) -> u64 {
    market.received().count(Source::Prices)
}

/// Waits until the service has let go of its file, and says how many series are in it.
fn series_kept(folder: &Path) -> u64 {
    use redb::{ReadableDatabase as _, ReadableTableMetadata as _};
    let table = redb::TableDefinition::<&str, (i64, &[u8])>::new("series");
    loop {
        match redb::Database::open(folder.join("fortnight-cache.redb")) {
            Ok(database) => return database.begin_read().unwrap().open_table(table).unwrap().len().unwrap(),
            Err(redb::DatabaseError::DatabaseAlreadyOpen) => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
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
    assert_eq!(series_kept(&folder.path().join("cache")), 4);

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

#[tokio::test(flavor = "multi_thread")]
async fn several_instances_share_what_one_of_them_fetched() {
    let Some(redis) = RedisServer::start().await else { return };
    let market = market().await;
    let mut config = Config { cache_timeout: Duration::from_secs(30), ..with_redis(&market, &redis.url()) };
    config.upstreams.eodhd_calls_per_day = 10_000;
    let first = TestApp::spawn(config.clone()).await;
    // The service does not wait for Redis, so the first stocks may go unkept.
    for stock in STOCKS {
        first.predict(stock).await.forecast();
    }
    let mut kept = 0_u64;
    while kept == 0 {
        let keys: Vec<String> = redis.ask(redis::cmd("KEYS").arg("fortnight:1:*:prices:*")).await.unwrap();
        kept = u64::try_from(keys.len()).unwrap();
    }
    let asked = prices_asked(&market);
    assert_eq!(asked, u64::try_from(STOCKS.len()).unwrap());

    let second = TestApp::spawn(config).await;
    // The same goes for the second: it asks Redis from the moment it has reached it.
    for stock in STOCKS.iter().rev() {
        second.predict(stock).await.forecast();
    }

    let asked_again = prices_asked(&market) - asked;
    assert!(asked_again < asked, "{kept} stocks were kept, and all {asked_again} were asked for again");
    let spent: Vec<String> = redis.ask(redis::cmd("KEYS").arg("fortnight:1:calls:*")).await.unwrap();
    assert_eq!(spent.len(), 1, "the calls of the day are counted for all");
    let lives: i64 = redis.ask(redis::cmd("TTL").arg(&spent[0])).await.unwrap();
    assert!(lives > 0, "and forgotten after it");
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
async fn a_redis_address_that_makes_no_sense_is_told_at_the_start_without_its_password() {
    let market = market().await;
    let config = with_redis(&market, "redis//:p4ssw0rd@host");
    let error = predict_service::AppState::build(&config).err().unwrap().to_string();
    assert!(error.contains("REDIS_URL") && !error.contains("p4ssw0rd"), "{error}");
}

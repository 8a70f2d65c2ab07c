//! `PRICES=eodhd-bulk`: a history once for each stock, then a day of the whole market at once.

use std::path::Path;

use feature_sources::{Provider, ProviderList};
use forecast_types::{Event, EventKind, Forecast, Source};
use jiff::civil::{Date, date};
use market_sim::{Fault, SimConfig, StandInMarket, Upstream};
use predict_service::Config;
use stock_list::StockList;

use crate::helpers::{TOKEN, TestApp, config, report, repository};

const THURSDAY_EVENING: &str = "2026-11-19T22:00:00Z";
const FRIDAY_EVENING: &str = "2026-11-20T22:00:00Z";
/// Bars, splits and dividends, of a stock or of a day.
const REQUESTS: u64 = 3;

fn bulk_config(market: &StandInMarket, now: &str, folder: &Path) -> Config {
    let mut config = Config { now: Some(now.parse().unwrap()), ..config(market) };
    config.upstreams.prices = ProviderList::all(Source::Prices);
    config.upstreams.prices_dir = Some(folder.join("prices"));
    config
}

/// A market of the first stocks of the list: a day of all takes the simulation half a minute.
async fn market_at(now: &str, folder: &Path) -> StandInMarket {
    let list = folder.join("listed.csv");
    let all = std::fs::read_to_string(repository().join("data/stocks.csv")).unwrap();
    let first: Vec<&str> = all.lines().take(61).collect();
    std::fs::write(&list, first.join("\n")).unwrap();
    StandInMarket::start_with(SimConfig {
        now: Some(now.parse().unwrap()),
        stocks_csv: Some(list),
        ..SimConfig::default()
    })
    .await
}

/// Asks for some stocks on an evening; returns the forecasts and how often EODHD and Yahoo were asked for prices.
async fn night(now: &str, folder: &Path, stocks: &[String]) -> (Vec<Forecast>, u64, u64) {
    let market = market_at(now, folder).await;
    let app = TestApp::spawn(bulk_config(&market, now, folder)).await;
    let mut forecasts = Vec::new();
    for stock in stocks {
        forecasts.push(app.predict(stock).await.forecast());
    }
    app.stop().await;
    (forecasts, market.received().count(Upstream::Bulk), market.received().count(Upstream::Prices))
}

/// Stocks whose bars before a day are the same on that day.
async fn without_event(day: Date, count: usize, folder: &Path) -> Vec<String> {
    let market = market_at(FRIDAY_EVENING, folder).await;
    let list = StockList::load(&folder.join("listed.csv")).unwrap();
    let is_quiet = |symbol: &&forecast_types::Symbol| {
        let stock = market.exchange().market().stock(symbol, day).unwrap();
        let pays = stock.dividends.iter().any(|(paid, _)| *paid == day);
        !pays
            && !stock.is_fund
            && stock.splits.iter().all(|split| split.date != day)
            && stock.bars.len() > 400
    };
    let symbols = list.iter().map(|listing| &listing.symbol);
    symbols.filter(is_quiet).take(count).map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn once_seeded_a_night_costs_the_same_for_any_number_of_stocks_even_after_a_restart() {
    for count in [2, 12] {
        let folder = tempfile::tempdir().unwrap();
        let stocks = without_event(date(2026, 11, 20), count, folder.path()).await;

        let (_, seeding, _) = night(THURSDAY_EVENING, folder.path(), &stocks).await;
        let (friday, next_night, yahoo) = night(FRIDAY_EVENING, folder.path(), &stocks).await;
        let (_, same_night, _) = night(FRIDAY_EVENING, folder.path(), &stocks).await;

        assert_eq!(seeding, REQUESTS * u64::try_from(count).unwrap());
        assert_eq!((next_night, yahoo, same_night), (REQUESTS, 0, 0), "{count} stocks");
        for forecast in friday {
            assert_eq!(report(&forecast, Source::Prices).provider, "EODHD bulk prices");
            assert_eq!(forecast.history.last().unwrap().date, date(2026, 11, 20));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_the_same_to_the_last_digit_as_with_yahoo() {
    let folder = tempfile::tempdir().unwrap();
    let stocks = without_event(date(2026, 11, 20), 6, folder.path()).await;
    night(THURSDAY_EVENING, folder.path(), &stocks).await;
    let (bulk, ..) = night(FRIDAY_EVENING, folder.path(), &stocks).await;

    let market = market_at(FRIDAY_EVENING, folder.path()).await;
    let app = TestApp::spawn(config(&market)).await;
    for (stock, bulk) in stocks.iter().zip(bulk) {
        let yahoo = app.predict(stock).await.forecast();
        assert_eq!(report(&bulk, Source::Prices).provider, "EODHD bulk prices");
        assert_eq!(report(&yahoo, Source::Prices).provider, "Yahoo Finance");
        assert_eq!((yahoo.forecast, yahoo.history, yahoo.events), (bulk.forecast, bulk.history, bulk.events));
    }
}

/// A stock that splits, with the evenings before and after.
fn splitting(market: &StandInMarket, folder: &Path) -> (String, Date) {
    let today = date(2026, 11, 20);
    let list = StockList::load(&folder.join("listed.csv")).unwrap();
    list.iter()
        .find_map(|listing| {
            let stock = market.exchange().market().stock(&listing.symbol, today)?;
            let split = stock.splits.first().filter(|split| split.date > date(2024, 1, 1))?;
            let before = stock.bars.partition_point(|bar| bar.date < split.date);
            (before > 400).then(|| (listing.symbol.to_string(), split.date))
        })
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_that_splits_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (symbol, day) = splitting(&market_at(FRIDAY_EVENING, folder.path()).await, folder.path());
    let evening = |day: Date| format!("{day}T22:00:00Z");
    let before = evening(exchange_calendar::previous_session(day));
    let stocks = [symbol];
    night(&before, folder.path(), &stocks).await;

    let (after, asked, yahoo) = night(&evening(day), folder.path(), &stocks).await;

    assert_eq!((asked, yahoo), (2 * REQUESTS, 0), "the day of the market, then the stock");
    let forecast = &after[0];
    let is_split = |event: &Event| matches!(event.kind, EventKind::Split { .. }) && event.date == day;
    assert!(forecast.events.iter().any(is_split));
    let jumps = forecast.history.windows(2).any(|pair| {
        let ratio = pair[1].close / pair[0].close;
        !(0.6..1.6).contains(&ratio)
    });
    assert!(!jumps, "the bars before the split are on the new scale");
}

#[tokio::test(flavor = "multi_thread")]
async fn yahoo_answers_for_a_stock_that_eodhd_does_not_have() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("stocks.csv");
    std::fs::write(&list, "symbol,name\nKO,Coca-Cola\n").unwrap();
    let without_apple = StandInMarket::start_with(SimConfig {
        now: Some(FRIDAY_EVENING.parse().unwrap()),
        stocks_csv: Some(list),
        ..SimConfig::default()
    })
    .await;
    let market = market_at(FRIDAY_EVENING, folder.path()).await;
    let mut config = bulk_config(&market, FRIDAY_EVENING, folder.path());
    config.upstreams.eodhd_url = without_apple.url().parse().unwrap();
    let app = TestApp::spawn(config).await;

    let apple = app.predict("AAPL").await.forecast();
    let coke = app.predict("KO").await.forecast();

    assert_eq!(report(&apple, Source::Prices).provider, "Yahoo Finance");
    assert_eq!(report(&coke, Source::Prices).provider, "EODHD bulk prices");
}

#[tokio::test(flavor = "multi_thread")]
async fn alone_it_says_why_there_are_no_prices_and_shows_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let market = market_at(FRIDAY_EVENING, folder.path()).await;
    market.fail(Upstream::Bulk, Fault::Status { status: 402, retry_after_seconds: None });
    let mut config = bulk_config(&market, FRIDAY_EVENING, folder.path());
    config.upstreams.prices = ProviderList::only(Provider::EodhdBulk);
    let app = TestApp::spawn(config).await;

    let answer = app.predict("AAPL").await;
    let problem = answer.problem();

    let expected = "no prices for AAPL: EODHD bulk prices: daily call budget spent, resets at 00:00 UTC";
    assert_eq!((problem.status, problem.detail.as_deref()), (503, Some(expected)));
    assert!(!answer.body.contains(TOKEN));
}

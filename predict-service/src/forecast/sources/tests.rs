use forecast_types::SourceStatus;
use market_sim::{Fault, SimConfig, StandInMarket};
use stock_list::StockList;
use tokio::time::Instant;

use super::*;
use crate::forecast::ForecastQuery;

/// An hour before Monday's open, and an hour into the session.
const BEFORE_OPEN: &str = "2026-11-23T13:30:00Z";
const IN_SESSION: &str = "2026-11-23T15:30:00Z";

#[tokio::test]
async fn cached_settled_prices_serve_while_the_price_source_refuses() {
    let market = StandInMarket::start_with(SimConfig {
        now: Some(IN_SESSION.parse().unwrap()),
        ..SimConfig::default()
    })
    .await;
    let url = || market.url().parse().unwrap();
    let upstreams = feature_sources::Upstreams {
        yahoo_url: url(),
        eodhd_url: url(),
        trends_url: url(),
        ..Default::default()
    };
    let sources = Sources::build(&Config { upstreams, ..Config::default() }, Persistence::none()).unwrap();
    let stocks = StockList::read(
        "symbol,name,exchange,sector\nKO,Coca-Cola,NYSE,Food\nPFE,Pfizer,NYSE,Health\n".as_bytes(),
    );
    let stocks = stocks.unwrap();
    let ask = async |stock: &str, now: &str| {
        let now: Timestamp = now.parse().unwrap();
        let request = ForecastRequest::check(&ForecastQuery::of(stock), &stocks, now).unwrap();
        let deadline = Instant::now() + std::time::Duration::from_secs(60);
        sources.ask_all(&request, Moment { now, deadline, ahead: 0 }, &|_| {}).await
    };
    let settled = ask("KO", BEFORE_OPEN).await.ok().unwrap();
    market.fail(Source::Prices, Fault::Status { status: 429, retry_after_seconds: Some(600) });

    let other = ask("PFE", IN_SESSION).await.err().unwrap();
    let cached = ask("KO", IN_SESSION).await.ok().unwrap();

    assert!(matches!(other.error, SourceError::RateLimited { .. }), "{:?}", other.error);
    assert!(Arc::ptr_eq(&cached.prices.answer, &settled.prices.answer));
    assert_eq!(cached.reports[0].status, SourceStatus::Ok);
    assert!(cached.fresh_until() < settled.fresh_until(), "the source is asked again soon");
}

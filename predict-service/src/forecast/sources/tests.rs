use feature_sources::SourceError;
use forecast_types::SourceStatus;
use futures_util::StreamExt as _;
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
        let mut asked = sources.ask(&request, Moment { now, deadline, ahead: 0 });
        let mut answers = SourceAnswers::none(sources.names());
        while let Some(answer) = asked.next().await {
            answers.add(answer, request.window(now));
        }
        answers
    };
    let in_session: Timestamp = IN_SESSION.parse().unwrap();
    let settled = ask("KO", BEFORE_OPEN).await;
    market.fail(Source::Prices, Fault::Status { status: 429, retry_after_seconds: Some(600) });

    let other = ask("PFE", IN_SESSION).await;
    let cached = ask("KO", IN_SESSION).await;

    let refused = other.prices(in_session).err().unwrap().error;
    assert!(matches!(refused, SourceError::RateLimited { .. }), "{refused:?}");
    let bars = |answers: &SourceAnswers| answers.prices(in_session).ok().unwrap().series.bars.clone();
    assert_eq!(bars(&cached), bars(&settled));
    assert_eq!(cached.reports()[0].status, SourceStatus::Ok);
    assert!(cached.fresh_until() < settled.fresh_until(), "the source is asked again soon");
}

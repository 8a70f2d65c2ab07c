//! The HTTP surface: the upstreams with their faults, and the routes that control and observe them.

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use service_runtime::extract::Path;
use service_runtime::health::{self, Readiness};

use crate::faults::apply;
use crate::wire::{apewisdom, calendar, edgar, eodhd, eodhd_prices, trends, wikimedia, yahoo};
use crate::{Exchange, Upstream, control};

/// Returns every route.
pub(crate) fn router(exchange: &Exchange, readiness: Readiness) -> Router {
    let upstreams = Router::new()
        .route("/v8/finance/chart/{symbol}", get(chart))
        .route("/api/eod-bulk-last-day/US", get(market_day))
        .route("/api/eod/{name}", get(history))
        .route("/api/splits/{name}", get(splits))
        .route("/api/div/{name}", get(dividends))
        .route("/api/sentiments", get(news))
        .route("/api/tweets-sentiments", get(tweets))
        .route("/api/calendar/earnings", get(earnings))
        .route("/submissions/{file}", get(submissions))
        .route("/files/company_tickers_exchange.json", get(tickers))
        .route(
            "/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user/{article}/daily/{start}/{end}",
            get(pageviews),
        )
        .route("/sparql", get(articles))
        .route("/api/v1.0/filter/all-stocks/page/{number}", get(mentions))
        .route("/trends/explore", get(trends_page))
        .route("/trends/api/autocomplete/{term}", get(trends_autocomplete))
        .route("/trends/api/explore", get(trends_explore).post(trends_explore))
        .route("/trends/api/widgetdata/multiline", get(trends_multiline))
        .layer(from_fn_with_state(exchange.clone(), record_and_fail));
    Router::new()
        .route("/faults", get(control::list_faults).post(control::set_fault).delete(control::clear_faults))
        .route("/requests", get(control::list_requests).delete(control::forget_requests))
        .merge(upstreams)
        .with_state(exchange.clone())
        .merge(health::routes(readiness))
}

async fn chart(
    State(exchange): State<Exchange>,
    Path(symbol): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    yahoo::chart(&exchange.market, &symbol, query.as_deref(), exchange.clock.now())
}

async fn market_day(State(exchange): State<Exchange>, RawQuery(query): RawQuery) -> Response {
    eodhd_prices::market_day(&asked(&exchange, query.as_deref()))
}

async fn history(
    State(exchange): State<Exchange>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    eodhd_prices::history(&name, &asked(&exchange, query.as_deref()))
}

async fn splits(
    State(exchange): State<Exchange>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    eodhd_prices::splits(&name, &asked(&exchange, query.as_deref()))
}

async fn dividends(
    State(exchange): State<Exchange>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    eodhd_prices::dividends(&name, &asked(&exchange, query.as_deref()))
}

fn asked<'a>(exchange: &'a Exchange, query: Option<&str>) -> eodhd_prices::Asked<'a> {
    let (market, token) = (&*exchange.market, exchange.token.as_deref());
    eodhd_prices::Asked::of(query, market, token, exchange.clock.now())
}

async fn news(State(exchange): State<Exchange>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    sentiments(&exchange, Upstream::News, query.as_deref(), &headers)
}

async fn tweets(State(exchange): State<Exchange>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    sentiments(&exchange, Upstream::Tweets, query.as_deref(), &headers)
}

fn sentiments(exchange: &Exchange, upstream: Upstream, query: Option<&str>, headers: &HeaderMap) -> Response {
    let bearer = headers
        .get(axum::http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let terms = eodhd::Terms {
        upstream,
        token: exchange.token.as_deref(),
        bearer,
        nothing: exchange.no_tweets && upstream == Upstream::Tweets,
    };
    eodhd::sentiments(&exchange.market, query, &terms, exchange.clock.now())
}

async fn earnings(State(exchange): State<Exchange>, RawQuery(query): RawQuery) -> Response {
    let plan = calendar::Plan { token: exchange.token.as_deref(), has_calendar: exchange.eodhd_calendar };
    calendar::earnings(&exchange.market, query.as_deref(), &plan, exchange.clock.now())
}

async fn submissions(
    State(exchange): State<Exchange>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    edgar::refusal(&headers)
        .unwrap_or_else(|| edgar::submissions(&exchange.market, &file, exchange.clock.now()))
}

async fn tickers(State(exchange): State<Exchange>, headers: HeaderMap) -> Response {
    edgar::refusal(&headers).unwrap_or_else(|| edgar::tickers(&exchange.market))
}

async fn pageviews(
    State(exchange): State<Exchange>,
    Path(asked): Path<wikimedia::Asked>,
    headers: HeaderMap,
) -> Response {
    wikimedia::refusal(&headers)
        .unwrap_or_else(|| wikimedia::views(&exchange.market, &asked, exchange.clock.now()))
}

async fn articles(
    State(exchange): State<Exchange>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    wikimedia::refusal(&headers).unwrap_or_else(|| wikimedia::sparql(&exchange.market, query.as_deref()))
}

async fn mentions(State(exchange): State<Exchange>, Path(number): Path<usize>) -> Response {
    apewisdom::page(&exchange.market, number, exchange.clock.now())
}

async fn trends_page(State(exchange): State<Exchange>) -> Response {
    trends::page(exchange.seed, exchange.clock.now())
}

async fn trends_autocomplete(State(exchange): State<Exchange>, Path(term): Path<String>) -> Response {
    trends::autocomplete(&term, exchange.seed, exchange.clock.now())
}

async fn trends_explore(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    trends::explore(&headers, query.as_deref(), exchange.seed, exchange.clock.now())
}

async fn trends_multiline(State(exchange): State<Exchange>, RawQuery(query): RawQuery) -> Response {
    trends::multiline(&exchange.market, query.as_deref(), exchange.seed, exchange.clock.now())
}

/// Records each request to an upstream and applies the upstream's fault.
async fn record_and_fail(State(exchange): State<Exchange>, request: Request<Body>, next: Next) -> Response {
    let Some(upstream) = upstream_of(request.uri().path()) else { return next.run(request).await };
    exchange.received.record(upstream, &request);
    match exchange.faults.next(upstream) {
        Some(fault) => apply(fault, upstream, async || next.run(request).await).await,
        None => next.run(request).await,
    }
}

fn upstream_of(path: &str) -> Option<Upstream> {
    if path.starts_with("/v8/") {
        Some(Upstream::Prices)
    } else if path.starts_with("/api/rest_v1/") {
        Some(Upstream::Pageviews)
    } else if path.starts_with("/sparql") {
        Some(Upstream::Articles)
    } else if path.starts_with("/api/v1.0/") {
        Some(Upstream::Mentions)
    } else if path.starts_with("/api/tweets-sentiments") {
        Some(Upstream::Tweets)
    } else if ["/api/calendar/", "/submissions/", "/files/"].iter().any(|start| path.starts_with(start)) {
        Some(Upstream::Reports)
    } else if ["/api/eod", "/api/splits/", "/api/div/"].iter().any(|start| path.starts_with(start)) {
        Some(Upstream::Bulk)
    } else if path.starts_with("/api/") {
        Some(Upstream::News)
    } else if path.starts_with("/trends/") {
        Some(Upstream::Searches)
    } else {
        None
    }
}

//! The HTTP surface: three upstreams, the faults, and what was asked.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::Clock;
use service_runtime::extract::{Json, Path};
use service_runtime::health::{self, Readiness};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::faults::{Active, ConnectionReset, apply};
use crate::market::Market;
use crate::wire::{eodhd, trends, yahoo};
use crate::{Fault, Faults, Received, ReceivedLog, SimConfig, Upstream};

/// An open market with everything needed to serve it.
#[derive(Clone, Debug)]
pub struct Exchange {
    market: Arc<Market>,
    clock: Clock,
    seed: u64,
    token: Option<Arc<str>>,
    no_tweets: bool,
    faults: Faults,
    received: ReceivedLog,
}

impl Exchange {
    pub(crate) fn new(market: Market, clock: Clock, config: &SimConfig) -> Self {
        Self {
            market: Arc::new(market),
            clock,
            seed: config.seed,
            token: config.token.as_deref().map(Arc::from),
            no_tweets: config.no_tweets,
            faults: Faults::default(),
            received: ReceivedLog::new(config.keep_requests),
        }
    }

    /// Returns the handle that sets faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Returns what was asked so far.
    #[must_use]
    pub fn received(&self) -> &ReceivedLog {
        &self.received
    }

    /// Returns the market's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the market.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// Returns the whole HTTP surface.
    pub fn router(&self, readiness: Readiness) -> Router {
        let upstreams = Router::new()
            .route("/v8/finance/chart/{symbol}", get(chart))
            .route("/api/sentiments", get(news))
            .route("/api/tweets-sentiments", get(tweets))
            .route("/trends/explore", get(trends_page))
            .route("/trends/api/autocomplete/{term}", get(trends_autocomplete))
            .route("/trends/api/explore", get(trends_explore).post(trends_explore))
            .route("/trends/api/widgetdata/multiline", get(trends_multiline))
            .layer(from_fn_with_state(self.clone(), strike));
        Router::new()
            .route("/faults", get(list_faults).post(set_fault).delete(clear_faults))
            .route("/requests", get(list_requests).delete(forget_requests))
            .merge(upstreams)
            .with_state(self.clone())
            .merge(health::routes(readiness))
    }

    /// Serves on a socket until told to stop.
    ///
    /// # Errors
    /// Never at present.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
        let readiness = Readiness::ready();
        let router = self.router(readiness.clone());
        // A fault may want the connection dropped, which a router cannot say: its error type is empty.
        let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| {
            let answer = router.clone().oneshot(request);
            async {
                let Ok(response) = answer.await;
                match response.extensions().get::<ConnectionReset>() {
                    Some(reset) => Err(*reset),
                    None => Ok(response),
                }
            }
        });
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted.inspect_err(|error| tracing::warn!(%error, "cannot accept"))
            else {
                tokio::task::yield_now().await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service.clone()));
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended early");
                }
            });
        }
        readiness.withdraw();
        drop(listener);
        // Answers delayed on purpose are not worth waiting for.
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
        Ok(())
    }
}

const GRACE: std::time::Duration = std::time::Duration::from_millis(500);

/// Opens the market and serves it on a socket until told to stop.
///
/// # Errors
/// When the stock list or the file to replay cannot be read.
pub async fn run(
    listener: TcpListener,
    config: SimConfig,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let exchange =
        tokio::task::spawn_blocking(move || config.open()).await.context("opening the market")??;
    exchange.serve(listener, shutdown).await
}

async fn chart(
    State(exchange): State<Exchange>,
    Path(symbol): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    yahoo::chart(&exchange.market, &symbol, query.as_deref(), exchange.clock.now())
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

/// Notes each request to an upstream and lets its fault strike.
async fn strike(State(exchange): State<Exchange>, request: Request<Body>, next: Next) -> Response {
    let Some(upstream) = upstream_of(request.uri().path()) else { return next.run(request).await };
    exchange.received.note(upstream, &request);
    match exchange.faults.strike(upstream) {
        Some(fault) => apply(fault, upstream, async || next.run(request).await).await,
        None => next.run(request).await,
    }
}

fn upstream_of(path: &str) -> Option<Upstream> {
    if path.starts_with("/v8/") {
        Some(Upstream::Prices)
    } else if path.starts_with("/api/tweets-sentiments") {
        Some(Upstream::Tweets)
    } else if path.starts_with("/api/") {
        Some(Upstream::News)
    } else if path.starts_with("/trends/") {
        Some(Upstream::Searches)
    } else {
        None
    }
}

/// The body of `POST /faults`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    upstream: Upstream,
    /// Absent mends the upstream.
    #[serde(default)]
    fault: Option<Fault>,
    #[serde(default)]
    times: Option<u32>,
}

async fn set_fault(
    State(exchange): State<Exchange>,
    Json(order): Json<FaultOrder>,
) -> Result<Json<Vec<(Upstream, Active)>>, Problem> {
    match (order.fault, order.times) {
        (Some(fault), Some(times)) => exchange.faults.set_times(order.upstream, fault, times),
        (Some(fault), None) => exchange.faults.set(order.upstream, fault),
        (None, _) => exchange.faults.clear(order.upstream),
    }
    Ok(Json(exchange.faults.active()))
}

async fn list_faults(State(exchange): State<Exchange>) -> Json<Vec<(Upstream, Active)>> {
    Json(exchange.faults.active())
}

async fn clear_faults(State(exchange): State<Exchange>) -> Json<Vec<(Upstream, Active)>> {
    exchange.faults.clear_all();
    Json(Vec::new())
}

async fn list_requests(State(exchange): State<Exchange>) -> Json<Vec<Received>> {
    Json(exchange.received.all())
}

async fn forget_requests(State(exchange): State<Exchange>) -> Json<Vec<Received>> {
    exchange.received.clear();
    Json(Vec::new())
}

//! The whole HTTP surface of the service.

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use service_runtime::health::{self, Readiness};
use service_runtime::http_stack::{HttpLimits, with_http_stack};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::compare::{self, watch};
use crate::embed::{card, oembed};
use crate::feeds::{atom, calendar};
use crate::forecast::{downloads, events, page};
use crate::pages::{home, market, model, offline, problem, search};
use crate::state::AppState;
use crate::store::files;
use crate::{assets, record, security_headers, sitemap};

/// No request has a body.
const BODY_LIMIT_BYTES: usize = 1_024;

/// Returns the service's router, with its limits around it.
pub fn router(state: AppState, readiness: Readiness) -> Router {
    let config = &state.config;
    let limits = HttpLimits {
        // Room for a forecast and then its picture; each has a shorter deadline of its own.
        deadline: config.predict_deadline + config.plot_deadline + Duration::from_secs(3),
        body_limit_bytes: BODY_LIMIT_BYTES,
        in_flight: config.max_in_flight,
        clients: config.clients,
        faces_visitors: true,
    };
    let routes = Router::new()
        .route("/", get(home::show))
        .route("/search", get(search::show))
        .route("/stocks", get(search::stocks))
        .route("/forecast/{symbol}", get(page::show))
        .route("/forecast/{symbol}/events", get(events::show))
        .route("/forecast/{symbol}/plot.png", get(downloads::png))
        .route("/forecast/{symbol}/plot.svg", get(downloads::svg))
        .route("/forecast/{symbol}/plot.json", get(downloads::area))
        .route("/forecast/{symbol}/past.png", get(downloads::past))
        .route("/forecast/{symbol}/forecast.csv", get(downloads::csv))
        .route("/forecast/{symbol}/forecast.json", get(downloads::json))
        .route("/embed/{symbol}", get(card::show))
        .route("/oembed", get(oembed::show))
        .route("/feed.atom", get(atom::show))
        .route("/reports.ics", get(calendar::show))
        .route("/compare", get(compare::page::show))
        .route("/compare/plot.png", get(compare::picture::show))
        .route("/watch", get(watch::rows))
        .route("/market", get(market::show))
        .route("/record", get(record::page::show))
        .route("/record/sessions", get(record::sessions::show))
        .route("/record/{session}", get(record::session::show))
        .route("/record/{session}/{symbol}", get(record::forecast::show))
        .route("/store/{*path}", get(files::show))
        .route("/model", get(model::show))
        .route("/model/{picture}", get(model::picture))
        .route("/offline", get(offline::show))
        .route("/offline.js", get(assets::worker))
        .route("/static/{name}", get(assets::show))
        .route("/favicon.ico", get(assets::favicon))
        .route("/favicon.svg", get(assets::favicon))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route("/robots.txt", get(sitemap::robots))
        .with_state(state.clone())
        .merge(health::routes(readiness));
    with_http_stack(routes, limits)
        .layer(from_fn_with_state(state, problem::as_page))
        .layer(from_fn(security_headers::secure))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)))
}

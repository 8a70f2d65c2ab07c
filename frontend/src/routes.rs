//! Every route of the service.

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use service_runtime::health::{self, Readiness};
use service_runtime::http_stack::{HttpLimits, with_http_stack};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::pages::{forecast, home, model, offline, problem, search};
use crate::state::App;
use crate::{assets, downloads, headers, progress, sitemap};

/// The whole HTTP surface of the service.
pub fn router(app: App, readiness: Readiness) -> Router {
    let limits = HttpLimits {
        // Room for a forecast and then its picture; each has a shorter deadline of its own.
        deadline: Duration::from_millis(app.config.predict_deadline_ms + app.config.plot_deadline_ms + 3_000),
        body_limit_bytes: 1024,
        in_flight: app.config.max_in_flight,
        clients: app.config.clients,
    };
    let routes = Router::new()
        .route("/", get(home::show))
        .route("/search", get(search::show))
        .route("/stocks", get(search::stocks))
        .route("/forecast/{symbol}", get(forecast::show))
        .route("/forecast/{symbol}/events", get(progress::show))
        .route("/forecast/{symbol}/plot.png", get(downloads::png))
        .route("/forecast/{symbol}/plot.svg", get(downloads::svg))
        .route("/forecast/{symbol}/past.png", get(downloads::past))
        .route("/forecast/{symbol}/outcome.png", get(downloads::outcome))
        .route("/forecast/{symbol}/forecast.csv", get(downloads::csv))
        .route("/forecast/{symbol}/forecast.json", get(downloads::json))
        .route("/model", get(model::show))
        .route("/model/{picture}", get(model::picture))
        .route("/offline", get(offline::show))
        .route("/offline.js", get(assets::worker))
        .route("/static/{name}", get(assets::show))
        .route("/favicon.ico", get(assets::favicon))
        .route("/favicon.svg", get(assets::favicon))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route("/robots.txt", get(sitemap::robots))
        .with_state(app.clone())
        .merge(health::routes(readiness));
    with_http_stack(routes, limits)
        .layer(from_fn_with_state(app, problem::as_page))
        .layer(from_fn(headers::secure))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)))
}

//! The whole HTTP surface of the service.

use axum::Router;
use axum::routing::get;
use service_runtime::health::{self, Readiness};
use service_runtime::http_stack::{HttpLimits, with_http_stack};

use crate::handlers::{chance, docs, model, predict, track_record};
use crate::{AppState, Config};

/// No request has a body.
const BODY_LIMIT_BYTES: usize = 1_024;

/// Returns the service's router, with its limits around it.
pub fn router(state: AppState, config: &Config, readiness: Readiness) -> Router {
    let routes = Router::new()
        .route("/predict", get(predict::show))
        .route("/predict/chance", get(chance::show))
        .route("/track-record", get(track_record::show))
        .route("/model", get(model::show))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .route("/docs/try.js", get(docs::script))
        .route("/docs/style.css", get(docs::style))
        .with_state(state)
        .merge(health::routes(readiness));
    let limits = HttpLimits {
        deadline: config.request_deadline,
        body_limit_bytes: BODY_LIMIT_BYTES,
        in_flight: config.max_in_flight,
        clients: config.clients,
        faces_visitors: false,
    };
    with_http_stack(routes, limits)
}

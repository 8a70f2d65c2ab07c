//! Every route of the service.

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use service_runtime::health::{self, Readiness};
use service_runtime::http_stack::{HttpLimits, with_http_stack};
use service_runtime::workers::Workers;

use crate::Config;
use crate::handlers::{compare, openapi, plot};
use crate::request_body::BodyLimit;

/// Every route of the service, with its limits.
pub fn router(config: &Config, readiness: Readiness) -> Router {
    let limits = HttpLimits {
        deadline: config.request_deadline,
        body_limit_bytes: config.body_limit_bytes,
        in_flight: config.max_in_flight,
        clients: config.clients,
        faces_visitors: false,
    };
    let state = Service {
        workers: Workers::per_core(config.queue_length),
        body_limit: BodyLimit(config.body_limit_bytes),
    };
    let routes = Router::new()
        .route("/plot", post(plot::draw))
        .route("/plot/compare", post(compare::draw))
        .route("/openapi.json", get(openapi::show))
        .with_state(state)
        .merge(health::routes(readiness));
    with_http_stack(routes, limits)
}

/// State that handlers share.
#[derive(Clone, Debug, FromRef)]
pub(crate) struct Service {
    workers: Workers,
    body_limit: BodyLimit,
}

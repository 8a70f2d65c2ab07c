//! The stand-in's own routes: which faults are set, and what was asked.

use axum::extract::State;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::Json;

use crate::faults::Active;
use crate::{Exchange, Fault, Received, Upstream};

/// The body of `POST /faults`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultOrder {
    upstream: Upstream,
    /// Absent: the upstream works again.
    #[serde(default)]
    fault: Option<Fault>,
    #[serde(default)]
    times: Option<u32>,
}

pub(crate) async fn set_fault(
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

pub(crate) async fn list_faults(State(exchange): State<Exchange>) -> Json<Vec<(Upstream, Active)>> {
    Json(exchange.faults.active())
}

pub(crate) async fn clear_faults(State(exchange): State<Exchange>) -> Json<Vec<(Upstream, Active)>> {
    exchange.faults.clear_all();
    Json(Vec::new())
}

pub(crate) async fn list_requests(State(exchange): State<Exchange>) -> Json<Vec<Received>> {
    Json(exchange.received.all())
}

pub(crate) async fn forget_requests(State(exchange): State<Exchange>) -> Json<Vec<Received>> {
    exchange.received.clear();
    Json(Vec::new())
}

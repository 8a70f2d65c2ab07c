//! `GET /predict`: quantiles of the close for each of the next fourteen sessions.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use problem_details::Problem;
use service_runtime::extract::Query;

use super::{json, progress};
use crate::AppState;
use crate::question::Ask;

pub(crate) async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    if wants_events(&headers) {
        return Ok(progress::stream(state, ask));
    }
    let question = state.forecaster.check(&ask)?;
    Ok(json(state.forecaster.forecast_json(&question).await?))
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| {
        accept.split(',').any(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
        })
    })
}

//! `GET /track-record`: how good the model's own forecasts for past days were.

use axum::extract::State;
use axum::response::Response;
use problem_details::Problem;
use service_runtime::extract::Query;

use super::json;
use crate::AppState;
use crate::question::Ask;

pub(crate) async fn show(State(state): State<AppState>, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let question = state.forecaster.check(&ask)?;
    Ok(json(state.forecaster.track_record_json(&question).await?))
}

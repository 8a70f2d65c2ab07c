//! `GET /track-record`: how good the model's own forecasts for past days were.

use axum::extract::State;
use axum::response::Response;
use problem_details::Problem;
use service_runtime::extract::Query;

use super::json;
use crate::AppState;
use crate::error::ForecastError;
use crate::forecast::ForecastQuery;

pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<ForecastQuery>,
) -> Result<Response, Problem> {
    let request = state.forecaster.check(&query)?;
    let answer = state.forecaster.start_record(&request).outcome().await.map_err(ForecastError::from)?;
    Ok(json(answer.outcome.clone()?))
}

//! `GET /track-record`: how good the model's own forecasts for past days were.

use axum::extract::State;
use axum::response::Response;
use forecast_types::TrackRecord;
use problem_details::Problem;
use service_runtime::extract::Query;

use super::json;
use crate::AppState;
use crate::error::ForecastError;
use crate::forecast::ForecastQuery;
use crate::handlers::docs::Failures;

/// How good the model's past forecasts of this stock were
///
/// Every forecast is remade from what was known on its day and compared with what happened.
#[utoipa::path(
    get,
    path = "/track-record",
    operation_id = "trackRecord",
    params(ForecastQuery),
    responses((status = 200, description = "The record.", body = TrackRecord), Failures)
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<ForecastQuery>,
) -> Result<Response, Problem> {
    let request = state.forecaster.check(&query)?;
    let answer = state.forecaster.start_record(&request).outcome().await.map_err(ForecastError::from)?;
    Ok(json(answer.outcome.clone()?))
}

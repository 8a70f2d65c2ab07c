//! `GET /model`: which model makes the forecasts, and the baseline to compare it with.

use axum::extract::State;
use axum::response::Response;
use forecast_types::ModelDescription;

use super::json;
use crate::AppState;

/// The model behind the forecasts
///
/// With the simple baseline it corrects, so that recorded forecasts can be scored against it.
#[utoipa::path(
    get,
    path = "/model",
    operation_id = "model",
    responses((status = 200, description = "The model.", body = ModelDescription))
)]
pub(crate) async fn show(State(state): State<AppState>) -> Response {
    json(serde_json::to_vec(&state.forecaster.model()).expect("a description has text keys only").into())
}

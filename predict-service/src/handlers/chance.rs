//! `GET /predict/chance`: how likely a close above or below a price is, from the same forecast as `/predict`.

use axum::extract::State;
use axum::response::Response;
use forecast_types::{ChanceAnswer, Question};
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::Query;
use utoipa::IntoParams;

use super::json;
use crate::AppState;
use crate::error::ForecastError;
use crate::forecast::{ForecastQuery, to_json};
use crate::handlers::docs::Failures;

/// The question, as it was sent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChanceQuery {
    /// Count closes above this price. Give either `above` or `below`.
    #[param(value_type = Option<f64>, exclusive_minimum = 0, example = 920)]
    above: Option<String>,
    /// Count closes below this price.
    #[param(value_type = Option<f64>, exclusive_minimum = 0)]
    below: Option<String>,
    /// One of the fourteen sessions of the forecast.
    #[param(required, value_type = Date, example = "2024-03-28")]
    by: Option<String>,
}

/// Chance of a close above or below a price
///
/// For the session itself, and for at least one close until then. Chances beyond the outermost quantiles are given as
/// bounds: under 5% and over 95%.
#[utoipa::path(
    get,
    path = "/predict/chance",
    operation_id = "chance",
    params(ForecastQuery, ChanceQuery),
    responses((status = 200, description = "The chances.", body = ChanceAnswer), Failures)
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<ForecastQuery>,
    Query(asked): Query<ChanceQuery>,
) -> Result<Response, Problem> {
    let request = state.forecaster.check(&query)?;
    let question = Question::parse(asked.above.as_deref(), asked.below.as_deref(), asked.by.as_deref())
        .map_err(ForecastError::from)?;
    let answer = state.forecaster.start(&request).outcome().await.map_err(ForecastError::from)?;
    let settled = answer.outcome.as_ref().map_err(Clone::clone)?;
    let chances = question.answer(&settled.forecast).map_err(ForecastError::from)?;
    Ok(json(to_json(&chances)))
}

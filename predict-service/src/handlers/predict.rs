//! `GET /predict`: quantiles of the close for each of the next fourteen sessions, as JSON or as events.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use forecast_types::Forecast;
use problem_details::Problem;
use service_runtime::extract::Query;

use super::{events, json};
use crate::AppState;
use crate::error::ForecastError;
use crate::forecast::ForecastQuery;
use crate::handlers::docs::Failures;

/// Forecast the next fourteen sessions
///
/// With `Accept: text/event-stream` the answer is a stream: a `source` event (`SourceReport`) as each source ends, then
/// one `forecast` (`Forecast`) or `problem` (`Problem`). Where prices are there before the other sources, a `preliminary`
/// event with a `Forecast` made without those comes first. Prices are required; the other sources never fail the request.
#[utoipa::path(
    get,
    path = "/predict",
    operation_id = "predict",
    params(ForecastQuery),
    responses(
        (status = 200, description = "The forecast.", content(
            (Forecast = "application/json"),
            (String = "text/event-stream"),
        )),
        Failures,
    )
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<ForecastQuery>,
) -> Result<Response, Problem> {
    let request = state.forecaster.check(&query);
    if wants_events(&headers) {
        return Ok(match request {
            Ok(request) => events::follow(state.forecaster.start(&request)),
            Err(error) => events::refuse(&error),
        });
    }
    let mut shared = state.forecaster.start(&request?);
    let answer = shared.outcome().await.map_err(ForecastError::from)?;
    let settled = answer.outcome.as_ref().map_err(Clone::clone)?;
    Ok(json(if shared.was_ready { settled.ready_json() } else { settled.json() }))
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| {
        accept.split(',').any(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
        })
    })
}

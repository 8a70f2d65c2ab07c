//! `GET /predict` as server-sent events: a `source` event as each source ends, then `forecast` or `problem`.
//!
//! The stream's status is always 200: a browser's `EventSource` shows its page nothing of a response that is not.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use forecast_types::{Forecast, SourceReport};
use futures_util::stream;
use problem_details::Problem;
use serde::Serialize;
use service_runtime::RequestContext;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::AppState;
use crate::error::ForecastError;
use crate::forecaster::Forecaster;
use crate::question::Ask;

/// Four sources and an end.
const EVENTS: usize = 5;
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub(crate) fn stream(state: AppState, ask: Ask) -> Response {
    let (events, mut received) = mpsc::channel::<Event>(EVENTS);
    let request_id = RequestContext::current().map(|context| context.request_id);
    let work = async move {
        let last = match forecast(&state.forecaster, &ask, &events).await {
            Ok(forecast) => event("forecast", &forecast),
            Err(error) => event("problem", &problem(error, request_id)),
        };
        // Nobody listens any more: nothing to do about it.
        let _ = events.send(last).await;
    };
    tokio::spawn(work.in_current_span());
    let events = stream::poll_fn(move |context| {
        received.poll_recv(context).map(|event| event.map(Ok::<_, Infallible>))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Buffering in a proxy would turn progress into silence.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

async fn forecast(
    forecaster: &Arc<Forecaster>,
    ask: &Ask,
    events: &mpsc::Sender<Event>,
) -> Result<Forecast, ForecastError> {
    let now = forecaster.clock.now();
    let question = forecaster.check(ask)?;
    let tell = |report: &SourceReport| {
        let _ = events.try_send(event("source", report));
    };
    let gathered = forecaster.gather(&question, now, &tell).await.map_err(|(error, _)| error)?;
    forecaster.forecast(&question, gathered, now).await
}

fn event<T: Serialize>(name: &str, data: &T) -> Event {
    Event::default()
        .event(name)
        .json_data(data)
        .expect("our answers hold only text, dates and finite numbers, and their JSON no line break")
}

/// The stack around the handlers sees a good response here, so the cause is logged on the spot.
fn problem(error: ForecastError, request_id: Option<String>) -> problem_details::Body {
    tracing::warn!(cause = format!("{:#}", anyhow::Error::from(error.clone())), "request failed");
    let mut body = Problem::from(error).body().clone();
    body.request_id = request_id;
    body
}

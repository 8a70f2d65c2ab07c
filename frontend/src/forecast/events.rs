//! `GET /forecast/{symbol}/events`: the sources as they respond, then the finished parts of the page.
//!
//! Events: `source` (one row of the list), `page` (the forecast, or the problem, as HTML), `record` (what the track
//! record adds), `end`. All carry JSON.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use service_runtime::RequestContext;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::cache::{ForecastProgress, RecordState, finished_record};
use super::request::ForecastRequest;
use super::sources::SourceRow;
use super::view::{ForecastBody, RecordParts};
use crate::pages::frame::render;
use crate::pages::problem::problem_part;
use crate::state::AppState;

#[derive(Serialize)]
struct SourceEvent<'a> {
    source: &'a str,
    status: &'a str,
    word: &'a str,
    provider: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct PageEvent {
    html: String,
    ok: bool,
}

#[derive(Serialize)]
struct RecordEvent {
    headline: String,
    trust: String,
    past: String,
}

/// Streams the progress of one forecast.
pub(crate) async fn show(State(state): State<AppState>, request: ForecastRequest) -> Response {
    // A slow reader delays only its own task; the task ends when the reader leaves.
    let (events, received) = mpsc::channel(4);
    let sending = async move {
        // A reader who has left is no error: nobody is waiting for the rest.
        let _left = send_all(&state, &request, &events).await;
    };
    match RequestContext::current() {
        Some(context) => tokio::spawn(context.scope(sending)),
        None => tokio::spawn(sending),
    };
    let stream = ReceiverStream::new(received).map(Ok::<_, Infallible>);
    let mut response = Sse::new(stream).keep_alive(KeepAlive::default()).into_response();
    // Proxies that buffer would delay the events.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn send_all(
    state: &AppState,
    request: &ForecastRequest,
    events: &mpsc::Sender<Event>,
) -> Result<(), mpsc::error::SendError<Event>> {
    let key = request.key();
    let mut forecast = state.forecasts.watch(&key);
    let mut record = state.forecasts.watch_record(&key);
    let mut sent = 0;
    let outcome = loop {
        let ForecastProgress { reports, outcome } = forecast.progress.borrow_and_update().clone();
        for report in &reports[sent..] {
            let SourceRow { id, status, status_word, provider, detail, .. } = SourceRow::of(report);
            let row =
                SourceEvent { source: id, status, word: status_word, provider: &provider, detail: &detail };
            events.send(event("source", &row)).await?;
        }
        sent = reports.len();
        if let Some(outcome) = outcome {
            break outcome.value;
        }
        if forecast.progress.changed().await.is_err() {
            break Err(crate::error::internal());
        }
    };
    match outcome {
        Ok(forecast) => {
            let body = ForecastBody::new(&forecast, request.view, state.config.market, &RecordState::Pending);
            events.send(event("page", &PageEvent { html: render(&body), ok: true })).await?;
            let record = finished_record(&mut record, Duration::MAX).await;
            let RecordParts { headline, trust, past } = RecordParts::of(&forecast, &record, request.view);
            events.send(event("record", &RecordEvent { headline, trust, past })).await?;
        }
        Err(problem) => {
            let html = problem_part(state, &problem, request.symbol().as_str());
            events.send(event("page", &PageEvent { html, ok: false })).await?;
        }
    }
    events.send(event("end", &())).await
}

fn event(name: &str, value: &impl Serialize) -> Event {
    let json = serde_json::to_string(value).expect("events hold only strings");
    Event::default().event(name).data(json)
}

//! `GET /forecast/{symbol}/events`: the sources as they respond, then the finished parts of the page.
//!
//! Events: `source` (one row of the list), `page` (the forecast, or the problem, as HTML; twice where some sources take
//! their time), `record` (what the track record adds), `end`. All carry JSON.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use forecast_types::{Forecast, SourceReport};
use futures_util::StreamExt as _;
use problem_details::Problem;
use serde::Serialize;
use service_runtime::RequestContext;
use service_runtime::single_flight::Shared;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tokio_stream::wrappers::ReceiverStream;

use super::cache::{ForecastProgress, RecordState, finished_record};
use super::outcome::closes_since;
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
    /// Whether another page follows, once the sources that take their time have responded.
    preliminary: bool,
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

type Sent = Result<(), SendError<Event>>;

async fn send_all(state: &AppState, request: &ForecastRequest, events: &mpsc::Sender<Event>) -> Sent {
    let key = request.key();
    let mut forecast = state.forecasts.watch(&key);
    let mut record = state.forecasts.watch_record(&key);
    let mut following = Following { state, request, events, reports: 0, preliminary: None };
    match following.forecast(&mut forecast).await? {
        Ok(forecast) => {
            following.finished(&forecast).await?;
            let record = finished_record(&mut record, Duration::MAX).await;
            let RecordParts { headline, trust, past } = RecordParts::of(&forecast, &record, request.view);
            events.send(event("record", &RecordEvent { headline, trust, past })).await?;
        }
        Err(problem) => {
            let html = problem_part(state, &problem, request.symbol().as_str());
            events.send(event("page", &PageEvent { html, ok: false, preliminary: false })).await?;
        }
    }
    events.send(event("end", &())).await
}

/// One reader, and what was sent so far.
struct Following<'a> {
    state: &'a AppState,
    request: &'a ForecastRequest,
    events: &'a mpsc::Sender<Event>,
    reports: usize,
    preliminary: Option<Arc<Forecast>>,
}

impl Following<'_> {
    /// Sends each step on the way to the forecast, and returns how it ended.
    async fn forecast(
        &mut self,
        forecast: &mut Shared<ForecastProgress>,
    ) -> Result<Result<Arc<Forecast>, Problem>, SendError<Event>> {
        loop {
            let ForecastProgress { reports, preliminary, outcome } =
                forecast.progress.borrow_and_update().clone();
            for report in &reports[self.reports..] {
                self.source(report).await?;
            }
            self.reports = reports.len();
            let is_new = self.preliminary.is_none();
            self.preliminary = preliminary;
            if let Some(outcome) = outcome {
                return Ok(outcome.value);
            }
            if let Some(preliminary) = self.preliminary.as_ref().filter(|_| is_new) {
                let body = self.body(preliminary).await.still_loading(&reports);
                self.page(&body, true).await?;
            }
            if forecast.progress.changed().await.is_err() {
                return Ok(Err(crate::error::internal()));
            }
        }
    }

    /// Sends the finished forecast, and says what has changed since the preliminary one.
    async fn finished(&self, forecast: &Forecast) -> Sent {
        let body = self.body(forecast).await;
        let body = match &self.preliminary {
            Some(preliminary) => body.settled(preliminary, forecast),
            None => body,
        };
        self.page(&body, false).await
    }

    async fn source(&self, report: &SourceReport) -> Sent {
        let SourceRow { id, status, status_word, provider, detail, .. } = SourceRow::of(report);
        let row = SourceEvent { source: id, status, word: status_word, provider: &provider, detail: &detail };
        self.events.send(event("source", &row)).await
    }

    async fn page(&self, body: &ForecastBody, preliminary: bool) -> Sent {
        self.events.send(event("page", &PageEvent { html: render(body), ok: true, preliminary })).await
    }

    async fn body(&self, forecast: &Forecast) -> ForecastBody {
        let outcome = closes_since(&self.state.forecasts, self.request, forecast).await;
        let market = self.state.config.market;
        ForecastBody::new(forecast, &outcome, self.request, market, &RecordState::Pending)
    }
}

fn event(name: &str, value: &impl Serialize) -> Event {
    let json = serde_json::to_string(value).expect("events hold only strings");
    Event::default().event(name).data(json)
}

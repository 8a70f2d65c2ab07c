//! `GET /predict` as server-sent events: a `source` event as each source ends, a `preliminary` forecast once there are
//! prices if other sources take their time, then `forecast` or `problem`.
//!
//! The stream's status is always 200, because a browser's `EventSource` hides any other response from its page. A
//! forecast that is ready is sent as one body that is written once.
//! Source of the format: WHATWG HTML, section 9.2 "Server-sent events".

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use forecast_types::SourceReport;
use futures_util::stream;
use problem_details::Problem;
use serde::Serialize;
use service_runtime::RequestContext;
use service_runtime::http_stack::log_failure;
use service_runtime::single_flight::{NoOutcome, Shared};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::Span;

use crate::error::ForecastError;
use crate::forecast::ForecastProgress;

/// A proxy may close a connection that is silent for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Streams a forecast as it is made.
pub(crate) fn follow(shared: Shared<ForecastProgress>) -> Response {
    if let Some(body) = ready(&shared) {
        return response(Body::from(body));
    }
    let feed = Feed {
        progress: shared.progress,
        sent: 0,
        sent_preliminary: false,
        ended: false,
        request: Request::current(),
    };
    response(Body::from_stream(stream::unfold(feed, Feed::next)))
}

/// Answers a query that was rejected.
pub(crate) fn refuse(error: &ForecastError) -> Response {
    let mut body = Vec::new();
    Request::current().write_problem(&mut body, error);
    response(Body::from(body))
}

fn response(body: Body) -> Response {
    // Buffering in a proxy would hold the progress back until the end.
    let headers = [("x-accel-buffering", "no"), (CACHE_CONTROL.as_str(), "no-cache")];
    (headers, [(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// Returns the whole stream of a forecast that is ready.
fn ready(shared: &Shared<ForecastProgress>) -> Option<Bytes> {
    if !shared.was_ready {
        return None;
    }
    let progress = shared.progress.borrow();
    let settled = progress.answer.as_ref()?.outcome.as_ref().ok()?;
    Some(settled.ready_events(|reports, forecast| {
        let mut body = Vec::with_capacity(forecast.len() + 1_024);
        reports.iter().for_each(|report| write_event(&mut body, "source", report));
        write_frame(&mut body, "forecast", forecast);
        body.into()
    }))
}

/// What is left to send to one client.
struct Feed {
    progress: watch::Receiver<ForecastProgress>,
    /// Source reports sent so far.
    sent: usize,
    sent_preliminary: bool,
    ended: bool,
    request: Request,
}

impl Feed {
    /// Waits for the next events; `None` after the last.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let mut chunk = Vec::new();
        while !self.ended && chunk.is_empty() {
            self.write_news(&mut chunk);
            if !chunk.is_empty() {
                break;
            }
            match timeout(KEEP_ALIVE, self.progress.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_closed)) => {
                    self.request.write_problem(&mut chunk, &NoOutcome.into());
                    self.ended = true;
                }
                // A comment, which clients skip.
                Err(_elapsed) => chunk.extend_from_slice(b":\n\n"),
            }
        }
        (!chunk.is_empty()).then(|| (Ok(chunk.into()), self))
    }

    fn write_news(&mut self, chunk: &mut Vec<u8>) {
        let progress = self.progress.borrow_and_update();
        let news: &[SourceReport] = &progress.reports[self.sent..];
        news.iter().for_each(|report| write_event(chunk, "source", report));
        self.sent = progress.reports.len();
        if let Some(forecast) = progress.preliminary.as_ref().filter(|_| !self.sent_preliminary) {
            write_frame(chunk, "preliminary", forecast);
            self.sent_preliminary = true;
        }
        let Some(answer) = &progress.answer else { return };
        match &answer.outcome {
            Ok(settled) => write_frame(chunk, "forecast", &settled.json()),
            Err(error) => self.request.write_problem(chunk, error),
        }
        self.ended = true;
    }
}

/// The request a stream answers; its body is sent after the handler has returned.
struct Request {
    id: Option<String>,
    span: Span,
}

impl Request {
    fn current() -> Self {
        Self { id: RequestContext::current().map(|context| context.request_id), span: Span::current() }
    }

    /// Writes the last event of a stream without a forecast. The layers around the handler see a good response, so
    /// the cause is logged here.
    fn write_problem(&self, chunk: &mut Vec<u8>, error: &ForecastError) {
        let problem = Problem::from(error.clone());
        self.span.in_scope(|| log_failure(problem.status(), error));
        let mut body = problem.body().clone();
        body.request_id.clone_from(&self.id);
        write_event(chunk, "problem", &body);
    }
}

fn write_event<T: Serialize>(chunk: &mut Vec<u8>, name: &str, data: &T) {
    let json = serde_json::to_vec(data).expect("our answers hold only text, dates and finite numbers");
    write_frame(chunk, name, &json);
}

/// JSON has no line breaks, so one `data` line holds it.
fn write_frame(chunk: &mut Vec<u8>, name: &str, json: &[u8]) {
    for part in [b"event: ", name.as_bytes(), b"\ndata: ", json, b"\n\n"] {
        chunk.extend_from_slice(part);
    }
}

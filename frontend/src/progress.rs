//! `GET /forecast/{symbol}/events`: the sources as they end, then the finished parts of the page.
//!
//! Events: `source` (one row of the list), `page` (the forecast, or the problem, as HTML), `record` (the two parts
//! about the track record), `end`. All carry JSON.

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use futures_util::stream::poll_fn;
use problem_details::Problem;
use serde::Serialize;
use service_runtime::RequestContext;
use service_runtime::extract::{Path, Query};
use tokio::sync::mpsc;

use crate::forecasts::{Ask, Making, finished_record};
use crate::pages::forecast::{Asked, Question, record_parts};
use crate::pages::forecast_view::{ForecastBody, Looks, SourceLine};
use crate::pages::frame::render;
use crate::pages::problem::problem_part;
use crate::pages::record_view::{Past, Trust};
use crate::state::App;

#[derive(Serialize)]
struct SourceEvent<'a> {
    source: &'a str,
    status: &'a str,
    word: &'a str,
    provider: &'a str,
    said: &'a str,
}

#[derive(Serialize)]
struct PageEvent {
    html: String,
    ok: bool,
}

#[derive(Serialize)]
struct RecordEvent {
    trust: String,
    past: String,
}

/// Streams the progress of one forecast.
pub(crate) async fn show(
    State(app): State<App>,
    Path(symbol): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Problem> {
    let asked = Asked::check(&app, &symbol, &question)?;
    let (ask, looks) = (asked.ask, asked.looks);
    // A slow reader holds up only its own task, and one that has gone ends it.
    let (events, received) = mpsc::channel(4);
    let telling = tell(app.clone(), ask, looks, events);
    match RequestContext::current() {
        Some(context) => tokio::spawn(context.scope(telling)),
        None => tokio::spawn(telling),
    };
    let mut response = Sse::new(stream(received)).keep_alive(KeepAlive::default()).into_response();
    // Proxies that buffer would hold back what is meant to be seen at once.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}

async fn tell(app: App, ask: Ask, looks: Looks, events: mpsc::Sender<Event>) {
    // A reader who has gone is no error: there is nobody left to tell.
    let _gone = tell_all(&app, &ask, looks, &events).await;
}

async fn tell_all(
    app: &App,
    ask: &Ask,
    looks: Looks,
    events: &mpsc::Sender<Event>,
) -> Result<(), mpsc::error::SendError<Event>> {
    let mut making = app.forecasts.watch(ask);
    let mut recording = app.forecasts.watch_record(ask);
    let mut told = 0;
    let outcome = loop {
        let Making { reports, outcome, .. } = making.borrow_and_update().clone();
        for report in &reports[told..] {
            let SourceLine { id, status, word, provider, said, .. } = SourceLine::of(report);
            let row = SourceEvent { source: id, status, word, provider: &provider, said: &said };
            events.send(event("source", &row)).await?;
        }
        told = reports.len();
        if let Some(outcome) = outcome {
            break outcome;
        }
        if making.changed().await.is_err() {
            break Err(crate::error::broken());
        }
    };
    match outcome {
        Ok(forecast) => {
            let body = ForecastBody::new(
                &forecast,
                looks,
                app.config.market,
                render(&Trust::waiting()),
                render(&Past::waiting()),
            );
            events.send(event("page", &PageEvent { html: render(&body), ok: true })).await?;
            let record = finished_record(&mut recording).await;
            let (trust, past) = record_parts(record.as_deref(), looks);
            events.send(event("record", &RecordEvent { trust, past })).await?;
        }
        Err(problem) => {
            let html = problem_part(app, &problem, ask.symbol.as_str());
            events.send(event("page", &PageEvent { html, ok: false })).await?;
        }
    }
    events.send(event("end", &())).await
}

fn event(name: &str, value: &impl Serialize) -> Event {
    let json = serde_json::to_string(value).expect("events hold only strings");
    Event::default().event(name).data(json)
}

fn stream(
    mut received: mpsc::Receiver<Event>,
) -> impl Stream<Item = Result<Event, std::convert::Infallible>> {
    poll_fn(move |context| received.poll_recv(context).map(|event| event.map(Ok)))
}

//! `GET /record/{session}/{symbol}`: one recorded forecast, its outcomes, and its entry in the log.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_store::ScoredForecast;
use forecast_types::Interval;
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};
use service_runtime::extract::Path;

use super::returns::Segment;
use super::session::{Outcome, outcome, parse_session, read};
use super::{ReturnScale, name, range};
use crate::assets;
use crate::caching::CachePolicy;
use crate::format;
use crate::pages::frame::{Frame, notice, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "record_forecast.html")]
struct ForecastPage {
    frame: Frame,
    css: String,
    symbol: String,
    name: String,
    session: String,
    day: String,
    model: String,
    volatility: String,
    report: Option<String>,
    zero: f64,
    rows: Vec<Row>,
    log_entry: String,
}

struct Row {
    day: String,
    iso: String,
    half: String,
    eighty: String,
    ninety: String,
    marks: [Segment; 3],
    outcome: Option<Outcome>,
}

/// Shows the page.
pub(crate) async fn show(
    State(state): State<AppState>,
    Path((session, symbol)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = parse_session(&session)?;
    let record = read(&state, session).await?;
    let found = record.forecasts.iter().find(|one| one.symbol().as_str().eq_ignore_ascii_case(&symbol));
    let one = found.ok_or_else(|| {
        Problem::new(ProblemKind::NotFound).detail("the record has no forecast of this stock and day")
    })?;
    let figures = |ahead: usize| {
        let (low, high) = one.range(Interval::P90, ahead);
        [Some(low), Some(high), one.realized_return(ahead)]
    };
    let scale = ReturnScale::of((1..=record.dates.len()).flat_map(figures).flatten());
    let path = format!("/record/{session}/{}", one.symbol());
    let title =
        format!("{}: forecast recorded after {} · Fortnight", one.symbol(), format::full_day(session));
    let description = "One recorded forecast, its outcomes, and its entry in the log.";
    let mut frame = Frame::new(&state, &headers, &path, &title, description).unlisted();
    frame.notice = notice(record.market);
    let forecast_page = ForecastPage {
        frame,
        css: assets::address("record.css"),
        symbol: one.symbol().to_string(),
        name: name(&state, one.symbol()),
        session: session.to_string(),
        day: format::full_day(session),
        model: one.model().as_str().replace('/', " "),
        volatility: format::percent_with(one.volatility(), 1),
        report: one
            .report()
            .and_then(|report| record.dates.get(usize::from(report) - 1))
            .map(|&day| format::day(day)),
        zero: scale.zero(),
        rows: (1..).zip(&record.dates).map(|(ahead, &date)| row(one, ahead, date, &scale)).collect(),
        log_entry: format!("{session} {} {}", one.symbol(), one.digest()),
    };
    Ok(page(&headers, CachePolicy::Page, &forecast_page))
}

fn row(one: &ScoredForecast, ahead: usize, date: Date, scale: &ReturnScale) -> Row {
    let edges = Interval::ALL.map(|interval| one.range(interval, ahead));
    let [half, eighty, ninety] = edges.map(|(low, high)| range(low, high));
    Row {
        day: format::day(date),
        iso: date.to_string(),
        half,
        eighty,
        ninety,
        marks: edges.map(|(low, high)| scale.segment(low, high)),
        outcome: outcome(one, ahead, scale),
    }
}

//! `GET /record/{session}`: the forecasts made after one trading day, and their outcomes.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_store::{ScoredForecast, SessionRecord};
use forecast_types::{HORIZON, Interval};
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::{Path, Query};

use super::group::Group;
use super::sessions::Figure;
use super::{ReturnScale, Segment, name, range};
use crate::assets;
use crate::caching::CachePolicy;
use crate::error::{bad_input, store_unreadable};
use crate::format;
use crate::pages::frame::{Frame, notice, page};
use crate::state::AppState;

/// The filter of the forecasts, not yet checked.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SessionQuery {
    ahead: Option<String>,
    group: Option<String>,
    missed: Option<String>,
    page: Option<usize>,
}

#[derive(Template)]
#[template(path = "record_session.html")]
struct SessionPage {
    frame: Frame,
    css: String,
    path: String,
    day: String,
    ahead_day: String,
    aheads: Vec<Choice>,
    groups: Vec<Choice>,
    missed: bool,
    counted: String,
    zero: f64,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct Row {
    symbol: String,
    name: String,
    href: String,
    range: String,
    segment: Segment,
    report: bool,
    outcome: Option<Outcome>,
}

/// The actual change, compared with the 80% range.
pub(super) struct Outcome {
    pub(super) change: String,
    pub(super) inside: bool,
    pub(super) x: f64,
}

/// Forecasts on one page.
const PAGE: usize = 100;

/// Parses the day in a path.
pub(super) fn parse_session(text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemKind::NotFound).detail("the record has no such day"))
}

/// Shows the forecasts of a day.
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(session): Path<String>,
    Query(query): Query<SessionQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let figure = Figure::parse(query.ahead.as_deref(), query.group.as_deref())?;
    let session = parse_session(&session)?;
    let snapshot = state.snapshot().ok_or_else(no_such_day)?;
    let record = read(&state, session).await?;
    let ahead = figure.ahead.unwrap_or(HORIZON);
    let missed = query.missed.is_some();
    let number = query.page.unwrap_or(1).max(1);
    let wanted = |one: &&ScoredForecast| {
        figure.group.contains(one, &snapshot.record)
            && (!missed || one.inside(Interval::P80, ahead) == Some(false))
    };
    let found: Vec<&ScoredForecast> = record.forecasts.iter().filter(wanted).collect();
    let first = (number - 1) * PAGE;
    if first > 0 && first >= found.len() {
        return Err(bad_input("page", format!("there are {} pages", found.len().div_ceil(PAGE))));
    }
    let on_page = &found[first..found.len().min(first + PAGE)];
    let edges = |one: &ScoredForecast| {
        let (low, high) = one.range(Interval::P80, ahead);
        [low, high, one.realized_return(ahead).unwrap_or_default()]
    };
    let scale = ReturnScale::of(on_page.iter().flat_map(|one| edges(one)));
    let turn = |number: usize| {
        let more = missed.then(|| ("missed", "1".to_owned()));
        let page = (number > 1).then(|| ("page", number.to_string()));
        figure.address(&format!("/record/{session}"), more.into_iter().chain(page))
    };
    let session_page = SessionPage {
        frame: frame(&state, &headers, &turn(number), &record),
        css: assets::address("record.css"),
        path: format!("/record/{session}"),
        day: format::full_day(session),
        ahead_day: record.dates.get(ahead - 1).map(|&date| format::full_day(date)).unwrap_or_default(),
        aheads: aheads(&record, ahead),
        groups: groups(figure.group),
        missed,
        counted: counted(&found, ahead),
        zero: scale.zero(),
        rows: on_page.iter().map(|one| row(&state, session, one, ahead, &scale)).collect(),
        newer: (number > 1).then(|| turn(number - 1)),
        older: (first + PAGE < found.len()).then(|| turn(number + 1)),
    };
    Ok(page(&headers, CachePolicy::Page, &session_page))
}

fn frame(state: &AppState, headers: &HeaderMap, path: &str, record: &SessionRecord) -> Frame {
    let title = format!("Forecasts recorded after {} · Fortnight", format::full_day(record.session));
    let description = "Every forecast made after one trading day, and its outcomes.";
    let mut frame = Frame::new(state, headers, path, &title, description).unlisted();
    frame.notice = notice(record.market);
    frame
}

/// Reads the forecasts of a day.
pub(super) async fn read(state: &AppState, session: Date) -> Result<std::sync::Arc<SessionRecord>, Problem> {
    let store = state.store.as_ref().ok_or_else(no_such_day)?;
    store.session(session).await.map_err(store_unreadable)?.ok_or_else(no_such_day)
}

fn no_such_day() -> Problem {
    Problem::new(ProblemKind::NotFound).detail("the record has no forecasts of this day")
}

fn counted(found: &[&ScoredForecast], ahead: usize) -> String {
    let known = found.iter().filter_map(|one| one.inside(Interval::P80, ahead));
    let (inside, known) = known.fold((0, 0), |(inside, known), held| (inside + u64::from(held), known + 1));
    let forecasts = format::plural(found.len() as u64, "forecast");
    match known {
        0 => format!("{forecasts}. There are no closes for this day yet."),
        _ => format!(
            "{forecasts}. {} of {} closes were inside the 80% range ({}).",
            format::count(inside),
            format::count(known),
            format::percent_with(inside as f64 / known as f64, 1)
        ),
    }
}

fn aheads(record: &SessionRecord, chosen: usize) -> Vec<Choice> {
    let choice = |(at, &date): (usize, &Date)| Choice {
        value: (at + 1).to_string(),
        label: format!("{} ({})", format::day(date), format::plural(at as u64 + 1, "trading day")),
        chosen: at + 1 == chosen,
    };
    record.dates.iter().enumerate().map(choice).collect()
}

fn groups(chosen: Group) -> Vec<Choice> {
    let choice = |group: Group| Choice {
        value: group.word().to_owned(),
        label: group.label().to_owned(),
        chosen: group == chosen,
    };
    Group::EVERY.map(choice).into()
}

fn row(state: &AppState, session: Date, one: &ScoredForecast, ahead: usize, scale: &ReturnScale) -> Row {
    let (low, high) = one.range(Interval::P80, ahead);
    Row {
        symbol: one.symbol().to_string(),
        name: name(state, one.symbol()),
        href: format!("/record/{session}/{}", one.symbol()),
        range: range(low, high),
        segment: scale.segment(low, high),
        report: one.report().is_some_and(|report| usize::from(report) <= ahead),
        outcome: outcome(one, ahead, scale),
    }
}

/// Returns the change of the stock until some sessions ahead, if it is known.
pub(super) fn outcome(one: &ScoredForecast, ahead: usize, scale: &ReturnScale) -> Option<Outcome> {
    let (change, inside) = one.realized_return(ahead).zip(one.inside(Interval::P80, ahead))?;
    Some(Outcome { change: format::signed_percent(change), inside, x: scale.position(change) })
}

//! `GET /record/sessions`: a figure of the record by trading day.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_store::SessionCoverage;
use forecast_types::HORIZON;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::Query;

use super::charts::session_coverage;
use super::coverage::gain;
use super::group::Group;
use crate::assets;
use crate::caching::CachePolicy;
use crate::error::bad_input;
use crate::forecast::links::address;
use crate::format;
use crate::pages::frame::{Frame, notice, page};
use crate::pages::no_record;
use crate::state::AppState;

/// Which figure, not yet checked.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct FigureQuery {
    ahead: Option<String>,
    group: Option<String>,
}

/// A figure: one group of forecasts, at one number of sessions ahead or at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    pub(super) ahead: Option<usize>,
    pub(super) group: Group,
}

#[derive(Template)]
#[template(path = "record_sessions.html")]
struct SessionsPage {
    frame: Frame,
    css: String,
    lead: String,
    rows: Vec<Row>,
}

struct Row {
    day: String,
    iso: String,
    href: String,
    forecasts: String,
    /// How often the three ranges held; absent until the forecasts are complete.
    held: Option<[String; 3]>,
    gain: Option<String>,
}

impl Figure {
    pub(super) fn parse(ahead: Option<&str>, group: Option<&str>) -> Result<Self, Problem> {
        let ahead = ahead.filter(|text| !text.is_empty()).map(|text| {
            text.parse().ok().filter(|ahead| (1..=HORIZON).contains(ahead)).ok_or_else(|| {
                bad_input("ahead", format!("expected a number of trading days from 1 to {HORIZON}"))
            })
        });
        let group = group.filter(|text| !text.is_empty()).map_or(Ok(Group::All), Group::parse)?;
        Ok(Self { ahead: ahead.transpose()?, group })
    }

    /// Returns a path with the query for this figure.
    pub(super) fn address<'a>(self, path: &str, more: impl IntoIterator<Item = (&'a str, String)>) -> String {
        let ahead = self.ahead.map(|ahead| ("ahead", ahead.to_string()));
        let group = (self.group != Group::All).then(|| ("group", self.group.word().to_owned()));
        address(path, ahead.into_iter().chain(group).chain(more))
    }
}

/// Shows the days, newest first.
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<FigureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let figure = Figure::parse(query.ahead.as_deref(), query.group.as_deref())?;
    let Some(snapshot) = state.snapshot() else {
        return Ok(no_record::show(&state, &headers, "/record/sessions"));
    };
    let path = figure.address("/record/sessions", []);
    let mut frame = Frame::new(
        &state,
        &headers,
        &path,
        "All recorded trading days · Fortnight",
        "Every trading day whose forecasts are recorded, with how often their ranges held.",
    )
    .unlisted();
    frame.notice = notice(snapshot.record.market);
    let sessions_page = SessionsPage {
        frame,
        css: assets::address("record.css"),
        lead: lead(figure),
        rows: snapshot.record.by_session.iter().rev().map(|session| row(session, figure)).collect(),
    };
    Ok(page(&headers, CachePolicy::Page, &sessions_page))
}

fn lead(figure: Figure) -> String {
    let ahead = match figure.ahead {
        Some(ahead) => format!("{} ahead", format::plural(ahead as u64, "trading day")),
        None => "over all 14 trading days ahead".to_owned(),
    };
    let group = match figure.group {
        Group::All => String::new(),
        group => format!(
            " The figures here are for all forecasts; each day’s page shows those for “{}”.",
            group.label().to_lowercase()
        ),
    };
    format!("How often the ranges of each day’s forecasts held, {ahead}.{group}")
}

fn row(session: &SessionCoverage, figure: Figure) -> Row {
    let level =
        |level| session_coverage(session, figure.ahead, level).map(|held| format::percent_with(held, 1));
    Row {
        day: format::full_day(session.session),
        iso: session.session.to_string(),
        href: figure.address(&format!("/record/{}", session.session), []),
        forecasts: format::count(session.forecasts),
        held: level(0).zip(level(1)).zip(level(2)).map(|((half, eighty), ninety)| [half, eighty, ninety]),
        gain: session.over_blend.map(gain),
    }
}

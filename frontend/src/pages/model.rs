//! `GET /model`: what the model can and cannot do, and its card.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use problem_details::{Problem, ProblemKind};
use service_runtime::extract::Path;

use super::frame::{Frame, page};
use crate::caching::{CachePolicy, respond};
use crate::format;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "model.html")]
struct ModelPage {
    frame: Frame,
    pooled: Vec<Figure>,
    data: Option<String>,
    card: Option<String>,
}

struct Figure {
    promised: String,
    held: String,
}

/// Shows the model card.
pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let frame = Frame::new(
        &state,
        &headers,
        "/model",
        "What the model can and cannot do · Fortnight",
        "How the forecasts are made, how good they have been, and where they fail.",
    );
    let pooled = state.forecasts.pooled();
    let figures = pooled.iter().flat_map(|skill| &skill.coverage).map(|coverage| Figure {
        promised: format::percent(coverage.level),
        held: format::percent_with(coverage.held, 1),
    });
    let model_page = ModelPage {
        frame,
        pooled: figures.collect(),
        data: pooled.as_ref().map(|skill| format::with_days(&skill.data)),
        card: state.model_card.html.clone(),
    };
    page(&headers, CachePolicy::Page, &model_page)
}

/// `GET /model/{name}`: a picture of the model card.
pub(crate) async fn picture(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let picture =
        state.model_card.pictures.get(&name).ok_or_else(|| {
            Problem::new(ProblemKind::NotFound).detail("the model card has no such picture")
        })?;
    Ok(respond(&headers, CachePolicy::List, picture.media_type, picture.bytes.clone()))
}

//! `GET /offline`: stored by the browser and shown when there is no connection.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::frame::{Frame, page};
use crate::caching::CachePolicy;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    frame: Frame,
}

/// Shows the page.
pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let frame =
        Frame::new(&state, &headers, "/offline", "Offline · Fortnight", "There is no connection.").unlisted();
    page(&headers, CachePolicy::Page, &OfflinePage { frame })
}

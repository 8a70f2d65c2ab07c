//! What `/market` and `/record` show if nothing is recorded.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;

use super::frame::{Frame, page};
use crate::assets;
use crate::caching::CachePolicy;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "no_record.html")]
struct NoRecordPage {
    frame: Frame,
    css: String,
    /// Whether a store is configured.
    has_store: bool,
}

/// Shows the page at an address that will show the record once there is one.
pub(crate) fn show(state: &AppState, headers: &HeaderMap, path: &str) -> Response {
    let description = "No forecasts have been recorded here yet.";
    let frame = Frame::new(state, headers, path, "No record yet · Fortnight", description).unlisted();
    page(
        headers,
        CachePolicy::Page,
        &NoRecordPage { frame, css: assets::address("record.css"), has_store: state.store.is_some() },
    )
}

//! `GET /offline`: kept by the browser and shown when there is no connection.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::frame::{Frame, page};
use crate::caching::Keep;
use crate::state::App;

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    frame: Frame,
}

/// Shows the page.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let frame =
        Frame::new(&app, &headers, "/offline", "Offline · Fortnight", "There is no connection.").unlisted();
    page(&headers, Keep::Page, &OfflinePage { frame })
}

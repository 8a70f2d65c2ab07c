//! One file for each route: each takes the request apart, calls one function and wraps the result.

pub(crate) mod chance;
pub(crate) mod docs;
mod events;
pub(crate) mod model;
pub(crate) mod predict;
pub(crate) mod track_record;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

/// A JSON answer. Browsers and proxies must ask again, because only this service knows when it expires.
fn json(bytes: Bytes) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache"), (VARY, "accept")];
    (headers, bytes).into_response()
}

//! One file for each thing that can be asked; each takes the question apart, calls one function, wraps the result.

pub(crate) mod docs;
pub(crate) mod predict;
pub(crate) mod progress;
pub(crate) mod track_record;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

/// A JSON answer. Browsers and proxies must ask again: when it goes stale is known here alone.
fn json(bytes: Bytes) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache"), (VARY, "accept")];
    (headers, bytes).into_response()
}

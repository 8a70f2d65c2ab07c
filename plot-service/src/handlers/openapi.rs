//! `GET /openapi.json`: the service's interface, for tools.

use axum::response::IntoResponse;

const OPENAPI: &str = include_str!("../../openapi.json");

/// Responds with the document.
pub(crate) async fn show() -> impl IntoResponse {
    ([("content-type", "application/json"), ("cache-control", "public, max-age=3600")], OPENAPI)
}

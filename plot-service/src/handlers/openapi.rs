//! `GET /openapi.json`: the service's own interface, for tools.

use axum::response::IntoResponse;

const OPENAPI: &str = include_str!("../../openapi.json");

/// Answers with the description.
pub(crate) async fn show() -> impl IntoResponse {
    ([("content-type", "application/json"), ("cache-control", "public, max-age=3600")], OPENAPI)
}

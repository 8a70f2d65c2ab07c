//! `GET /openapi.json`: the service's interface, generated from handlers and types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::IntoResponse;
use problem_details::MEDIA_TYPE;
use serde_json::{Value, json};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi};

use super::{compare, plot};
use crate::chart::compare::MOST_STOCKS;
use crate::chart::{
    DEFAULT_SIZE, FORECAST_SESSIONS, HEIGHT, HISTORY_SESSIONS, LONGEST_MODEL, LONGEST_SYMBOL, LONGEST_TEXT,
    MOST_EVENTS, MOST_REPORTS, SCALE, WIDTH,
};

/// Draws a stock's recent closes and the forecast of its next sessions, or several stocks side by side. The same request gives the same bytes. Errors
/// are RFC 9457 problems; docs/problems.md explains each type.
#[derive(OpenApi)]
#[openapi(
    info(title = "Fortnight plot-service", version = "1", license(name = "MIT", identifier = "MIT")),
    servers((url = "/")),
    paths(plot::draw, compare::draw, health, ready, show),
    components(schemas(problem_details::Body))
)]
struct Description;

/// How drawing can fail.
pub(super) struct Failures;

impl IntoResponses for Failures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |(status, description): (u16, &str)| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
            (status.to_string(), response.build().into())
        };
        [
            (406, "The client accepts neither PNG nor SVG nor JSON."),
            (413, "The body is too large."),
            (415, "The body is not JSON, or is compressed."),
            (422, "The chart cannot be drawn; `errors` names each field by its JSON pointer."),
            (429, "This client sends more requests than it may."),
            (503, "The service is at capacity; `Retry-After` says when to try again."),
            (504, "Drawing took too long."),
        ]
        .map(problem)
        .into()
    }
}

/// The process is up
#[utoipa::path(get, path = "/health", responses((status = 200, description = "It is.", body = String)))]
#[expect(dead_code, reason = "describes a route of service-runtime")]
fn health() {}

/// The service can do its work
#[utoipa::path(
    get,
    path = "/ready",
    responses(
        (status = 200, description = "It can.", body = String),
        (status = 503, description = "It is stopping.", body = problem_details::Body,
            content_type = "application/problem+json"),
    )
)]
#[expect(dead_code, reason = "describes a route of service-runtime")]
fn ready() {}

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "describe",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json"))
)]
pub(crate) async fn show() -> impl IntoResponse {
    static JSON: LazyLock<String> = LazyLock::new(description);
    ([("content-type", "application/json"), ("cache-control", "public, max-age=3600")], JSON.as_str())
}

/// Writes the document, with the limits that `chart` checks.
fn description() -> String {
    let mut document = serde_json::to_value(Description::openapi()).expect("the description is plain text");
    let stocks = ("stocks", json!({ "minItems": 1, "maxItems": MOST_STOCKS }));
    for name in ["ChartRequest", "ComparisonRequest"] {
        let schema = &mut document["components"]["schemas"][name]["properties"];
        for (field, limits) in limits().into_iter().chain([stocks.clone()]) {
            if let (Some(Value::Object(field)), Value::Object(limits)) = (schema.get_mut(field), limits) {
                field.extend(limits);
            }
        }
    }
    format!("{document:#}")
}

fn limits() -> [(&'static str, Value); 12] {
    let list = |least: usize, most: usize| json!({ "minItems": least, "maxItems": most });
    [
        ("title", json!({ "minLength": 1, "maxLength": LONGEST_TEXT })),
        ("subtitle", json!({ "maxLength": LONGEST_TEXT })),
        ("currency", json!({ "pattern": "^[A-Z]{3}$" })),
        ("history", list(*HISTORY_SESSIONS.start(), *HISTORY_SESSIONS.end())),
        ("forecast", list(*FORECAST_SESSIONS.start(), *FORECAST_SESSIONS.end())),
        ("width", json!({ "minimum": WIDTH.start(), "maximum": WIDTH.end(), "default": DEFAULT_SIZE.0 })),
        ("height", json!({ "minimum": HEIGHT.start(), "maximum": HEIGHT.end(), "default": DEFAULT_SIZE.1 })),
        ("scale", json!({ "minimum": SCALE.start(), "maximum": SCALE.end(), "default": 1 })),
        ("symbol", json!({ "maxLength": LONGEST_SYMBOL })),
        ("model", json!({ "maxLength": LONGEST_MODEL })),
        ("events", list(0, MOST_EVENTS)),
        ("reports", list(0, MOST_REPORTS)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_the_reviewed_one() {
        insta::assert_snapshot!("openapi", description());
    }
}

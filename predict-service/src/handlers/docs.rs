//! The API's description, generated from handlers and types, and a page to try it. All of it is compiled in; nothing
//! comes from another host.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use forecast_types::SourceReport;
use problem_details::MEDIA_TYPE;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi};

use super::{chance, model, predict, track_record};

const PAGE: &str = include_str!("../docs/page.html");
const SCRIPT: &str = include_str!("../docs/try.js");
const STYLE: &str = include_str!("../docs/style.css");

/// The page may load its own script and style and ask this service; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fortnight predict-service",
        description = "The next fourteen sessions of a listed US stock, by quantile. Not investment advice. Errors are RFC 9457 problems; docs/problems.md explains each type.",
        version = "1",
        license(name = "MIT", identifier = "MIT")
    ),
    servers((url = "/")),
    paths(predict::show, chance::show, track_record::show, model::show, health, ready, openapi, page),
    components(schemas(problem_details::Body, SourceReport))
)]
struct Description;

/// How a request can fail; the same for every route that makes something.
pub(super) struct Failures;

impl IntoResponses for Failures {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let problem = |(status, description): (u16, &str)| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
            (status.to_string(), response.build().into())
        };
        [
            (404, "No listed stock has this symbol or name, or there are no prices for it."),
            (422, "The query is invalid, or the stock has too little history."),
            (429, "This client sends more requests than it may."),
            (500, "The model failed."),
            (502, "The price source cannot be reached or sent something unusable."),
            (503, "Prices are rate limited, or the service is at capacity."),
            (504, "The price source did not answer in time."),
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
pub(crate) async fn openapi() -> Response {
    static JSON: LazyLock<Bytes> = LazyLock::new(|| description().into());
    asset("application/json", JSON.clone())
}

/// A page to try the API
#[utoipa::path(
    get,
    path = "/docs",
    operation_id = "docs",
    responses((status = 200, description = "HTML.", body = String, content_type = "text/html"))
)]
pub(crate) async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], asset("text/html; charset=utf-8", PAGE)).into_response()
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

fn description() -> String {
    Description::openapi().to_pretty_json().expect("the description is plain text")
}

fn asset(kind: &'static str, content: impl IntoResponse) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=300"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_description_is_the_documented_one() {
        insta::assert_snapshot!("openapi", description());
    }

    #[test]
    fn every_reference_of_the_description_leads_somewhere() {
        let text = description();
        let description: Value = serde_json::from_str(&text).unwrap();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
        for reference in text.split("\"$ref\": \"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(description.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn the_page_loads_nothing_from_another_host() {
        for text in [PAGE, STYLE, SCRIPT] {
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"));
        }
        assert!(!PAGE.contains(" style=") && !PAGE.contains(" onclick=") && !PAGE.contains("<script>"));
    }
}

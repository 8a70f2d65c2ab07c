//! The API's description, and a page to try it; all of it is compiled in, and nothing comes from another host.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

const OPENAPI: &str = include_str!("../docs/openapi.json");
const PAGE: &str = include_str!("../docs/page.html");
const SCRIPT: &str = include_str!("../docs/try.js");
const STYLE: &str = include_str!("../docs/style.css");

/// The page may load its own script and style and ask this service; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(crate) async fn openapi() -> Response {
    asset("application/json", OPENAPI)
}

pub(crate) async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], asset("text/html; charset=utf-8", PAGE)).into_response()
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=300"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_description_names_every_route_and_every_reference_leads_somewhere() {
        let description: Value = serde_json::from_str(OPENAPI).unwrap();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
        let paths: Vec<_> = description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        for path in ["/predict", "/track-record", "/health", "/ready", "/openapi.json", "/docs"] {
            assert!(paths.contains(&path), "{path}");
        }
        for reference in OPENAPI.split("\"$ref\": \"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(description.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn the_page_brings_all_it_needs() {
        for text in [PAGE, STYLE, SCRIPT] {
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"));
        }
        assert!(!PAGE.contains(" style=") && !PAGE.contains(" onclick=") && !PAGE.contains("<script>"));
    }
}

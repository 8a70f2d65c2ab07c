//! `POST /plot`, through the router.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use plot_service::{Config, router};
use problem_details::Body as Problem;
use serde_json::{Value, json};
use service_runtime::health::Readiness;
use tower::ServiceExt as _;

use crate::samples;

fn app() -> Router {
    router(&Config::default(), Readiness::ready())
}

fn month() -> Value {
    serde_json::to_value(samples::month()).unwrap()
}

async fn post(body: impl Into<Body>, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::post("/plot").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app().oneshot(request.body(body.into()).unwrap()).await.unwrap()
}

async fn bytes(response: Response<Body>) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

async fn problem(response: Response<Body>) -> Problem {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    serde_json::from_slice(&bytes(response).await).unwrap()
}

#[tokio::test]
async fn a_chart_is_a_png_unless_svg_is_preferred() {
    let response = post(month().to_string(), &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "image/png");
    assert_eq!(response.headers()["vary"], "accept");
    assert!(response.headers()["cache-control"].to_str().unwrap().contains("max-age"));
    assert!(bytes(response).await.starts_with(b"\x89PNG"));

    let response = post(month().to_string(), &[("accept", "image/png;q=0.4, image/svg+xml")]).await;
    assert_eq!(response.headers()["content-type"], "image/svg+xml");
    assert_eq!(response.headers()["content-security-policy"], "default-src 'none'");
    assert!(bytes(response).await.starts_with(b"<svg "));
}

#[tokio::test]
async fn json_says_where_the_picture_shows_what() {
    let response = post(month().to_string(), &[("accept", "application/json")]).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let area: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    assert_eq!((&area["width"], &area["height"], &area["last"]), (&json!(1200), &json!(750), &json!(29)));
    assert_eq!(area["sessions"].as_array().unwrap().len(), 44);
    assert_eq!(area["sessions"][29]["text"], "Fri, Nov 20: closed at $228.50");
    assert_eq!(area["sessions"][43]["text"], "Thu, Dec 10: 80% $217 to $249");
}

#[tokio::test]
async fn a_client_that_accepts_neither_learns_what_is_available() {
    let response = post(month().to_string(), &[("accept", "image/webp")]).await;
    assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
    let problem = problem(response).await;
    assert_eq!(problem.slug(), Some("not-acceptable"));
    assert!(problem.detail.unwrap().contains("image/svg+xml"));
}

#[tokio::test]
async fn a_current_tag_gets_304_and_no_body() {
    let first = post(month().to_string(), &[]).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"'), "strong: {tag}");

    let again = post(month().to_string(), &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], tag);
    assert!(bytes(again).await.is_empty());

    let as_svg = post(month().to_string(), &[("if-none-match", &tag), ("accept", "image/svg+xml")]).await;
    assert_eq!(as_svg.status(), StatusCode::OK, "another format has another tag");
    let mut changed = month();
    changed["title"] = json!("Another title");
    let changed = post(changed.to_string(), &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_fault_is_named_by_json_pointer() {
    let long: Vec<Value> = (0..100_000).map(|_| month()["history"][0].clone()).collect();
    let cases = [
        ("/history/3/close", "/history/3/close", json!("dear")),
        ("/history/3/close", "/history/3/close", json!(-1.0)),
        ("/history/3/date", "/history/3/date", json!("2026-02-30")),
        ("/history", "/history", json!([])),
        ("/history", "/history", Value::Array(long)),
        ("/forecast/0/quantiles", "/forecast/0/quantiles", json!({"0.5": 1.0, "0.05": 2.0})),
        ("/forecast/0/quantiles", "/forecast/0/quantiles", json!({"half": 1.0})),
        ("/theme", "/theme", json!("sepia")),
        ("/width", "/width", json!(100)),
        ("/width", "/width", json!(-5)),
        ("/title", "/title", json!("A".repeat(10_000))),
        ("/title", "/title", Value::Null),
    ];
    for (at, named, value) in cases {
        let mut body = month();
        // `width` is absent from the sample.
        body["width"] = json!(1200);
        *body.pointer_mut(at).unwrap() = value.clone();
        let response = post(body.to_string(), &[]).await;
        let given: String = value.to_string().chars().take(60).collect();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{at} = {given}");
        let problem = problem(response).await;
        assert_eq!(problem.slug(), Some("invalid-chart"));
        assert!(problem.errors[0].field.starts_with(named), "{at} = {given}: {:?}", problem.errors);
        assert!(problem.detail.unwrap().len() < 300);
    }
}

#[tokio::test]
async fn numbers_that_json_lacks_are_refused_at_their_place() {
    let text = month().to_string();
    let close = month()["history"][0]["close"].to_string();
    for wrong in ["NaN", "Infinity", "1e999", ""] {
        let response =
            post(text.replacen(&format!("\"close\":{close}"), &format!("\"close\":{wrong}"), 1), &[]).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        let problem = problem(response).await;
        assert_eq!(problem.errors[0].field, "/history/0/close", "{wrong}: {problem:?}");
    }
    let cut = post(text[..text.len() / 2].to_owned(), &[]).await;
    assert_eq!(cut.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = post(text.replacen("\"title\"", "\"titel\"", 1), &[]).await;
    assert!(problem(unknown).await.detail.unwrap().contains("titel"));
}

#[tokio::test]
async fn a_body_that_is_too_large_or_not_json_is_refused() {
    let mut body = month();
    body["subtitle"] = json!("x".repeat(600 * 1024));
    let response = post(body.to_string(), &[]).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem(response).await.slug(), Some("body-too-large"));

    let form =
        Request::post("/plot").header("content-type", "text/plain").body(Body::from("title=x")).unwrap();
    let response = app().oneshot(form).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(problem(response).await.slug(), Some("unsupported-media-type"));
}

#[tokio::test]
async fn a_body_holds_one_json_document() {
    let text = month().to_string();
    for (after, status) in [
        (" \n", StatusCode::OK),
        ("xyz", StatusCode::UNPROCESSABLE_ENTITY),
        (text.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("\0", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let response = post(format!("{text}{after}"), &[]).await;
        assert_eq!(response.status(), status, "{after:.20}");
        if status != StatusCode::OK {
            let detail = problem(response).await.detail.unwrap();
            assert!(detail.starts_with("the body is not JSON: trailing characters at line 1"), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_ignored_and_utf_16_is_named() {
    let text = month().to_string();
    assert_eq!(post(format!("\u{feff}{text}"), &[]).await.status(), StatusCode::OK);

    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let response = post(utf16, &[]).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem(response).await.detail.unwrap().contains("byte-order mark of UTF-16"));
}

#[tokio::test]
async fn a_compressed_body_is_refused_by_the_name_of_its_coding() {
    for (coding, status) in [
        ("gzip", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("identity, br", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("Identity", StatusCode::OK),
        ("", StatusCode::OK),
    ] {
        let response = post(month().to_string(), &[("content-encoding", coding)]).await;
        assert_eq!(response.status(), status, "{coding}");
        if status != StatusCode::OK {
            let detail = problem(response).await.detail.unwrap();
            assert!(detail.contains(coding.rsplit(' ').next().unwrap()), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_date_with_a_time_is_refused_in_plain_words_wherever_it_stands() {
    let mut whole = serde_json::to_value(samples::looking_back(14)).unwrap();
    let with_events = serde_json::to_value(samples::named("events-and-moving-price")).unwrap();
    whole["events"] = with_events["events"].clone();
    whole["moving"] = with_events["moving"].clone();
    for at in
        ["/history/3/date", "/forecast/0/date", "/as_of", "/outcome/0/date", "/events/0/date", "/moving/date"]
    {
        for wrong in [json!("2026-11-24T00:00:00Z"), json!("11/24/2026"), json!(20_261_124), json!(null)] {
            let mut body = whole.clone();
            *body.pointer_mut(at).unwrap() = wrong.clone();
            let response = post(body.to_string(), &[]).await;
            if at == "/as_of" && wrong.is_null() {
                continue;
            }
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{at} = {wrong}");
            let detail = problem(response).await.detail.unwrap();
            assert_eq!(detail, format!("{at} is not a day, expected a date such as 2026-11-24"), "{wrong}");
        }
    }
}

#[tokio::test]
async fn the_openapi_document_agrees_with_the_service() {
    let response = app().oneshot(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.unwrap();
    let description: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(path);
            let response = app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let known = ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&response.status());
            assert!(known, "{method} {path}");
        }
    }
    let limits = &description["components"]["schemas"]["ChartRequest"]["properties"]["width"];
    assert_eq!((&limits["minimum"], &limits["maximum"]), (&json!(320), &json!(2_400)));
    for reference in description.to_string().split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(description.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn a_forecast_without_levels_is_refused_even_if_the_list_of_faults_is_full() {
    let mut body = month();
    let first = body["history"][0].clone();
    body["history"] = json!(vec![first; 20]);
    for session in body["forecast"].as_array_mut().unwrap() {
        session["quantiles"] = json!({});
    }

    let response = post(body.to_string(), &[]).await;

    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem(response).await.slug(), Some("invalid-chart"));
}

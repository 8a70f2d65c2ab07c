//! `POST /plot/compare`, through the router.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use plot_service::{Config, router};
use serde_json::{Value, json};
use service_runtime::health::Readiness;
use tower::ServiceExt as _;

fn two() -> Value {
    let stock = |symbol: &str, close: f64| {
        let quantiles = json!({ "0.1": close * 0.9, "0.5": close, "0.9": close * 1.12 });
        json!({ "symbol": symbol, "name": "A company", "currency": "USD", "close": close, "quantiles": quantiles })
    };
    json!({ "title": "Two stocks", "stocks": [stock("NVDA", 856.1), stock("KO", 59.7)] })
}

async fn post(body: &Value, accept: &str) -> Response<Body> {
    let request = Request::post("/plot/compare").header("content-type", "application/json");
    let request = request.header("accept", accept).body(Body::from(body.to_string())).unwrap();
    router(&Config::default(), Readiness::ready()).oneshot(request).await.unwrap()
}

async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn a_comparison_is_a_png_or_an_svg() {
    let picture = post(&two(), "*/*").await;
    assert_eq!(
        (picture.status(), &picture.headers()["content-type"]),
        (StatusCode::OK, &"image/png".parse().unwrap())
    );
    assert!(picture.headers()["cache-control"].to_str().unwrap().contains("max-age"));
    let picture = post(&two(), "image/svg+xml").await;
    let text = picture.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&text).contains("$770–$959"));
}

#[tokio::test]
async fn a_field_that_cannot_be_drawn_is_named() {
    let mut wrong = two();
    wrong["stocks"][1]["close"] = json!(-1);
    let answer = post(&wrong, "*/*").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(json_of(answer).await["errors"][0]["field"], "/stocks/1/close");

    wrong["stocks"][1]["symbol"] = json!("not a symbol at all");
    let answer = json_of(post(&wrong, "*/*").await).await;
    assert_eq!(answer["errors"][0]["field"], "/stocks/1/symbol");
    assert_eq!(post(&two(), "image/webp").await.status(), StatusCode::NOT_ACCEPTABLE);
    assert_eq!(post(&two(), "application/json").await.status(), StatusCode::NOT_ACCEPTABLE);
}

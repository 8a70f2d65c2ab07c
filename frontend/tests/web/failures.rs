use std::num::NonZeroU32;

use axum::http::StatusCode;
use problem_details::{Problem, TYPE_BASE};

use crate::helpers::{BROWSER, TestApp};
use crate::standins::Sentiment;

async fn in_sentiment(sentiment: Sentiment) -> TestApp {
    let app = TestApp::start().await;
    *app.predict.sentiment.lock().unwrap() = sentiment;
    app
}

fn problem(status: u16, slug: &str) -> Problem {
    let body = serde_json::from_value(serde_json::json!({
        "type": format!("{TYPE_BASE}{slug}"), "title": "Title", "status": status, "detail": "the detail",
    }));
    Problem::relay(StatusCode::from_u16(status).unwrap(), &body.unwrap()).unwrap()
}

#[tokio::test]
async fn an_unknown_stock_is_a_page_with_suggestions() {
    let app = TestApp::start().await;
    let page = app.browse("/forecast/APPL").await.expect(StatusCode::NOT_FOUND);
    let html = page.text();
    assert!(html.contains("No such stock in the list") && html.contains("Did you mean"), "{html}");
    assert!(html.contains("href=\"/forecast/AAPL\""), "{html}");
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(app.predict.asked("/").is_empty(), "nobody is asked about a stock that is not listed");
}

#[tokio::test]
async fn a_program_gets_the_problem_itself() {
    let app = TestApp::start().await;
    let answer =
        app.get_with("/forecast/ZZZZ", &[("accept", "application/json")]).await.expect(StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(answer.json()["type"].as_str().unwrap().ends_with("/unknown-stock"));
    assert!(!answer.json()["request_id"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn every_failure_of_predict_service_is_a_page_with_its_status() {
    for (status, slug, heading) in [
        (422, "too-little-history", "Too young for a forecast"),
        (503, "prices-rate-limited", "The price source asks us to wait"),
        (502, "prices-unavailable", "Prices cannot be had at the moment"),
        (504, "prices-late", "That took too long"),
        (500, "internal-error", "Something broke"),
        (503, "overloaded", "Too many readers at once"),
        (418, "never-heard-of", "That did not work"),
    ] {
        let app = in_sentiment(Sentiment::Refusing(problem(status, slug).retry_after_seconds(42))).await;

        let page = app.browse("/forecast/AAPL?wait=1").await;

        assert_eq!(page.status.as_u16(), status, "{slug}");
        let html = page.text();
        assert!(html.contains(heading) && html.contains("the detail"), "{slug}: {html}");
        assert!(html.contains("Try again in <span data-retry-left>42 seconds</span>"), "{slug}: {html}");
        assert_eq!(page.header("retry-after"), "42", "{slug}");
        assert_eq!(page.header("cache-control"), "no-store", "{slug}");
    }
}

#[tokio::test]
async fn a_service_that_is_down_broken_or_strange_is_named() {
    for (sentiment, status) in [
        (Sentiment::BreakingOff, StatusCode::SERVICE_UNAVAILABLE),
        (Sentiment::Strange(StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>"), StatusCode::BAD_GATEWAY),
        (Sentiment::Strange(StatusCode::OK, "<html>hello</html>"), StatusCode::BAD_GATEWAY),
        (
            Sentiment::Strange(StatusCode::OK, "event: forecast\ndata: {\"half\":\n\n"),
            StatusCode::BAD_GATEWAY,
        ),
        (Sentiment::Strange(StatusCode::FORBIDDEN, "<html>no</html>"), StatusCode::BAD_GATEWAY),
    ] {
        let said = format!("{sentiment:?}");
        let app = in_sentiment(sentiment).await;
        let page = app.browse("/forecast/AAPL?wait=1").await.expect(status);
        assert!(page.text().contains("Forecasts cannot be made at the moment"), "{said}: {}", page.text());
    }
    let down =
        TestApp::start_with(|config| config.predict_url = "http://127.0.0.1:1/".parse().unwrap()).await;
    let page = down.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("predict-service cannot be reached"));
}

#[tokio::test]
async fn a_visitor_who_asks_too_much_gets_a_page_that_says_so() {
    let app = TestApp::start_with(|config| {
        config.clients.client_rate_per_second = 1;
        config.clients.client_rate_burst = NonZeroU32::MIN;
        config.clients.client_address_hops = 1;
    })
    .await;
    let greedy = [("accept", BROWSER), ("x-forwarded-for", "198.51.100.1")];
    let mut page = app.get_with("/", &greedy).await.expect(StatusCode::OK);
    // A slow machine may grant a second one.
    for _ in 0..100 {
        page = app.get_with("/", &greedy).await;
        if page.status != StatusCode::OK {
            break;
        }
    }

    let page = page.expect(StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text().contains("Too many requests from your address"), "{}", page.text());
    assert_eq!(page.header("retry-after"), "1");
    assert_eq!(page.header("cache-control"), "no-store");
    app.get_with("/", &[("x-forwarded-for", "198.51.100.2")]).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let app = in_sentiment(Sentiment::Refusing(problem(502, "prices-unavailable"))).await;
    app.get("/forecast/AAPL").await.expect(StatusCode::BAD_GATEWAY);
    *app.predict.sentiment.lock().unwrap() = Sentiment::Willing;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_silent_predict_service_ends_at_the_deadline() {
    let app = TestApp::start_with(|config| config.predict_deadline_ms = 50).await;
    app.predict.released.send_replace(2);
    let page = app.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::GATEWAY_TIMEOUT);
    assert!(page.text().contains("predict-service did not answer within 0.05 s"));
}

#[tokio::test]
async fn a_forecast_that_breaks_its_promises_is_not_shown() {
    let edits: [fn(&mut forecast_types::Forecast); 4] = [
        |forecast| forecast.stock.symbol = "MSFT".parse().unwrap(),
        |forecast| forecast.history.clear(),
        |forecast| forecast.forecast.clear(),
        |forecast| {
            forecast.forecast[3].quantiles = [(forecast_types::Level::MEDIAN, 5.0)].into_iter().collect();
        },
    ];
    for edit in edits {
        let app = TestApp::start().await;
        *app.predict.edit.lock().unwrap() = edit;
        app.get("/forecast/AAPL").await.expect(StatusCode::BAD_GATEWAY);
    }
}

#[tokio::test]
async fn a_bad_day_range_or_theme_says_what_was_expected() {
    let app = TestApp::start().await;
    for (query, expected) in [
        ("as_of=yesterday", "`yesterday` is no day; expected one such as 2026-11-20"),
        ("as_of=2026-02-30", "`2026-02-30` is no day"),
        ("range=31", "`31` is no range; expected 7, 30 or 90 sessions"),
        ("theme=pink", "`pink` is no theme; expected light or dark"),
    ] {
        let page =
            app.browse(&format!("/forecast/AAPL?{query}")).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text().contains(expected), "{query}: {}", page.text());
    }
}

#[tokio::test]
async fn a_chart_that_cannot_be_drawn_leaves_the_page_whole() {
    let app = TestApp::start().await;
    *app.plot.failing.lock().unwrap() = true;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    let picture = app.get("/forecast/AAPL/plot.png").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(picture.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_pages_too() {
    let app = TestApp::start().await;
    let page = app.browse("/nowhere").await.expect(StatusCode::NOT_FOUND);
    assert!(page.text().contains("There is nothing here"));
    let request = axum::http::Request::post("/").header("accept", crate::helpers::BROWSER);
    let response =
        tower::ServiceExt::oneshot(app.router.clone(), request.body(axum::body::Body::empty()).unwrap())
            .await
            .unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}

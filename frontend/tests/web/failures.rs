use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::StatusCode;
use problem_details::{Problem, TYPE_BASE};

use crate::helpers::{BROWSER, TestApp};
use crate::standins::Behavior;

async fn behaving(behavior: Behavior) -> TestApp {
    let app = TestApp::start().await;
    *app.predict.behavior.lock().unwrap() = behavior;
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
    assert!(html.contains("We don’t know this stock") && html.contains("Did you mean"), "{html}");
    assert!(html.contains("href=\"/forecast/AAPL\""), "{html}");
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(app.predict.asked("/").is_empty(), "no service is asked about a stock that is not listed");
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
        (422, "too-little-history", "Too new for a forecast"),
        (503, "prices-rate-limited", "The price source asks us to wait"),
        (502, "prices-unavailable", "We can’t get prices right now"),
        (504, "prices-late", "This took too long"),
        (500, "internal-error", "Something went wrong"),
        (503, "overloaded", "We’re very busy right now"),
        (418, "unheard-of", "This did not work"),
    ] {
        let app = behaving(Behavior::Problem(problem(status, slug).retry_after_seconds(42))).await;

        let page = app.browse("/forecast/AAPL?wait=1").await;

        assert_eq!(page.status.as_u16(), status, "{slug}");
        let html = page.text();
        assert!(html.contains(heading) && html.contains("The detail."), "{slug}: {html}");
        assert!(html.contains("Trying again in <span data-retry-left>42 seconds</span>"), "{slug}: {html}");
        let reload = "<noscript><meta http-equiv=\"refresh\" content=\"42\"></noscript>";
        assert!(html.contains(reload), "{slug}: {html}");
        assert!(html.contains("</span> Apple Inc.</h1>"), "{slug}: {html}");
        assert_eq!(page.header("retry-after"), "42", "{slug}");
        assert_eq!(page.header("cache-control"), "no-store", "{slug}");
    }
}

#[tokio::test]
async fn a_service_that_is_down_or_broken_is_a_page() {
    for (behavior, status) in [
        (Behavior::BreaksOff, StatusCode::SERVICE_UNAVAILABLE),
        (Behavior::Answers(StatusCode::OK, "<html>hello</html>"), StatusCode::BAD_GATEWAY),
        (Behavior::Answers(StatusCode::OK, "event: forecast\ndata: {\"half\":\n\n"), StatusCode::BAD_GATEWAY),
        (Behavior::Answers(StatusCode::FORBIDDEN, "<html>no</html>"), StatusCode::BAD_GATEWAY),
    ] {
        let name = format!("{behavior:?}");
        let app = behaving(behavior).await;
        let page = app.browse("/forecast/AAPL?wait=1").await.expect(status);
        assert!(page.text().contains("We can’t make forecasts right now"), "{name}: {}", page.text());
    }
    let down =
        TestApp::start_with(|config| config.predict_url = "http://127.0.0.1:1/".parse().unwrap()).await;
    let page = down.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("The forecast service cannot be reached."));
}

#[tokio::test]
async fn a_refusal_of_the_platform_in_front_of_a_service_is_not_taken_for_a_broken_answer() {
    for (status, text, expected) in [
        (429, "Rate exceeded.", (503, "overloaded")),
        (
            500,
            "<html>The request was aborted because there was no available instance.</html>",
            (503, "service-unreachable"),
        ),
        (503, "<html><h2>Service Unavailable</h2></html>", (503, "service-unreachable")),
        (504, "upstream request timeout", (504, "service-late")),
    ] {
        let app = behaving(Behavior::Answers(StatusCode::from_u16(status).unwrap(), text)).await;

        let answer = app.get("/forecast/AAPL/forecast.json").await;

        let slug = answer.json()["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        assert_eq!((answer.status.as_u16(), slug.as_str()), expected, "{status}");
        assert!(!answer.header("retry-after").is_empty(), "{status}");
    }
}

#[tokio::test]
async fn a_source_that_asks_to_wait_for_one_stock_leaves_cached_ones_alone() {
    let app = TestApp::start().await;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    *app.predict.behavior.lock().unwrap() =
        Behavior::Problem(problem(503, "prices-rate-limited").retry_after_seconds(60));

    app.get("/forecast/MSFT").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_visitor_with_too_many_requests_gets_a_page_that_says_so() {
    let app = TestApp::start_with(|config| {
        config.clients.client_rate_per_second = 1;
        config.clients.client_rate_burst = NonZeroU32::MIN;
        config.clients.client_address_hops = 1;
    })
    .await;
    let greedy = [("accept", BROWSER), ("x-forwarded-for", "198.51.100.1")];
    let mut page = app.get_with("/", &greedy).await.expect(StatusCode::OK);
    // A slow machine may allow a second one.
    for _ in 0..100 {
        page = app.get_with("/", &greedy).await;
        if page.status != StatusCode::OK {
            break;
        }
    }

    let page = page.expect(StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text().contains("Too many requests"), "{}", page.text());
    assert_eq!(page.header("retry-after"), "1");
    assert_eq!(page.header("cache-control"), "no-store");
    app.get_with("/", &[("x-forwarded-for", "198.51.100.2")]).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_failure_is_not_cached() {
    let app = behaving(Behavior::Problem(problem(502, "prices-unavailable"))).await;
    app.get("/forecast/AAPL").await.expect(StatusCode::BAD_GATEWAY);
    *app.predict.behavior.lock().unwrap() = Behavior::Forecasts;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_silent_predict_service_ends_at_the_deadline() {
    let app = TestApp::start_with(|config| config.predict_deadline = Duration::from_millis(50)).await;
    app.predict.released.send_replace(2);
    let page = app.browse("/forecast/AAPL?wait=1").await.expect(StatusCode::GATEWAY_TIMEOUT);
    assert!(page.text().contains("The forecast service did not respond in time."));
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
        ("as_of=yesterday", "&#34;yesterday&#34; is not a date; expected one such as 2026-11-20"),
        ("as_of=2026-02-30", "&#34;2026-02-30&#34; is not a date"),
        ("range=31", "unknown range &#34;31&#34;; expected 7, 30, 90 or 250 trading days"),
        ("theme=pink", "unknown theme &#34;pink&#34;; expected light or dark"),
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

//! What people and programs read, word by word. `INSTA_UPDATE=always` accepts changes.

use axum::http::StatusCode;

use crate::helpers::TestApp;
use crate::standins::Behavior;

/// Drops hashes of content and of requests, which change with every edit.
fn stable(text: &str) -> String {
    let mut stable = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(VERSION) {
        let (before, after) = rest.split_at(start + VERSION.len());
        stable.push_str(before);
        stable.push('…');
        rest = after.trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
    }
    stable.push_str(rest);
    stable
}

const VERSION: &str = "v=";

#[tokio::test]
async fn the_forecast_page() {
    let app = TestApp::start().await;
    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    insta::assert_snapshot!(stable(&html));
}

#[tokio::test]
async fn the_table_for_spreadsheets() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(app.get("/forecast/AAPL/forecast.csv").await.expect(StatusCode::OK).text());
}

#[tokio::test]
async fn a_problem() {
    let app = TestApp::start().await;
    *app.predict.behavior.lock().unwrap() =
        Behavior::Answers(StatusCode::TOO_MANY_REQUESTS, "Rate exceeded.");
    let mut problem = app.get("/forecast/AAPL/forecast.json").await.json();
    problem["request_id"] = "…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&problem).unwrap());
}

use axum::http::StatusCode;

use crate::helpers::TestApp;

#[tokio::test]
async fn the_picker_gets_ranked_matches_as_small_json() {
    let app = TestApp::start().await;
    let answer = app.get("/stocks?q=app").await.expect(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()[0]["symbol"], "AAPL");
    assert!(answer.body.len() < 4_000);

    let twenty = app.get("/stocks?q=c&limit=5000").await.expect(StatusCode::OK);
    assert!(twenty.json().as_array().unwrap().len() <= 20);
    assert_eq!(app.get("/stocks").await.expect(StatusCode::OK).json().as_array().unwrap().len(), 0);
    app.get("/stocks?q=a&limit=x").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_form_leads_to_the_one_stock_or_lists_what_matches() {
    let app = TestApp::start().await;
    for (asked, address) in [
        ("/search?q=aapl", "/forecast/AAPL"),
        ("/search?q=%24aapl", "/forecast/AAPL"),
        ("/search?q=NASDAQ%3AAAPL", "/forecast/AAPL"),
        ("/search?q=brkb", "/forecast/BRK.B"),
        ("/search?q=+brk%2Fb+", "/forecast/BRK.B"),
        ("/search?q=Apple+Inc.+Common+Stock", "/forecast/AAPL"),
        ("/search?q=apple", "/forecast/AAPL"),
        ("/search?q=berkshire", "/forecast/BRK.B"),
        ("/search?q=apple+stock+price", "/forecast/AAPL"),
        ("/search?q=", "/"),
    ] {
        let answer = app.browse(asked).await.expect(StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), address, "{asked}");
    }

    let two = app.browse("/search?q=Twin+Corp").await.expect(StatusCode::OK).text();
    assert!(two.contains("/forecast/TWIN\"") && two.contains("/forecast/TWINB\""), "{two}");
    let twitter = app.browse("/search?q=Twitter").await.expect(StatusCode::OK).text();
    assert!(twitter.contains("no longer listed"), "{twitter}");
    let none = app.browse("/search?q=zzzzzz").await.expect(StatusCode::OK).text();
    assert!(none.contains("No stock matches “zzzzzz”"), "{none}");
}

#[tokio::test]
async fn endless_input_is_cut_and_answered() {
    let app = TestApp::start().await;
    let long = "ä".repeat(3_000);
    app.get(&format!("/stocks?q={}", url_encoded(&long))).await.expect(StatusCode::OK);
    app.browse(&format!("/search?q={}", url_encoded(&long))).await.expect(StatusCode::OK);
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

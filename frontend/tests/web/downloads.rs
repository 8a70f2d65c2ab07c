use axum::http::StatusCode;
use forecast_types::Theme;

use crate::helpers::TestApp;
use crate::standins::PNG;

#[tokio::test]
async fn the_chart_is_drawn_from_the_forecast_as_the_address_asks() {
    let app = TestApp::start().await;

    let picture = app
        .get("/forecast/AAPL/plot.png?range=7&theme=dark&width=400&height=300&scale=2")
        .await
        .expect(StatusCode::OK);

    assert_eq!((picture.header("content-type"), picture.body.as_slice()), ("image/png", PNG));
    assert_eq!(picture.header("cross-origin-resource-policy"), "cross-origin");
    let asked = app.plot.asked.lock().unwrap();
    let chart = &asked[0];
    assert_eq!((chart.history.len(), chart.forecast.len()), (7, 14));
    assert_eq!(
        (chart.theme, chart.width, chart.height, chart.scale),
        (Theme::Dark, Some(400), Some(300), Some(2.0))
    );
    assert_eq!(chart.title, "AAPL · Apple Inc.");
    assert_eq!(chart.coverage.map(|coverage| coverage.held), Some(0.797));
}

#[tokio::test]
async fn a_picture_or_table_that_has_not_changed_is_not_sent_twice() {
    let app = TestApp::start().await;
    for path in [
        "/forecast/AAPL/plot.png",
        "/forecast/AAPL/plot.svg",
        "/forecast/AAPL/forecast.csv",
        "/forecast/AAPL/forecast.json",
    ] {
        let first = app.get(path).await.expect(StatusCode::OK);
        assert!(first.header("cache-control").starts_with("public, max-age=60"), "{path}");
        let again = app.get_with(path, &[("if-none-match", first.header("etag"))]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
    }
}

#[tokio::test]
async fn the_table_downloads_under_the_name_of_what_it_holds() {
    let app = TestApp::start().await;
    let csv = app.get("/forecast/BRK.B/forecast.csv").await.expect(StatusCode::OK);
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"fortnight-BRK.B-2026-11-20.csv\"");
    let text = csv.text();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("symbol,currency,market,as_of,session,date,q0.05,q0.1,q0.25,q0.5,q0.75,q0.9,q0.95")
    );
    assert!(lines.next().unwrap().starts_with("BRK.B,USD,simulated,2026-11-20,1,2026-11-23,"));
    assert_eq!(lines.count(), 13);
}

#[tokio::test]
async fn the_json_is_the_forecast_with_the_range_asked_for() {
    let app = TestApp::start().await;
    let json = app.get("/forecast/AAPL/forecast.json?range=7").await.expect(StatusCode::OK).json();
    assert_eq!(json["history"].as_array().unwrap().len(), 7);
    assert_eq!(json["stock"]["symbol"], "AAPL");
}

#[tokio::test]
async fn the_past_forecast_is_drawn_beside_what_happened() {
    let app = TestApp::start().await;
    app.get("/forecast/AAPL/past.png").await.expect(StatusCode::OK);
    let asked = app.plot.asked.lock().unwrap();
    assert_eq!(asked[0].past.as_ref().unwrap().forecast.len(), 14);
}

#[tokio::test]
async fn a_forecast_of_the_past_is_drawn_beside_what_happened_since() {
    let app = TestApp::start().await;
    let html = app.get("/forecast/AAPL?as_of=2026-10-01").await.expect(StatusCode::OK).text();
    assert!(html.contains("/forecast/AAPL/outcome.png?as_of=2026-10-01"), "{html}");
    assert!(html.contains("and the 36 closes since"), "{html}");

    app.get("/forecast/AAPL/outcome.png?as_of=2026-10-01").await.expect(StatusCode::OK);

    let asked = app.plot.asked.lock().unwrap();
    assert_eq!(asked[0].past.as_ref().unwrap().as_of.to_string(), "2026-10-01");
    assert_eq!(asked[0].history.last().unwrap().date.to_string(), "2026-11-20");
}

#[tokio::test]
async fn a_size_that_is_not_a_number_is_refused() {
    let app = TestApp::start().await;
    let answer = app.get("/forecast/AAPL/plot.png?width=wide").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

use std::time::Duration;

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
async fn the_same_picture_is_drawn_once() {
    let app = TestApp::start().await;

    let both = tokio::join!(app.get("/forecast/AAPL/plot.png"), app.get("/forecast/AAPL/plot.png"));
    app.get("/forecast/AAPL/plot.png?width=400").await.expect(StatusCode::OK);
    app.get("/forecast/AAPL/plot.png?v=1").await.expect(StatusCode::OK);

    assert_eq!((both.0.body.as_slice(), both.1.body.as_slice()), (PNG, PNG));
    assert_eq!(both.0.header("etag"), both.1.header("etag"));
    let widths: Vec<Option<u32>> = app.plot.asked.lock().unwrap().iter().map(|chart| chart.width).collect();
    assert_eq!(widths, [None, Some(400)], "requests for the same picture share one drawing");
}

#[tokio::test]
async fn a_picture_is_drawn_again_when_its_forecast_changes() {
    let app = TestApp::start_with(|config| config.forecast_fresh = Duration::ZERO).await;
    for _ in 0..2 {
        app.get("/forecast/AAPL/plot.png?v=1").await.expect(StatusCode::OK);
    }

    *app.predict.edit.lock().unwrap() = |forecast| forecast.history.last_mut().unwrap().close = 190.0;

    app.get("/forecast/AAPL/plot.png?v=1").await.expect(StatusCode::OK);
    let asked = app.plot.asked.lock().unwrap();
    let closes: Vec<f64> = asked.iter().map(|chart| chart.history.last().unwrap().close).collect();
    assert_eq!((closes.len(), closes[1]), (2, 190.0), "{closes:?}");
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
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "symbol,currency,market,as_of,session,date,close,q0.05,q0.1,q0.25,q0.5,q0.75,q0.9,q0.95,report,\
         shown_tweets,shown_news,shown_searches"
    );
    assert_eq!(lines.len(), 1 + 30 + 14, "thirty closes and fourteen coming days");
    assert!(lines[1].starts_with("BRK.B,USD,simulated,2026-11-20,-29,"), "{text}");
    assert!(lines[30].starts_with("BRK.B,USD,simulated,2026-11-20,0,2026-11-20,187.2,,"), "{text}");
    assert!(lines[31].starts_with("BRK.B,USD,simulated,2026-11-20,1,2026-11-23,,"), "{text}");
    assert!(lines.iter().all(|line| line.matches(',').count() == 17), "{text}");
}

#[tokio::test]
async fn the_json_is_the_forecast_with_the_range_asked_for() {
    let app = TestApp::start().await;
    let json = app.get("/forecast/AAPL/forecast.json?range=7").await.expect(StatusCode::OK).json();
    assert_eq!(json["history"].as_array().unwrap().len(), 7);
    assert_eq!(json["stock"]["symbol"], "AAPL");
}

#[tokio::test]
async fn the_past_forecast_is_drawn_with_the_closes_since() {
    let app = TestApp::start().await;
    app.get("/forecast/AAPL/past.png").await.expect(StatusCode::OK);
    let asked = app.plot.asked.lock().unwrap();
    let chart = &asked[0];
    assert_eq!((chart.history.len(), chart.forecast.len(), chart.outcome.len()), (30, 14, 14));
    assert_eq!(chart.outcome[0].date, chart.forecast[0].date);
    assert!(chart.history.last().unwrap().date < chart.outcome[0].date);
}

#[tokio::test]
async fn looking_back_shows_every_close_since_and_counts_those_inside() {
    let app = TestApp::start().await;
    let html = app.get("/forecast/AAPL?as_of=2026-10-01").await.expect(StatusCode::OK).text();
    assert!(html.contains("<p class=\"score\">14 of 14 closes were inside the 80% range.</p>"), "{html}");
    assert_eq!(html.matches("<span class=\"inside\">inside</span>").count(), 14);
    assert!(html.contains("<a href=\"/forecast/AAPL?as_of=2026-09-30\">← Day before</a>"), "{html}");
    assert!(html.contains("<a href=\"/forecast/AAPL?as_of=2026-10-02\">Day after →</a>"), "{html}");

    app.get("/forecast/AAPL/plot.png?as_of=2026-10-01").await.expect(StatusCode::OK);

    let asked = app.plot.asked.lock().unwrap();
    let chart = &asked[0];
    assert_eq!((chart.history.len(), chart.forecast.len(), chart.outcome.len()), (30, 14, 14));
    assert_eq!(chart.history.last().unwrap().date.to_string(), "2026-10-01");
}

#[tokio::test]
async fn closes_of_long_ago_come_from_the_forecast_fourteen_days_later() {
    let app = TestApp::start().await;
    let html = app.get("/forecast/AAPL?as_of=2024-10-01").await.expect(StatusCode::OK).text();
    assert!(html.contains("14 of 14 closes were inside the 80% range."), "{html}");
    let asked = app.predict.asked("/predict");
    assert!(asked.contains(&"/predict?stock=AAPL&as_of=2024-10-21&history=250".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn closes_from_before_a_split_are_compared_on_one_scale() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| {
        if forecast.as_of.year() == 2026 && forecast.as_of.month() == 11 {
            forecast.history.iter_mut().for_each(|bar| bar.close /= 10.0);
        }
    };
    let html = app.get("/forecast/AAPL?as_of=2026-10-01").await.expect(StatusCode::OK).text();
    assert!(html.contains("14 of 14 closes were inside the 80% range."), "{html}");
}

#[tokio::test]
async fn the_place_of_the_data_belongs_to_the_picture_of_the_same_query() {
    let app = TestApp::start().await;
    let answer =
        app.get("/forecast/AAPL/plot.json?width=400&height=300&range=7").await.expect(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let area = answer.json();
    assert_eq!((&area["width"], &area["height"], &area["last"]), (&400.into(), &300.into(), &6.into()));
    assert_eq!(area["sessions"].as_array().unwrap().len(), 21);
}

#[tokio::test]
async fn a_size_that_is_not_a_number_is_refused() {
    let app = TestApp::start().await;
    let answer = app.get("/forecast/AAPL/plot.png?width=wide").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

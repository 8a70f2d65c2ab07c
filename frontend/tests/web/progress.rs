use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use forecast_types::Forecast;
use http_body_util::BodyExt as _;
use problem_details::{Problem, ProblemKind};

use crate::helpers::TestApp;
use crate::standins::{ALL, Behavior};

/// Reads server-sent events one by one, as a browser would.
struct Events {
    body: Body,
    text: String,
}

impl Events {
    fn of(response: Response) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    async fn next(&mut self) -> (String, serde_json::Value) {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let line = |field: &str| block.lines().find_map(|line| line.strip_prefix(field));
                let event = line("event: ").map(|name| {
                    (name.to_owned(), serde_json::from_str(line("data: ").unwrap_or("null")).unwrap())
                });
                self.text = rest.to_owned();
                if let Some(event) = event {
                    return event;
                }
                continue;
            }
            let frame = self.body.frame().await.expect("the events end with `end`").unwrap();
            self.text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn a_browser_gets_the_page_at_once_and_then_each_source_as_it_responds() {
    let app = TestApp::start().await;
    app.predict.released.send_replace(0);

    let page = app.browse("/forecast/AAPL").await.expect(StatusCode::OK);
    let html = page.text();
    assert!(
        html.contains("data-events=\"/forecast/AAPL/events\"") && html.contains("Loading data"),
        "{html}"
    );
    assert!(
        html.contains("<noscript><meta http-equiv=\"refresh\" content=\"0; url=/forecast/AAPL?wait=1\">"),
        "{html}"
    );
    assert_eq!(page.header("cache-control"), "no-store");

    let mut events =
        Events::of(app.response("/forecast/AAPL/events", &[("accept", "text/event-stream")]).await);
    for (count, source) in [(1, "prices"), (2, "tweets"), (3, "news"), (4, "searches"), (5, "reports")] {
        app.predict.released.send_replace(count);
        let (name, data) = events.next().await;
        assert_eq!((name.as_str(), data["source"].as_str()), ("source", Some(source)));
    }
    let (name, data) = events.next().await;
    assert_eq!((name.as_str(), data["ok"].as_bool()), ("page", Some(true)));
    assert!(data["html"].as_str().unwrap().contains("In 14 trading days, probably between"));
    let (name, data) = events.next().await;
    assert_eq!(name, "record");
    assert!(data["trust"].as_str().unwrap().contains("held as promised"));
    assert_eq!(events.next().await.0, "end");

    assert_eq!(app.predict.asked("/predict").len(), 1, "page and progress share one request");
}

/// Prices as they would be without the other sources: 1% further from the middle.
fn wider(forecast: &mut Forecast) {
    for session in &mut forecast.forecast {
        let middle = session.quantiles.median().unwrap();
        let widened =
            session.quantiles.iter().map(|(level, price)| (level, middle + 1.01 * (price - middle)));
        session.quantiles = widened.collect();
    }
}

#[tokio::test]
async fn the_forecast_appears_with_the_prices_and_then_says_what_the_other_sources_changed() {
    let same: fn(&mut Forecast) = |_| {};
    for (edit, expected) in [
        (same, "Ranges unchanged with tweets, news, searches and reports."),
        (wider as fn(&mut Forecast), "the 80% range would be $171 to $203 (1.0% wider)."),
    ] {
        let app = TestApp::start().await;
        *app.predict.preliminary.lock().unwrap() = Some(edit);
        app.predict.released.send_replace(1);
        let mut events = Events::of(app.response("/forecast/AAPL/events", &[]).await);
        assert_eq!(events.next().await.0, "source");

        let (_, page) = events.next().await;
        assert_eq!((page["ok"].as_bool(), page["preliminary"].as_bool()), (Some(true), Some(true)));
        let html = page["html"].as_str().unwrap();
        assert!(html.contains("In 14 trading days, probably between"), "{html}");
        assert!(html.contains("Still loading: tweets, news, searches and reports."), "{html}");
        assert!(html.contains("data-source=\"news\" class=\"waiting\""), "{html}");
        // Its picture shows the same numbers, although the sources have not responded.
        let picture = html.split('"').find(|text| text.contains("plot.png")).unwrap();
        let picture = picture.replace("&amp;", "&").replace("&#38;", "&");
        app.get(picture.split([',', ' ']).next().unwrap()).await.expect(StatusCode::OK);

        app.predict.released.send_replace(ALL);
        let page = loop {
            let (name, data) = events.next().await;
            if name == "page" {
                break data;
            }
        };
        assert_eq!(page["preliminary"].as_bool(), Some(false));
        let html = page["html"].as_str().unwrap();
        assert!(html.contains(expected) && !html.contains("data-preliminary"), "{html}");
        assert_eq!(events.next().await.0, "record");
    }
}

#[tokio::test]
async fn a_page_opened_again_while_sources_are_slow_has_the_forecast_at_once() {
    let app = TestApp::start().await;
    *app.predict.preliminary.lock().unwrap() = Some(|_| {});
    app.predict.released.send_replace(1);
    let mut events = Events::of(app.response("/forecast/AAPL/events", &[]).await);
    while events.next().await.0 != "page" {}

    let html = app.browse("/forecast/AAPL").await.expect(StatusCode::OK).text();

    assert!(
        html.contains("In 14 trading days, probably between") && html.contains("data-preliminary"),
        "{html}"
    );
    assert!(html.contains("data-events"), "{html}");
}

#[tokio::test]
async fn a_cached_forecast_is_sent_whole_even_to_a_browser() {
    let app = TestApp::start_with(|config| config.first_byte = Duration::from_secs(5)).await;
    app.get("/forecast/AAPL").await.expect(StatusCode::OK);

    let html = app.browse("/forecast/AAPL").await.expect(StatusCode::OK).text();

    assert!(html.contains("In 14 trading days, probably between") && !html.contains("data-events"), "{html}");
}

#[tokio::test]
async fn a_record_that_is_late_follows_the_forecast() {
    let app = TestApp::start().await;
    app.predict.record_released.send_replace(false);
    app.get("/forecast/AAPL/forecast.json").await.expect(StatusCode::OK);

    let html = app.browse("/forecast/AAPL").await.expect(StatusCode::OK).text();
    assert!(html.contains("In 14 trading days, probably between") && html.contains("data-events"), "{html}");
    assert!(html.contains("Checking past forecasts for AAPL"), "{html}");

    let mut events = Events::of(app.response("/forecast/AAPL/events", &[]).await);
    while events.next().await.0 != "page" {}
    app.predict.record_released.send_replace(true);
    assert_eq!(events.next().await.0, "record");
}

#[tokio::test]
async fn a_problem_takes_the_place_of_the_forecast() {
    let app = TestApp::start().await;
    app.predict.released.send_replace(1);
    let problem = Problem::new(ProblemKind::PricesUnavailable).detail("Yahoo <b>is</b> down");
    *app.predict.behavior.lock().unwrap() = Behavior::Problem(problem);
    let mut events = Events::of(app.response("/forecast/AAPL/events", &[]).await);
    assert_eq!(events.next().await.0, "source");

    app.predict.released.send_replace(ALL);
    let data = loop {
        let (name, data) = events.next().await;
        if name == "page" {
            break data;
        }
    };

    assert_eq!(data["ok"].as_bool(), Some(false));
    let html = data["html"].as_str().unwrap();
    assert!(html.contains("We can’t get prices right now") && html.contains("Yahoo &#60;b&#62;"), "{html}");
    assert_eq!(events.next().await.0, "end");
}

#[tokio::test]
async fn a_reader_who_leaves_does_not_stop_the_forecast_for_others() {
    let app = TestApp::start().await;
    app.predict.released.send_replace(0);
    drop(app.response("/forecast/AAPL/events", &[]).await);

    app.predict.released.send_replace(ALL);

    app.get("/forecast/AAPL").await.expect(StatusCode::OK);
    assert_eq!(app.predict.asked("/predict").len(), 1);
}

#[tokio::test]
async fn events_of_an_unknown_stock_are_refused_with_a_problem() {
    let app = TestApp::start().await;
    let answer = app.get_with("/forecast/ZZZZ/events", &[("accept", "text/event-stream")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

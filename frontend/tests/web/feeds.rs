//! Feeds and calendars, read back by the parsers that readers use.

use axum::http::StatusCode;
use forecast_types::{Report, ReportBasis, ReportTime};
use icalendar::{Calendar, CalendarComponent, Component as _, DatePerhapsTime};
use jiff::civil::Date;
use problem_details::{Problem, ProblemKind};

use crate::helpers::TestApp;
use crate::standins::Behavior;

#[tokio::test]
async fn a_watchlist_has_a_feed_with_one_entry_per_stock() {
    let app = TestApp::start().await;

    let answer = app.get("/feed.atom?stocks=AAPL,EVIL,GONE").await.expect(StatusCode::OK);

    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let feed = atom_syndication::Feed::read_from(answer.body.as_slice()).unwrap();
    assert_eq!(feed.title().as_str(), "AAPL, EVIL on Fortnight");
    assert_eq!(feed.id(), "http://fortnight.test/feed.atom?stocks=AAPL,EVIL");
    assert_eq!(feed.updated().to_rfc3339(), "2026-11-20T21:00:00+00:00", "the close of the newest day");
    let [apple, evil] = feed.entries() else { panic!("{feed:?}") };
    assert_eq!(apple.title().as_str(), "AAPL: 80% range $171–$203 by Dec 11");
    assert_eq!(apple.id(), "http://fortnight.test/forecast/AAPL?as_of=2026-11-20");
    assert!(apple.summary().unwrap().as_str().ends_with("Not investment advice."));
    assert!(evil.summary().unwrap().as_str().starts_with("<script>alert(1)</script> \"&' Corp closed at"));
    assert_eq!(
        app.get("/feed.atom?stocks=AAPL,EVIL").await.body,
        answer.body,
        "nothing changes until the next close"
    );
}

#[tokio::test]
async fn a_calendar_has_the_report_of_each_stock_on_its_day() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| {
        let basis = if forecast.stock.symbol.as_str() == "AAPL" {
            ReportBasis::Announced
        } else {
            ReportBasis::Estimated
        };
        forecast.report = Some(Report {
            date: Date::constant(2026, 12, 1),
            when: ReportTime::AfterClose,
            basis,
            spread_sessions: None,
            session: Some(7),
        });
    };

    let answer = app.get("/reports.ics?stocks=AAPL,EVIL").await.expect(StatusCode::OK);

    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    assert!(answer.text().split("\r\n").all(|line| line.len() <= 75));
    let calendar: Calendar = answer.text().parse().unwrap();
    let events: Vec<_> = calendar.components.iter().filter_map(CalendarComponent::as_event).collect();
    let [apple, evil] = events.as_slice() else { panic!("{calendar:?}") };
    assert_eq!(apple.get_summary(), Some("AAPL (Apple Inc.) reports after the market closes"));
    assert_eq!(apple.property_value("STATUS"), Some("CONFIRMED"));
    let DatePerhapsTime::Date(day) = apple.get_start().unwrap() else { panic!("{apple:?}") };
    assert_eq!(day.to_string(), "2026-12-01");
    assert!(apple.get_description().unwrap().contains("Not investment advice."));
    assert_eq!(evil.property_value("STATUS"), Some("TENTATIVE"));
    assert!(evil.get_summary().unwrap().starts_with("EVIL (<script>alert(1)</script> \"&' Corp) may report"));
    assert_eq!(apple.get_timestamp().unwrap().to_rfc3339(), "2026-11-20T21:00:00+00:00");
    assert_ne!(apple.get_uid(), evil.get_uid());
}

#[tokio::test]
async fn a_calendar_without_report_days_is_empty_and_valid() {
    let app = TestApp::start().await;
    let answer = app.get("/reports.ics?stocks=AAPL").await.expect(StatusCode::OK);
    assert!(answer.text().parse::<Calendar>().unwrap().components.is_empty());
}

#[tokio::test]
async fn an_empty_feed_is_a_problem_and_one_failure_does_not_affect_the_others() {
    let app = TestApp::start().await;
    for path in ["/feed.atom?stocks=", "/feed.atom?stocks=GONE", "/reports.ics?stocks=GONE"] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.get("/reports.ics").await.status, StatusCode::UNPROCESSABLE_ENTITY);

    app.get("/feed.atom?stocks=AAPL").await.expect(StatusCode::OK);
    *app.predict.behavior.lock().unwrap() =
        Behavior::Problem(Problem::new(ProblemKind::PricesUnavailable).detail("no prices"));
    let feed = app.get("/feed.atom?stocks=AAPL,MSFT").await.expect(StatusCode::OK);
    let feed = atom_syndication::Feed::read_from(feed.body.as_slice()).unwrap();
    assert_eq!(feed.entries().len(), 1);
    assert!(app.get("/feed.atom?stocks=MSFT").await.status.is_server_error());
}

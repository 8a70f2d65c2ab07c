//! The company's next report in the page, its picture and its table, and what reports did to past ranges.

use axum::http::StatusCode;
use forecast_types::{
    Coverage, CoverageByReport, HeldForecasts, HeldInterval, Report, ReportBasis, ReportTime,
};
use jiff::civil::date;

use crate::helpers::TestApp;

const ANNOUNCED: Report = Report {
    date: date(2026, 11, 24),
    when: ReportTime::AfterClose,
    basis: ReportBasis::Announced,
    spread_sessions: None,
    session: Some(3),
};

#[tokio::test]
async fn an_announced_report_is_named_in_page_picture_and_table() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| forecast.report = Some(ANNOUNCED);

    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    let table = app.get("/forecast/AAPL/forecast.csv").await.expect(StatusCode::OK).text();
    app.get("/forecast/AAPL/plot.png").await.expect(StatusCode::OK);

    let line = "Reports Tue, Nov 24, after close: the 80% range goes from ±3.2% to ±3.9% on Wed, Nov 25.";
    assert!(html.matches(line).count() >= 2, "in the page and in the picture's description: {html}");
    assert!(html.contains("<span class=\"tag\">reports after close</span>"), "{html}");
    let row = table.lines().find(|row| row.contains("2026-11-24")).unwrap();
    assert!(row.ends_with(",announced,,,"), "{row}");
    assert_eq!(app.plot.asked.lock().unwrap().last().unwrap().reports, [ANNOUNCED]);
}

#[tokio::test]
async fn an_estimate_is_called_one() {
    let app = TestApp::start().await;
    *app.predict.edit.lock().unwrap() = |forecast| {
        let basis = ReportBasis::Estimated;
        forecast.report = Some(Report {
            date: date(2026, 12, 2),
            basis,
            spread_sessions: Some(4),
            session: Some(8),
            ..ANNOUNCED
        });
    };
    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    let line = "Report expected about Wed, Dec 2, give or take 4 trading days, going by earlier reports.";
    assert!(html.contains(line) && html.contains("<span class=\"tag\">report expected</span>"), "{html}");

    *app.predict.edit.lock().unwrap() = |forecast| {
        forecast.report = Some(Report { date: date(2027, 2, 23), session: None, ..ANNOUNCED });
    };
    let html = app.get("/forecast/MSFT").await.expect(StatusCode::OK).text();
    assert!(html.contains("Next report: Tue, Feb 23, after these 14 trading days."), "{html}");
}

#[tokio::test]
async fn past_ranges_are_counted_with_and_without_a_report() {
    let app = TestApp::start().await;
    *app.predict.edit_record.lock().unwrap() = |record| {
        let part = |forecasts: u32, held: f64| HeldForecasts {
            forecasts,
            held: Some(HeldInterval {
                coverage: Coverage { level: 0.8, held, outcomes: u64::from(forecasts) * 14 },
                between: (held - 0.1, held + 0.1),
            }),
        };
        record.by_report =
            Some(CoverageByReport { with_report: part(33, 0.69), without_report: part(108, 0.82) });
    };
    let html = app.get("/forecast/AAPL").await.expect(StatusCode::OK).text();
    assert!(html.contains("With a report: 80% range held 69% (33 forecasts)"), "{html}");
    assert!(html.contains("Without a report: 80% range held 82% (108 forecasts)"), "{html}");
}

//! The whole market and the record, from a store.

use axum::http::StatusCode;
use forecast_types::Market;

use crate::helpers::TestApp;
use crate::recorded::{CHECKPOINT, record, record_of};

const STOCKS: [&str; 4] = ["AAPL", "BRK.B", "EVIL", "MSFT"];

/// A page over a store with some months of forecasts.
async fn with_record(sessions: usize) -> (TestApp, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = record(folder.path(), &STOCKS, sessions).await;
    let app = TestApp::start_with(|config| config.store_url = Some(url)).await;
    app.state.refresh_store().await.unwrap();
    (app, folder)
}

#[tokio::test]
async fn without_a_store_the_pages_explain_how_to_start_one_and_no_page_links_to_them() {
    let app = TestApp::start().await;
    for path in ["/market", "/record", "/record/sessions"] {
        let page = app.browse(path).await.expect(StatusCode::OK).text();
        assert!(page.contains("There is no record here yet") && page.contains("fortnight nightly"), "{page}");
    }
    assert!(!app.browse("/").await.text().contains("href=\"/record\""));
    assert_eq!(app.get("/feed.atom").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/store/manifest.json").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/record/2026-11-20").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_empty_store_is_not_an_error_and_its_first_session_appears() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let url = path.to_str().unwrap().parse().unwrap();
    let app = TestApp::start_with(|config| config.store_url = Some(url)).await;
    app.state.refresh_store().await.unwrap();
    let page = app.browse("/record").await.expect(StatusCode::OK).text();
    assert!(page.contains("no trading day has been recorded"), "{page}");
    assert!(page.contains("href=\"/record\""), "the pages link to where it will appear");

    record(&path, &STOCKS, 2).await;
    app.state.refresh_store().await.unwrap();
    assert!(app.browse("/record").await.text().contains("No forecast is complete yet"));
    assert!(app.browse("/market").await.text().contains("The market after Fri, Nov 20, 2026"));
}

#[tokio::test]
async fn a_replay_is_not_shown_as_a_test_of_the_model() {
    for (market, is_said) in [(Market::Replay, true), (Market::Live, false)] {
        let folder = tempfile::tempdir().unwrap();
        let url = record_of(market, folder.path(), &STOCKS, 20).await;
        let app = TestApp::start_with(|config| config.store_url = Some(url)).await;
        app.state.refresh_store().await.unwrap();

        let page = app.browse("/record").await.expect(StatusCode::OK).text();

        assert_eq!(page.contains("these figures do not test it"), is_said, "{page}");
    }
}

#[tokio::test]
async fn the_record_shows_how_often_ranges_held_and_links_to_the_forecasts_of_each_figure() {
    let (app, _folder) = with_record(90).await;

    let page = app.browse("/record").await.expect(StatusCode::OK).text();
    for part in [
        "360 forecasts, made after 90 trading days",
        "The 80% range held",
        "95% interval",
        "Calmest third",
        "Report ahead",
        "href=\"/record/sessions?ahead=5\"",
        "href=\"/record/sessions?group=wild\"",
        "fortnight verify http://fortnight.test/store",
        CHECKPOINT,
        "Simulated market",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let worst = page.split("<tbody>").nth(1).unwrap();
    let worst = worst.split("href=\"").nth(1).unwrap().split('"').next().unwrap();

    let sessions = app.browse("/record/sessions?ahead=5&group=wild").await.expect(StatusCode::OK).text();
    assert_eq!(sessions.matches("<time ").count(), 90);
    assert!(sessions.contains("href=\"/record/2026-10-01?ahead=5&#38;group=wild\""), "{sessions}");

    let session = app.browse("/record/2026-10-01?ahead=5").await.expect(StatusCode::OK).text();
    assert!(
        session.contains("4 forecasts.") && session.contains("href=\"/record/2026-10-01/AAPL\""),
        "{session}"
    );
    assert!(!session.contains("<script>alert"));
    let missed = app.browse("/record/2026-10-01?ahead=5&missed=1").await.expect(StatusCode::OK).text();
    assert_eq!(missed.matches("class=\"inside\"").count(), 0);

    let forecast = app.browse(worst).await.expect(StatusCode::OK).text();
    assert!(
        forecast.contains("class=\"outside\">outside") && forecast.contains("Its entry in the log"),
        "{forecast}"
    );
    for (path, status) in [
        ("/record/2026-10-03", StatusCode::NOT_FOUND),
        ("/record/soon", StatusCode::NOT_FOUND),
        ("/record/2026-10-01/NOPE", StatusCode::NOT_FOUND),
        ("/record/2026-10-01?ahead=15", StatusCode::UNPROCESSABLE_ENTITY),
        ("/record/2026-10-01?group=brave", StatusCode::UNPROCESSABLE_ENTITY),
        ("/record/2026-10-01?page=9", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(app.browse(path).await.status, status, "{path}");
    }
    assert!(app.predict.asked("/").is_empty(), "no other service is called");
}

#[tokio::test]
async fn the_market_and_its_feed_come_from_the_store_alone() {
    let (app, _folder) = with_record(20).await;

    let page = app.browse("/market").await.expect(StatusCode::OK).text();
    for part in [
        "The market after Fri, Nov 20, 2026",
        "Widest ranges",
        "Sector by sector",
        "of 4 closes stayed inside",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script>alert"));
    assert!(app.browse("/").await.text().contains("href=\"/market\""));
    let feed = app.get("/feed.atom").await.expect(StatusCode::OK);
    let feed = atom_syndication::Feed::read_from(feed.body.as_slice()).unwrap();
    assert_eq!(feed.entries()[0].title().as_str(), "The market after Fri, Nov 20, 2026");
    assert_eq!(feed.entries()[0].id(), "http://fortnight.test/record/2026-11-20");
    assert!(app.predict.asked("/").is_empty(), "no other service is called");
}

#[tokio::test]
async fn only_the_record_can_be_read_from_the_store() {
    let (app, folder) = with_record(2).await;
    let rows = app.get("/store/forecasts/session=2026-11-20/forecasts.parquet").await.expect(StatusCode::OK);
    assert_eq!(&rows.body[..4], b"PAR1");
    assert!(rows.header("cache-control").contains("immutable"));
    let checkpoint = app.get("/store/log/forecasts/checkpoint").await.expect(StatusCode::OK);
    assert_eq!((checkpoint.text().as_str(), checkpoint.header("cache-control")), (CHECKPOINT, "no-cache"));
    std::fs::create_dir_all(folder.path().join("staging")).unwrap();
    std::fs::write(folder.path().join("staging/secret"), "x").unwrap();
    for path in [
        "/store/staging/secret",
        "/store/log/forecasts/../../staging/secret",
        "/store/log%2F..%2Fstaging/secret",
    ] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_broken_store_does_not_change_the_pages() {
    let (app, folder) = with_record(2).await;
    std::fs::write(folder.path().join("manifest.json"), "{").unwrap();
    std::fs::write(folder.path().join("pages/record.json"), "nonsense").unwrap();
    assert!(app.state.refresh_store().await.is_err());
    app.browse("/record").await.expect(StatusCode::OK);
    app.browse("/market").await.expect(StatusCode::OK);
}

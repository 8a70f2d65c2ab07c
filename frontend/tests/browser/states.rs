use problem_details::{Problem, ProblemKind};

use crate::driver::browse;
use crate::site::Site;
use crate::standins::Behavior;

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_a_page_that_says_what_to_do() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/APPL")).await;
        assert_eq!(browser.text("h1").await, "We don’t know this stock");
        assert_eq!(browser.text(".matches b").await, "AAPL");

        for (kind, heading) in [
            (ProblemKind::TooLittleHistory, "Too new for a forecast"),
            (ProblemKind::PricesRateLimited, "The price source asks us to wait"),
            (ProblemKind::PricesUnavailable, "We can’t get prices right now"),
        ] {
            let problem = Problem::new(kind).detail("why").retry_after_seconds(90);
            *site.predict.behavior.lock().unwrap() = Behavior::Problem(problem);
            browser.open(&site.at("/forecast/AAPL?wait=1")).await;
            assert_eq!(browser.text("h2.headline").await, heading, "{kind:?}");
            assert!(browser.text(".retry").await.starts_with("Trying again in"), "{kind:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_that_fails_is_replaced_by_text() {
    let site = Site::start().await;
    *site.plot.failing.lock().unwrap() = true;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL")).await;
        browser
            .until("document.querySelector('.chartfail') && !document.querySelector('.chartfail').hidden")
            .await;
        assert!(browser.text(".chartfail").await.contains("The table below has the same numbers"));
        assert_eq!(browser.script("return document.querySelectorAll('.table tbody tr').length;").await, 14);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_without_connection_sees_that_at_once() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL")).await;
        browser.text(".headline").await;
        browser.until("navigator.serviceWorker.controller !== null").await;

        browser.devtools("Network.enable", serde_json::json!({})).await;
        let nothing = serde_json::json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
        browser.devtools("Network.emulateNetworkConditions", nothing).await;
        browser.until("!document.getElementById('offline').hidden").await;
        assert!(browser.text("#offline").await.starts_with("You’re offline."));

        // The service itself goes away, and a new page is asked for.
        site.stop.cancel();
        browser.open(&site.at("/forecast/MSFT")).await;
        assert_eq!(browser.text("h1").await, "We can’t reach Fortnight");
    })
    .await;
}

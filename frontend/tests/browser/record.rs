//! The whole market, the record and the card for other sites, as readers see them.

use fantoccini::Locator;

use crate::accessibility::{axe, violations};
use crate::driver::browse;
use crate::looks::overflow;
use crate::site::Site;

const PAGES: [&str; 7] = [
    "/market",
    "/record",
    "/record/sessions?ahead=3",
    "/record/2026-10-01",
    "/record/2026-10-01?ahead=2&missed=1",
    "/record/2026-10-01/EVIL",
    "/record/2026-10-03",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_market_and_the_record_fit_every_window_and_pass_axe() {
    let (address, _folder) = Site::with_record().await;
    let axe = axe();
    browse(1280, 900, async |browser| {
        for path in PAGES {
            for width in [320, 360, 600, 768, 1280] {
                browser.resize(width, 800).await;
                browser.open(&format!("{address}{path}")).await;
                browser
                    .script("document.querySelectorAll('details').forEach((part) => { part.open = true; });")
                    .await;
                assert_eq!(overflow(browser).await, "", "{path} at {width}");
            }
            browser.resize(640, 800).await;
            browser.script("document.documentElement.style.fontSize = '150%';").await;
            assert_eq!(overflow(browser).await, "", "{path} with large type");
            let Some(axe) = &axe else { continue };
            for (width, scheme) in [(1280, "light"), (360, "dark")] {
                browser.resize(width, 900).await;
                browser.prefer("", &[("prefers-color-scheme", scheme)]).await;
                browser.open(&format!("{address}{path}")).await;
                browser
                    .script("document.querySelectorAll('details').forEach((part) => { part.open = true; });")
                    .await;
                assert_eq!(violations(browser, axe).await, "", "{path} at {width} in {scheme}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_links_to_a_single_forecast_without_javascript() {
    let (address, _folder) = Site::with_record().await;
    browse(1280, 900, async |browser| {
        let off = serde_json::json!({ "value": true });
        browser.devtools("Emulation.setScriptExecutionDisabled", off).await;
        browser.open(&format!("{address}/record")).await;
        browser.click("nav a[href=\"/market\"]").await;
        assert!(browser.text("h1").await.starts_with("The market after"));
        browser.open(&format!("{address}/record")).await;
        browser.click("a[href=\"/record/sessions?ahead=3\"]").await;
        browser.click("a[href=\"/record/2026-10-01?ahead=3\"]").await;
        browser.click("#missed").await;
        browser.click(".choose button").await;
        // Only the page that was asked for has the box checked in its markup.
        browser.client.wait().for_element(Locator::Css("#missed[checked]")).await.unwrap();
        assert!(browser.address().await.query().unwrap().contains("missed=1"));
        browser.open(&format!("{address}/record/2026-10-01")).await;
        browser.click("a[href=\"/record/2026-10-01/AAPL\"]").await;
        assert!(browser.text("h1").await.contains("AAPL"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_is_shown_in_a_frame_of_another_site_and_other_pages_are_not() {
    let site = Site::start().await;
    let axe = axe();
    browse(1280, 900, async |browser| {
        // A file has its own origin. The driver runs a script to look into the frame; the card has no script.
        let folder = tempfile::tempdir().unwrap();
        let frame = |path: &str| {
            let around = folder.path().join("around.html");
            let card = format!(
                "<iframe src='{}' width=480 height=250 sandbox='allow-scripts'></iframe>",
                site.at(path)
            );
            std::fs::write(&around, card).unwrap();
            format!("file://{}", around.display())
        };
        browser.open(&frame("/embed/AAPL")).await;
        browser.client.clone().enter_frame(0).await.unwrap();
        assert!(browser.text(".range").await.contains("80% range"));
        let fits = "return document.documentElement.scrollHeight <= innerHeight \
            && document.documentElement.scrollWidth <= innerWidth;";
        assert_eq!(browser.script(fits).await, true, "the card fits the size it claims");
        let styled = "return getComputedStyle(document.querySelector('.card')).display;";
        assert_eq!(browser.script(styled).await, "flex", "its style sheet loads in a sandbox");

        browser.open(&frame("/forecast/AAPL?wait=1")).await;
        browser.client.clone().enter_frame(0).await.unwrap();
        assert!(!browser.sees(".headline").await);

        let Some(axe) = &axe else { return };
        for scheme in ["light", "dark"] {
            browser.prefer("", &[("prefers-color-scheme", scheme)]).await;
            for (path, width) in [("/embed/AAPL", 480), ("/embed/EVIL", 240), ("/embed/NOPE", 480)] {
                browser.resize(width, 250).await;
                browser.open(&site.at(path)).await;
                assert_eq!(violations(browser, axe).await, "", "{path} in {scheme}");
                assert_eq!(overflow(browser).await, "", "{path}");
            }
        }
    })
    .await;
}

//! The chart as a reader touches it, and the page around it on every screen.

use serde_json::json;

use crate::driver::{Browser, browse};
use crate::site::Site;

const PAGE: &str = "/forecast/AAPL?wait=1";
const READY: &str = "document.querySelector('.touch')?.getAttribute('aria-valuetext')";

/// Returns the place of a share of the chart's width, in the window.
async fn in_chart(browser: &Browser, share: f64) -> (f64, f64) {
    let script = format!(
        "const plot = document.querySelector('.touch'); plot.scrollIntoView({{ block: 'center' }}); \
         const box = plot.getBoundingClientRect(); return [box.left + box.width * {share}, box.top + box.height / 2];"
    );
    let place = browser.script(&script).await;
    (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
}

async fn mouse_to(browser: &Browser, (x, y): (f64, f64)) {
    let moved = json!({ "type": "mouseMoved", "x": x, "y": y });
    browser.devtools("Input.dispatchMouseEvent", moved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mouse_reads_out_the_day_below_it() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        browser.until(READY).await;
        assert!(!browser.sees(".readout").await);

        mouse_to(browser, in_chart(browser, 0.1).await).await;
        browser.until("document.querySelector('.readout').textContent.endsWith(': closed')").await;
        assert!(browser.sees(".readout").await);
        assert_eq!(browser.script("return document.querySelectorAll('.touch .cursor').length;").await, 1);

        mouse_to(browser, in_chart(browser, 0.88).await).await;
        browser.until("document.querySelector('.readout').textContent.includes(': 80% $')").await;
        assert_eq!(browser.script("return document.querySelectorAll('.touch .point').length;").await, 2);

        mouse_to(browser, (5.0, 5.0)).await;
        browser.until("document.querySelector('.readout').hidden").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arrow_keys_walk_through_the_days_and_each_is_said() {
    let site = Site::start().await;
    let said = "return document.querySelector('.touch').getAttribute('aria-valuetext');";
    let readout = "return document.querySelector('.readout').textContent;";
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        browser.until(READY).await;
        browser.script("document.querySelector('.ranges a:last-child').focus();").await;
        browser.press("\u{e004}").await;
        browser.until("document.activeElement.matches('.touch[role=slider]')").await;
        let last = browser.script(said).await;
        assert!(last.as_str().unwrap().contains(": 80% $171 to $203"), "{last}");

        browser.press("\u{e012}").await;
        let before = browser.script(said).await;
        assert_ne!(before, last);
        assert_eq!(browser.script(readout).await, before);
        browser.press("\u{e011}").await;
        assert!(browser.script(said).await.as_str().unwrap().ends_with(": closed"));
        browser.press("\u{e010}").await;
        assert_eq!(browser.script(said).await, last);
        browser.press("\u{e00c}").await;
        assert!(!browser.sees(".readout").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finger_reads_out_sideways_and_still_scrolls_the_page() {
    let site = Site::start().await;
    browse(390, 844, async |browser| {
        browser.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
        browser.open(&site.at(PAGE)).await;
        browser.until(READY).await;
        let action =
            browser.script("return getComputedStyle(document.querySelector('.touch')).touchAction;").await;
        assert_eq!(action, "pan-y");

        let (x, y) = in_chart(browser, 0.3).await;
        for (kind, points) in [
            ("touchStart", json!([{ "x": x, "y": y }])),
            ("touchMove", json!([{ "x": x + 40.0, "y": y }])),
            ("touchMove", json!([{ "x": x + 170.0, "y": y }])),
            ("touchEnd", json!([])),
        ] {
            browser
                .devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }))
                .await;
        }
        browser.until("document.querySelector('.readout').textContent.includes(': 80% $')").await;
        assert!(browser.sees(".readout").await, "the day stays when the finger is lifted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_range_comes_in_place_and_the_page_stays_where_it_is() {
    let site = Site::start().await;
    browse(1280, 600, async |browser| {
        browser.open(&site.at(PAGE)).await;
        browser.until(READY).await;
        browser.script("window.isSamePage = true; scrollTo(0, 300);").await;
        let sessions = "return fortnightChart.current.area.sessions.length;";
        assert_eq!(browser.script(sessions).await, 44);

        browser.click(".ranges a:last-child").await;

        browser.until("fortnightChart.current.area.sessions.length === 264").await;
        assert_eq!(browser.script("return [window.isSamePage, scrollY];").await, json!([true, 300]));
        assert_eq!(browser.address().await.query(), Some("range=250"));
        assert_eq!(browser.text(".ranges [aria-current]").await, "1 year");
        let carried = "return [...document.querySelectorAll('.files a, [data-share]')].every((a) => a.href.includes('range=250'));";
        assert_eq!(browser.script(carried).await, true);

        browser.open(&site.at(PAGE)).await;
        browser.until(READY).await;
        site.stop.cancel();
        browser.click(".ranges a:first-child").await;
        browser.until("!document.querySelector('.ranges')").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_ranges_are_links_and_the_table_opens() {
    let site = Site::start().await;
    browse(390, 844, async |browser| {
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        browser.open(&site.at(PAGE)).await;
        assert!(browser.sees("[data-chart]").await && !browser.sees(".touch").await);
        assert!(!browser.sees(".table tbody tr:nth-child(2)").await);
        browser.click(".alldays summary").await;
        assert!(browser.sees(".table tbody tr:nth-child(2)").await);
        browser.click(".ranges a:nth-child(3)").await;
        browser.text(".ranges [aria-current]").await;
        assert_eq!(browser.address().await.query(), Some("range=90"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_picture_is_shown_smaller_than_it_was_drawn() {
    let site = Site::start().await;
    // Its smallest text has 11 pixels at its own width.
    let shrunk = "return [...document.querySelectorAll('.chart img, .past img')].map((image) => { \
        image.loading = 'eager'; const width = Number(/width=(\\d+)/.exec(image.currentSrc || image.srcset)[1]); \
        return image.clientWidth / width; }).filter((share) => share < 0.98);";
    browse(1280, 900, async |browser| {
        for width in
            [320, 360, 390, 430, 500, 600, 601, 700, 701, 768, 861, 1000, 1001, 1100, 1180, 1280, 1920]
        {
            browser.resize(width, 800).await;
            browser.open(&site.at(PAGE)).await;
            browser
                .script("document.querySelectorAll('img').forEach((one) => { one.loading = 'eager'; });")
                .await;
            browser.until("[...document.images].every((image) => image.complete && image.currentSrc)").await;
            assert_eq!(browser.script(shrunk).await, json!([]), "at {width}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_headline_chart_and_trust_in_that_order() {
    let site = Site::start().await;
    let tops = "return ['.headline', '.chart figure', '.trust', '.sessions'].map((css) => \
        document.querySelector(css).getBoundingClientRect().top);";
    browse(390, 844, async |browser| {
        for path in [PAGE, "/forecast/BRK.B?wait=1"] {
            browser.open(&site.at(path)).await;
            let tops: Vec<f64> = browser
                .script(tops)
                .await
                .as_array()
                .unwrap()
                .iter()
                .map(|top| top.as_f64().unwrap())
                .collect();
            assert!(tops.is_sorted() && tops[1] < 450.0, "{path}: {tops:?}");
            assert!(browser.sees("#notice").await, "the market is named all the same");
        }
        let rows = "return [...document.querySelectorAll('.table tbody tr')].flatMap((row, day) => \
            row.checkVisibility() ? [day + 1] : []);";
        assert_eq!(browser.script(rows).await, json!([1, 5, 10, 14]));
        browser.click(".alldays summary").await;
        assert_eq!(browser.script(rows).await.as_array().unwrap().len(), 14);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_back_scores_each_day_and_leads_to_the_next() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL?wait=1&as_of=2026-10-01")).await;
        assert_eq!(browser.text(".score").await, "14 of 14 closes were inside the 80% range.");
        let headings = browser.text(".table thead").await;
        assert!(headings.contains("Closed at"), "{headings}");
        browser.click(".back .steps a:nth-child(2)").await;
        browser.until("location.search === '?as_of=2026-10-02'").await;
        browser.text(".score").await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paper_has_every_day_and_no_layer_over_the_chart() {
    let site = Site::start().await;
    browse(390, 844, async |browser| {
        browser.open(&site.at(PAGE)).await;
        browser.until(READY).await;
        browser.prefer("print", &[]).await;
        assert!(browser.sees(".table tbody tr:nth-child(2)").await && browser.sees("[data-chart]").await);
        for gone in [".touch", ".ranges", ".alldays", ".steps"] {
            assert!(!browser.sees(gone).await, "{gone}");
        }
    })
    .await;
}

//! The question about a price: with a mouse, a keyboard, a finger, and without JavaScript.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::driver::{Browser, browse};
use crate::site::Site;

const PAGE: &str = "/forecast/AAPL?wait=1";
const LINE: &str = "document.querySelector('.touch .asked rect')";

/// Returns the first answer.
async fn answer(browser: &Browser) -> String {
    browser.text(".answers li:first-child").await.replace('\n', " ")
}

/// Scrolls to the chart and returns the middle of the line's handle, in the window.
async fn handle(browser: &Browser) -> (f64, f64) {
    browser.until(LINE).await;
    browser.at_rest().await;
    browser.script("document.querySelector('.touch').scrollIntoView({ block: 'center' });").await;
    place(browser).await
}

async fn place(browser: &Browser) -> (f64, f64) {
    let script = format!(
        "const box = {LINE}.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2];"
    );
    let place = browser.script(&script).await;
    (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
}

async fn retype(browser: &Browser, text: &str) {
    browser.script("document.getElementById('above').select();").await;
    browser.press(text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_computes_what_the_server_does() {
    let site = Site::start().await;
    let cases: Value =
        serde_json::from_str(include_str!("../../../crates/forecast-types/tests/chances.json")).unwrap();
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        for case in cases.as_array().unwrap() {
            for asked in case["questions"].as_array().unwrap() {
                let (side, price, session) = (&asked["side"], &asked["price"], &asked["session"]);
                let script = format!(
                    "return fortnightChance.chances({}.slice(0, {session}), {side}, {price});",
                    case["sessions"]
                );
                let found = browser.script(&script).await;
                for (name, expected) in
                    [("onDay", &asked["on_day"]), ("atLeastOnce", &asked["at_least_once"])]
                {
                    let (found, expected) = (found[name].as_f64().unwrap(), expected.as_f64().unwrap());
                    assert!((found - expected).abs() < 1e-5, "{} {asked}: {name} {found}", case["name"]);
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_typed_is_answered_at_once_and_goes_into_the_address() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        let first = answer(browser).await;
        assert!(first.starts_with("Chance that AAPL closes above $195 on Fri, Dec 11: 25%"), "{first}");

        retype(browser, "200").await;
        let typed = "Chance that AAPL closes above $200 on Fri, Dec 11: 14% at least once by then: 24%";
        assert_eq!(answer(browser).await, typed);
        browser.press(&Key::Enter.to_string()).await;
        browser
            .until("location.search.includes('above=200') && location.search.includes('by=2026-12-11')")
            .await;

        // The server gives the same answer to the address.
        browser.open(&site.at("/forecast/AAPL?above=200&by=2026-12-11&wait=1")).await;
        assert_eq!(answer(browser).await, typed);

        retype(browser, "no price").await;
        assert_eq!(browser.text("#chance-problem").await, "Enter a positive number such as 920.");
        assert!(!browser.sees(".answers").await);
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arrow_keys_change_the_price_and_the_day() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        browser.script("document.getElementById('above').focus();").await;
        browser.press(&Key::Up.to_string()).await;
        browser.press(&Key::PageUp.to_string()).await;
        browser.press(&Key::Down.to_string()).await;
        assert!(answer(browser).await.starts_with("Chance that AAPL closes above $205 on Fri, Dec 11"));

        browser.press(&Key::Tab.to_string()).await;
        browser.press(&Key::Up.to_string()).await;
        assert!(answer(browser).await.starts_with("Chance that AAPL closes above $205 on Thu, Dec 10"));
        browser.until("location.search.includes('by=2026-12-10')").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mouse_drags_the_line_over_the_chart() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        let (x, y) = handle(browser).await;
        for (kind, y) in [
            ("mousePressed", y),
            ("mouseMoved", y + 30.0),
            ("mouseMoved", y + 60.0),
            ("mouseReleased", y + 60.0),
        ] {
            let event =
                json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
            browser.devtools("Input.dispatchMouseEvent", event).await;
        }
        browser.until("Number(document.getElementById('above').value.slice(1)) < 195").await;
        browser.until("location.search.includes('above=')").await;
        let moved = place(browser).await;
        assert!((moved.1 - y - 60.0).abs() < 12.0, "the line follows the mouse: {y} to {}", moved.1);
        let price = browser.script("return document.getElementById('above').value;").await;
        assert!(answer(browser).await.contains(price.as_str().unwrap()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finger_drags_the_line_without_scrolling_the_page() {
    let site = Site::start().await;
    browse(390, 844, async |browser| {
        browser.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
        browser.open(&site.at(PAGE)).await;
        let (x, y) = handle(browser).await;
        let scrolled = browser.script("return scrollY;").await;
        for (kind, points) in [
            ("touchStart", json!([{ "x": x, "y": y }])),
            ("touchMove", json!([{ "x": x, "y": y + 25.0 }])),
            ("touchMove", json!([{ "x": x, "y": y + 50.0 }])),
            ("touchEnd", json!([])),
        ] {
            browser
                .devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }))
                .await;
        }
        browser.until("Number(document.getElementById('above').value.slice(1)) < 195").await;
        assert_eq!(browser.script("return scrollY;").await, scrolled);
        let size =
            browser.script(&format!("const box = {LINE}.getBoundingClientRect(); return box.height;")).await;
        assert!(size.as_f64().unwrap() >= 24.0, "the handle is large enough for a finger: {size}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_the_question_is_a_form() {
    let site = Site::start().await;
    browse(390, 844, async |browser| {
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        browser.open(&site.at(PAGE)).await;
        assert!(!browser.sees(".shares").await);

        let field = browser.client.find(Locator::Css("#above")).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys("180").await.unwrap();
        browser.click(".chance button").await;

        browser.text(".answers").await;
        assert!(answer(browser).await.starts_with("Chance that AAPL closes above $180 on Fri, Dec 11"));
        let address = browser.address().await;
        assert_eq!((address.query(), address.fragment()), (Some("above=180&by=2026-12-11"), Some("chance")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn my_shares_stay_in_this_browser() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at(PAGE)).await;
        browser.click("#shares").await;
        browser.press("50").await;
        let value = "$9,360 at the last close; 80% range on Fri, Dec 11: $8,572 to $10,148";
        assert_eq!(browser.text(".shares output").await, value);

        browser.open(&site.at(PAGE)).await;
        assert_eq!(browser.text(".shares output").await, value);
        browser.open(&site.at("/forecast/MSFT?wait=1")).await;
        assert_eq!(browser.script("return document.getElementById('shares').value;").await, "");
        assert!(!browser.address().await.as_str().contains("50"));
        assert!(site.predict.asked("/").iter().all(|asked| !asked.contains("shares")));
    })
    .await;
}

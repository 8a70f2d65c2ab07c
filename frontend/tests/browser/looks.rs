use crate::driver::{Browser, browse};
use crate::site::Site;

/// Returns what sticks out of the window to the right.
pub(crate) async fn overflow(browser: &Browser) -> String {
    let script = "const wide = document.documentElement.clientWidth; \
        return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.hidden, .scroll') \
        && e.getBoundingClientRect().right > wide + 1).map((e) => e.tagName + '.' + e.className).join(' ');";
    browser.script(script).await.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_overflows_from_phone_to_desktop_or_at_twice_the_size() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        for path in [
            "/",
            "/forecast/AAPL?wait=1",
            "/forecast/EVIL?wait=1",
            "/model",
            "/search?q=app",
            "/forecast/NOPE",
            "/compare?stocks=AAPL,BRK.B,EVIL",
            "/compare",
            "/offline",
        ] {
            for width in [320, 360, 600, 768, 1280] {
                browser.resize(width, 800).await;
                browser.open(&site.at(path)).await;
                assert_eq!(overflow(browser).await, "", "{path} at {width}");
            }
            // 200% zoom of a 1280 px window leaves 640 CSS pixels; large type comes on top.
            browser.resize(640, 800).await;
            browser.script("document.documentElement.style.fontSize = '150%';").await;
            assert_eq!(overflow(browser).await, "", "{path} with large type");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_is_large_enough_for_a_finger() {
    let site = Site::start().await;
    browse(360, 740, async |browser| {
        for path in ["/", "/forecast/AAPL?wait=1", "/compare?stocks=AAPL,BRK.B", "/search?q=app"] {
            browser.open(&site.at(path)).await;
            // WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, links inside sentences excepted.
            let script = "return [...document.querySelectorAll('button, input, nav a, .chips a, .button, .brand')]\
                .filter((e) => e.checkVisibility() && !e.closest('.skip')).filter((e) => { \
                const box = e.getBoundingClientRect(); return box.height < 24 || box.width < 24; })\
                .map((e) => e.outerHTML).join(' ');";
            assert_eq!(browser.script(script).await, "", "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_theme_follows_the_system_until_it_is_chosen() {
    let site = Site::start().await;
    let background = "return getComputedStyle(document.body).backgroundColor;";
    let chart = "return document.querySelector('[data-chart]').currentSrc;";
    browse(1280, 900, async |browser| {
        browser.prefer("", &[("prefers-color-scheme", "dark")]).await;
        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        let dark = browser.script(background).await;
        assert!(browser.script(chart).await.as_str().unwrap().contains("theme=dark"));

        browser.click("[data-theme-toggle]").await;
        let light = browser.script(background).await;
        assert_ne!(dark, light);
        browser.until("document.querySelector('[data-chart]').currentSrc.includes('theme=light')").await;

        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        assert_eq!(browser.script(background).await, light, "the choice is remembered");
        browser.open(&site.at("/forecast/AAPL?wait=1&theme=dark")).await;
        assert_eq!(browser.script(background).await, dark, "the address wins");

        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        browser.click("[data-theme-toggle]").await;
        browser.click("[data-theme-toggle]").await;
        let label = browser.script("return document.querySelector('[data-theme-label]').textContent;").await;
        assert_eq!(label, "Theme: system", "the third choice follows the system again");
        browser.prefer("", &[("prefers-color-scheme", "light")]).await;
        assert_eq!(browser.script(background).await, light);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn print_leaves_out_controls() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.prefer("print", &[("prefers-color-scheme", "dark")]).await;
        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        assert!(browser.sees(".headline").await && browser.sees(".table").await);
        for gone in [".top form", "[data-theme-toggle]", ".ranges", ".tools"] {
            assert!(!browser.sees(gone).await, "{gone}");
        }
        assert!(browser.text("body").await.contains("Not investment advice"));
        let paper = browser.script("return getComputedStyle(document.body).backgroundColor;").await;
        assert_eq!(paper, "rgb(255, 255, 255)", "a dark page is printed on white");
        let printed = browser.devtools("Page.printToPDF", serde_json::json!({})).await;
        assert!(printed["data"].as_str().unwrap().len() > 10_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_printed_on_two_pages_with_all_its_pictures() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        browser.text(".headline").await;
        browser.script("dispatchEvent(new Event('beforeprint'));").await;
        browser
            .until("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
            .await;
        for (width, height) in [(8.27, 11.69), (8.5, 11.0)] {
            let paper = serde_json::json!({ "paperWidth": width, "paperHeight": height });
            let printed = browser.devtools("Page.printToPDF", paper).await;
            let pdf = base64_decoded(printed["data"].as_str().unwrap());
            let all = pdf.windows(11).filter(|part| *part == b"/Type /Page").count();
            let tree = pdf.windows(12).filter(|part| *part == b"/Type /Pages").count();
            assert_eq!(all - tree, 2, "{width} by {height} inches");
        }
    })
    .await;
}

fn base64_decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn motion_stops_for_readers_who_prefer_less() {
    let site = Site::start().await;
    site.predict.released.send_replace(0);
    browse(1280, 900, async |browser| {
        let moving = "return document.getAnimations().length;";
        browser.open(&site.at("/forecast/AAPL")).await;
        assert!(browser.script(moving).await.as_u64().unwrap() > 0);
        browser.prefer("", &[("prefers-reduced-motion", "reduce")]).await;
        assert_eq!(browser.script(moving).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_page_does_not_shift_while_it_loads() {
    let site = Site::start().await;
    for (width, height) in [(360, 740), (1280, 900)] {
        browse(width, height, async |browser| {
            for path in ["/", "/forecast/AAPL?wait=1", "/model"] {
                browser.open(&site.at(path)).await;
                let shift = browser.layout_shift().await;
                assert!(shift < 0.02, "{path} at {width} moved by {shift}");
            }
        })
        .await;
    }
}

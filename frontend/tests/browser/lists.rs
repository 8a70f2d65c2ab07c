//! The watchlist and the comparison, by mouse, keyboard, touch and without scripts.

use fantoccini::Locator;
use fantoccini::key::Key;

use crate::driver::{Browser, browse};
use crate::site::Site;

/// Puts stocks on the watchlist as their pages would.
async fn watch(browser: &Browser, site: &Site, symbols: &[&str]) {
    for symbol in symbols {
        browser.open(&site.at(&format!("/forecast/{symbol}?wait=1"))).await;
        browser.click("[data-star]").await;
        browser.until("document.querySelector('[data-star]').ariaPressed === 'true'").await;
    }
}

async fn order(browser: &Browser) -> String {
    let script = "return [...document.querySelectorAll('.watch tbody tr')].map((row) => row.dataset.symbol).join(' ');";
    browser.script(script).await.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_puts_a_stock_on_the_home_page_and_takes_it_off() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/")).await;
        assert!(!browser.sees("[data-watchlist]").await, "an empty list is not shown");

        watch(browser, &site, &["MSFT", "AAPL"]).await;
        let said = browser.script("return document.getElementById('announce').textContent;").await;
        assert_eq!(said, "AAPL is on your watchlist.");

        browser.open(&site.at("/")).await;
        browser.until("document.querySelectorAll('.watch tbody .reach').length === 2").await;
        assert_eq!(order(browser).await, "MSFT AAPL");
        assert!(browser.text(".watch tbody tr:first-child .spread").await.starts_with('±'));
        assert!(browser.sees(".watch tbody .spark polyline").await);
        let link = browser.script("return document.querySelector('[data-watch-compare]').href;").await;
        assert!(link.as_str().unwrap().ends_with("/compare?stocks=MSFT,AAPL"), "{link}");
        assert_eq!(browser.complaints().await, Vec::<String>::new());

        browser.click(".watch tbody tr:first-child .star").await;
        browser.open(&site.at("/")).await;
        browser.until("document.querySelectorAll('.watch tbody .reach').length === 1").await;
        assert_eq!(order(browser).await, "AAPL");
        assert_eq!(browser.script("return document.cookie;").await, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_sorted_by_keyboard_and_fits_a_phone() {
    let site = Site::start().await;
    browse(360, 740, async |browser| {
        watch(browser, &site, &["MSFT", "BRK.B", "AAPL"]).await;
        browser.open(&site.at("/")).await;
        browser.until("document.querySelectorAll('.watch tbody .reach').length === 3").await;
        browser.script("document.querySelector('[data-sort=symbol]').focus();").await;
        browser.press(&Key::Enter.to_string()).await;
        assert_eq!(order(browser).await, "AAPL BRK.B MSFT");
        browser.press(&Key::Enter.to_string()).await;
        assert_eq!(order(browser).await, "MSFT BRK.B AAPL");
        let sorted = browser.script("return document.querySelector('th[aria-sort=descending]').textContent;").await;
        assert_eq!(sorted, "Stock");
        for width in [320, 360, 768, 1920] {
            browser.resize(width, 740).await;
            let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
            assert_eq!(browser.script(wide).await, 0, "at {width}");
        }
        browser.resize(360, 740).await;
        let small = "return [...document.querySelectorAll('.watch button, .watch a')].filter((e) => e.checkVisibility())\
            .filter((e) => e.getBoundingClientRect().height < 24 || e.getBoundingClientRect().width < 24).length;";
        assert_eq!(browser.script(small).await, 0, "every control is large enough for a finger");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_that_fails_keeps_its_row_and_says_why() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        watch(browser, &site, &["AAPL", "MSFT"]).await;
        *site.predict.edit.lock().unwrap() = |forecast| {
            if forecast.stock.symbol.as_str() == "BRK.B" {
                forecast.history.clear();
            }
        };
        let add = "const list = JSON.parse(localStorage.getItem('watchlist')); \
             list.push({ symbol: 'BRK.B', name: 'Berkshire' }, { symbol: 'GONE', name: 'Gone Inc.' }); \
             localStorage.setItem('watchlist', JSON.stringify(list));";
        browser.script(add).await;
        browser.open(&site.at("/")).await;
        browser.until("document.querySelectorAll('.watch tbody .reach').length === 2").await;
        let said = browser.text(".watch tr[data-symbol='BRK.B'] .none").await;
        assert_eq!(said, "We can’t make forecasts right now.");
        let gone = browser.text(".watch tr[data-symbol='GONE'] .none").await;
        assert_eq!(gone, "No longer in our list of stocks.");
        browser.click(".watch tr[data-symbol='GONE'] .star").await;
        browser.until("!localStorage.getItem('watchlist').includes('GONE')").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_form_compares_and_the_watchlist_is_explained() {
    let site = Site::start().await;
    browse(360, 740, async |browser| {
        browser.devtools("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true })).await;
        browser.open(&site.at("/")).await;
        assert!(browser.text("main").await.contains("A watchlist needs JavaScript"));

        browser.open(&site.at("/compare")).await;
        let field = browser.client.find(Locator::Css("#stocks")).await.unwrap();
        field.send_keys("apple, brkb").await.unwrap();
        field.send_keys(&Key::Enter.to_string()).await.unwrap();
        assert_eq!(browser.text("h1").await, "Compare AAPL and BRK.B");
        assert!(browser.address().await.query().unwrap().starts_with("stocks=AAPL,BRK.B"));
        assert!(browser.sees(".compare img").await && browser.text(".compare table").await.contains('±'));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_has_its_picture_in_the_theme_of_the_reader_and_words_where_it_fails() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.prefer("", &[("prefers-color-scheme", "dark")]).await;
        browser.open(&site.at("/compare?stocks=AAPL,MSFT")).await;
        let shown = browser.script("return document.querySelector('[data-chart]').currentSrc;").await;
        assert!(shown.as_str().unwrap().contains("theme=dark"), "{shown}");
        assert!(browser.layout_shift().await < 0.02);
        browser.click(".compare tbody tr:first-child a[href*='stocks=MSFT']").await;
        assert_eq!(browser.text("h1").await, "Compare MSFT with another stock");

        *site.plot.failing.lock().unwrap() = true;
        browser.open(&site.at("/compare?stocks=AAPL,BRK.B")).await;
        browser.until("!document.querySelector('.chartfail').hidden").await;
        assert!(browser.text(".compare table").await.contains("BRK.B"));
    })
    .await;
}

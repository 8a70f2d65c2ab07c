use fantoccini::Locator;
use fantoccini::key::Key;

use crate::driver::browse;
use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_is_picked_by_typing_and_a_click() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/")).await;
        browser.click("main #q").await;
        browser.press("app").await;
        assert_eq!(browser.text("main [data-answers=app] [role=option]:first-child b").await, "AAPL");

        browser.click("main [data-answers=app] [role=option]:first-child").await;

        assert!(browser.text(".headline").await.starts_with("In 14 trading days, probably between"));
        assert_eq!(browser.address().await.path(), "/forecast/AAPL");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_is_picked_by_keyboard_alone() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/")).await;
        // From the top of the page: skip link, brand, theme, field.
        for _ in 0..4 {
            browser.press(&Key::Tab.to_string()).await;
        }
        assert_eq!(browser.script("return document.activeElement.id;").await, "q");
        browser.press("ap").await;
        browser.text("main [data-answers=ap] [role=option]:nth-child(2)").await;
        browser.press(&Key::Down.to_string()).await;
        browser.press(&Key::Down.to_string()).await;
        browser.until("document.querySelectorAll('main [role=option]')[1].ariaSelected === 'true'").await;
        let active =
            browser.script("return document.activeElement.getAttribute('aria-activedescendant');").await;
        let second = browser.script("return document.querySelectorAll('main [role=option]')[1].id;").await;
        assert_eq!(active, second);
        browser.press(&Key::Up.to_string()).await;

        browser.press(&Key::Escape.to_string()).await;
        assert!(!browser.sees("main .picker-list").await, "Escape closes the list");
        assert_eq!(
            browser.script("return document.activeElement.getAttribute('aria-expanded');").await,
            "false"
        );

        browser.press(&Key::Down.to_string()).await;
        browser.until("document.querySelector('main .picker-list').hidden === false").await;
        browser.press(&Key::Down.to_string()).await;
        browser.press(&Key::Enter.to_string()).await;

        browser.text(".headline").await;
        assert_eq!(browser.address().await.path(), "/forecast/AAPL");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_are_announced_and_recent_stocks_remembered() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/MSFT")).await;
        browser.text(".headline").await;
        browser.open(&site.at("/")).await;
        assert_eq!(browser.text("[data-recents-list] a b").await, "MSFT");

        browser.click("main #q").await;
        assert_eq!(browser.text("main [role=option] b").await, "MSFT");
        browser.press("zzzzzz").await;
        browser.until("document.querySelector('main form [role=status]').textContent === 'No match'").await;
        assert_eq!(browser.text("main .picker-list .none").await, "No stock matches “zzzzzz”");

        browser.press(&Key::Escape.to_string()).await;
        browser.click("[data-recents-clear]").await;
        assert!(!browser.sees("[data-recents]").await);
        assert_eq!(browser.script("return document.cookie;").await, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_form_does_the_same() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.devtools("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true })).await;
        browser.open(&site.at("/")).await;
        let field = browser.client.find(Locator::Css("main #q")).await.unwrap();
        field.send_keys("appl").await.unwrap();
        field.send_keys(&Key::Enter.to_string()).await.unwrap();
        assert_eq!(browser.text("main .matches li:first-child b").await, "AAPL");
        browser.click("main .matches li:first-child a").await;

        assert!(browser.text(".headline").await.starts_with("In 14 trading days, probably between"));
        assert!(browser.text(".verdict").await.contains("held as promised"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_markup_stay_text_in_the_list() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/")).await;
        browser.click("main #q").await;
        browser.press("evil").await;
        assert!(browser.text("main [data-answers=evil] [role=option] span").await.contains("<img src=x"));
        assert_eq!(browser.script("return document.querySelectorAll('img[src=x]').length;").await, 0);
    })
    .await;
}

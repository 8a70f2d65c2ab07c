use forecast_types::{Level, Quantiles};
use problem_details::{Problem, ProblemKind};

use crate::driver::browse;
use crate::site::Site;
use crate::standins::{ALL, Behavior};

#[tokio::test(flavor = "multi_thread")]
async fn the_sources_tick_off_one_by_one_and_nothing_jumps() {
    let site = Site::start().await;
    site.predict.released.send_replace(0);
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL")).await;
        browser.at_rest().await;
        assert_eq!(browser.text("#loading-title").await, "Loading data");
        assert_eq!(browser.text("[data-source=prices] .status").await, "loading");

        site.predict.released.send_replace(1);
        browser.until("document.querySelector('[data-source=prices]').className === 'ok'").await;
        assert_eq!(browser.text("[data-source=news] .status").await, "loading");
        assert!(browser.text("[data-source=prices] .detail").await.contains("Yahoo Finance"));

        site.predict.released.send_replace(ALL);
        assert!(browser.text(".headline").await.starts_with("In 14 trading days, probably between"));
        browser
            .until("document.querySelector('#trust').textContent.includes('From 210 past forecasts')")
            .await;
        browser.until("document.querySelector('[data-chart]').complete").await;
        let shift = browser.layout_shift().await;
        assert!(shift < 0.02, "the page moved by {shift}");
        let said = browser.script("return document.getElementById('announce').textContent;").await;
        assert!(said.as_str().unwrap().starts_with("Forecast ready."), "{said}");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_holds_nothing_up_and_what_it_changes_replaces_only_that() {
    let site = Site::start().await;
    *site.predict.preliminary.lock().unwrap() = Some(|forecast| forecast.forecast[13].quantiles = wide());
    site.predict.released.send_replace(1);
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL")).await;
        assert!(browser.text(".headline").await.contains("$150"));
        assert!(
            browser.text(".stage").await.starts_with("Still loading: tweets, news, searches and reports.")
        );
        browser.until("document.querySelector('[data-chart]').naturalWidth > 0").await;
        browser.script("window.kept = document.querySelector('.tools');").await;

        site.predict.released.send_replace(2);
        browser.until("document.querySelector('.sources [data-source=tweets]').className === 'ok'").await;
        site.predict.released.send_replace(ALL);
        browser.until("document.querySelector('.stage').textContent.startsWith('Without')").await;

        assert!(browser.text(".headline").await.contains("$171"));
        assert!(browser.text(".stage").await.contains("would be $150 to $230"));
        browser.until("document.querySelector('[data-chart]').naturalWidth > 0").await;
        let kept = browser.script("return window.kept.isConnected;").await;
        assert_eq!(kept, true, "what did not change stays");
        browser
            .until("document.querySelector('#trust').textContent.includes('From 210 past forecasts')")
            .await;
        let shift = browser.layout_shift().await;
        assert!(shift < 0.02, "the page moved by {shift}");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    })
    .await;
}

fn wide() -> Quantiles {
    let prices = [140.0, 150.0, 170.0, 187.2, 205.0, 230.0, 240.0];
    Level::ALL.into_iter().zip(prices).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_takes_the_place_of_the_list() {
    let site = Site::start().await;
    site.predict.released.send_replace(1);
    let problem = Problem::new(ProblemKind::PricesUnavailable).detail("Yahoo is down").retry_after_seconds(1);
    *site.predict.behavior.lock().unwrap() = Behavior::Problem(problem);
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL")).await;
        browser.until("document.querySelector('[data-source=prices]').className === 'ok'").await;
        site.predict.released.send_replace(ALL);
        assert_eq!(browser.text("#forecast.problem h2").await, "We can’t get prices right now");
        // The page loads again by itself when the time has come.
        *site.predict.behavior.lock().unwrap() = Behavior::Forecasts;
        assert!(browser.text(".opening .headline").await.starts_with("In 14 trading days"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_the_page_arrives_when_it_is_ready() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.devtools("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true })).await;
        site.predict.released.send_replace(0);
        // Opening may or may not include the page that the first one leads to, so the sources answer after the first request.
        let address = site.at("/forecast/AAPL");
        tokio::join!(browser.open(&address), async {
            site.predict.noticed.notified().await;
            site.predict.released.send_replace(ALL);
        });
        assert!(browser.text(".headline").await.starts_with("In 14 trading days"));
        assert!(browser.sees("img[data-chart]").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_and_forward_shows_whole_pages() {
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL")).await;
        browser.text(".headline").await;
        browser.click(".neighbours [rel=next]").await;
        browser.until("location.pathname === '/forecast/MSFT'").await;
        browser.text(".headline").await;

        browser.client.back().await.unwrap();
        browser.until("location.pathname === '/forecast/AAPL'").await;
        assert!(browser.text(".headline").await.starts_with("In 14 trading days"));
        browser.client.forward().await.unwrap();
        browser.until("location.pathname === '/forecast/MSFT'").await;
        assert!(browser.text(".headline").await.starts_with("In 14 trading days"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_link_shows_the_same_forecast_to_another_reader() {
    let site = Site::start().await;
    let mut shared = String::new();
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL?range=7")).await;
        browser.text(".headline").await;
        let link = browser.script("return document.querySelector('[data-share]').href;").await;
        shared = link.as_str().unwrap().to_owned();
    })
    .await;
    if shared.is_empty() {
        return;
    }
    assert!(shared.ends_with("/forecast/AAPL?as_of=2026-11-20&range=7"), "{shared}");
    browse(360, 740, async |browser| {
        browser.open(&shared).await;
        assert!(browser.text(".headline").await.contains("$171"));
        assert_eq!(browser.text(".ranges [aria-current]").await.lines().next(), Some("7"));
    })
    .await;
}

//! Takes the pictures of the pages' states under `target/screenshots/`, from a running Fortnight; those the README
//! shows are copied to `docs/screenshots/`.
//!
//! `cargo run --release -- --port-base 8700` in one terminal, then
//! `cargo run --release -p frontend --example screenshots` in another. The states that need a slow or failing source
//! are made by the stand-in market's fault injection.
#![expect(clippy::unwrap_used, reason = "a picture that cannot be taken is the end of it")]

#[path = "../tests/browser/driver.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod driver;

use std::path::PathBuf;

use base64::Engine as _;
use clap::Parser;
use serde_json::json;

use driver::{Browser, browse};

/// Takes the pictures of the pages' states from a running Fortnight
#[derive(Parser)]
struct Arguments {
    /// Address of the page
    #[arg(long, default_value = "http://127.0.0.1:8700")]
    url: String,
    /// Address of the stand-in market, whose faults make the failing states
    #[arg(long, default_value = "http://127.0.0.1:8703")]
    market: String,
    /// Folder for the pictures
    #[arg(long, default_value = "target/screenshots")]
    out: PathBuf,
    /// `webp`, `png` or `jpeg`
    #[arg(long, default_value = "webp")]
    format: String,
}

/// Name, path, and what to wait for.
const STATES: [(&str, &str, &str); 9] = [
    ("home", "/", "main h1"),
    ("forecast", "/forecast/AAPL?wait=1", ".headline"),
    ("looking-back", "/forecast/MSFT?wait=1&as_of=2026-09-01&range=90", ".headline"),
    ("unknown-stock", "/forecast/APPL", ".matches"),
    ("search", "/search?q=united", ".matches"),
    ("compare", "/compare?stocks=MSFT,COST,XOM", ".compared"),
    ("model", "/model", "main h1"),
    // From the store of `--store`; without one they say that there is none.
    ("market", "/market", "main h1"),
    ("record", "/record", "main h1"),
];

/// Name, the source that fails and how, path, and what to wait for. Each has a stock of its own, so that nothing of it
/// is warm; the last one wears the price source out.
const FAULTS: [(&str, &str, &str, &str, &str); 4] = [
    (
        "loading",
        "prices",
        r#"{"kind":"delay","milliseconds":4000}"#,
        "/forecast/NVDA",
        "[data-source=news].ok",
    ),
    ("source-missing", "news", r#"{"kind":"status","status":500}"#, "/forecast/AMZN?wait=1", ".headline"),
    ("prices-missing", "prices", r#"{"kind":"reset"}"#, "/forecast/JPM?wait=1", ".problem h1"),
    (
        "rate-limited",
        "prices",
        r#"{"kind":"status","status":429,"retry_after_seconds":90}"#,
        "/forecast/KO?wait=1",
        ".problem h1",
    ),
];

const SIZES: [(&str, u32, u32); 2] = [("desktop", 1280, 800), ("phone", 360, 740)];

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out).unwrap();
    for theme in ["light", "dark"] {
        let asked = format!("{}/forecast/AAPL/plot.png?theme={theme}&width=1200&height=750", arguments.url);
        let picture = reqwest::get(asked).await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        let path = arguments.out.join(format!("chart-{theme}.png"));
        std::fs::write(&path, &picture).unwrap();
        println!("{} {} kB", path.display(), picture.len() / 1000);
    }
    browse(1280, 800, async |browser| {
        for (size, width, height) in SIZES {
            browser.resize(width, height).await;
            for scheme in ["light", "dark"] {
                browser.prefer("", &[("prefers-color-scheme", scheme)]).await;
                for (name, path, wait) in STATES {
                    browser.open(&format!("{}{path}", arguments.url)).await;
                    browser.text(wait).await;
                    browser.until("[...document.images].every((image) => image.complete || image.loading === 'lazy')").await;
                    let file = format!("{name}-{size}-{scheme}.{}", arguments.format);
                    save(browser, &arguments, &file).await;
                }
                type_and_save(browser, &arguments, &format!("picker-{size}-{scheme}.{}", arguments.format)).await;
            }
        }
        for (name, source, fault, path, wait) in FAULTS {
            set_fault(&arguments, source, Some(fault)).await;
            browser.prefer("", &[("prefers-color-scheme", "light")]).await;
            browser.resize(1280, 800).await;
            browser.open(&format!("{}{path}", arguments.url)).await;
            browser.text(wait).await;
            save(browser, &arguments, &format!("{name}-desktop-light.{}", arguments.format)).await;
            browser.prefer("", &[("prefers-color-scheme", "dark")]).await;
            browser.resize(360, 740).await;
            save(browser, &arguments, &format!("{name}-phone-dark.{}", arguments.format)).await;
            set_fault(&arguments, source, None).await;
        }
    })
    .await;
}

/// Makes a source fail, or repairs it.
async fn set_fault(arguments: &Arguments, source: &str, fault: Option<&str>) {
    let mut order = json!({ "upstream": source });
    if let Some(fault) = fault {
        order["fault"] = serde_json::from_str(fault).unwrap();
    }
    let asked = reqwest::Client::new().post(format!("{}/faults", arguments.market)).json(&order).send();
    assert!(asked.await.unwrap().status().is_success(), "the market takes no fault {order}");
}

async fn type_and_save(browser: &Browser, arguments: &Arguments, file: &str) {
    browser.open(&format!("{}/", arguments.url)).await;
    browser.click("main #q").await;
    browser.press("app").await;
    browser.text("main [data-answers=app] [role=option]").await;
    save(browser, arguments, file).await;
}

/// Saves the whole page, the parts below the window included.
async fn save(browser: &Browser, arguments: &Arguments, file: &str) {
    let quality = if arguments.format == "png" { json!(null) } else { json!(82) };
    browser.script("document.querySelectorAll('img[loading=lazy]').forEach((image) => { image.loading = 'eager'; });").await;
    browser.until("[...document.images].every((image) => image.complete)").await;
    browser.at_rest().await;
    let mut parameters = json!({ "format": arguments.format, "captureBeyondViewport": true });
    if !quality.is_null() {
        parameters["quality"] = quality;
    }
    let metrics = browser.devtools("Page.getLayoutMetrics", json!({})).await;
    let content = &metrics["cssContentSize"];
    parameters["clip"] =
        json!({ "x": 0, "y": 0, "width": content["width"], "height": content["height"], "scale": 1 });
    let answer = browser.devtools("Page.captureScreenshot", parameters).await;
    let picture = base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    let path = arguments.out.join(file);
    std::fs::write(&path, &picture).unwrap();
    println!("{} {} kB", path.display(), picture.len() / 1000);
}

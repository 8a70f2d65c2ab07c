//! Measures the page as a reader's browser sees it: first byte, chart painted, layout shift, bytes on the wire.
//!
//! `cargo run --release` in one terminal, then `cargo run --release -p frontend --example measure` in another.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be taken is the end of it")]

#[path = "../tests/browser/driver.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod driver;

use clap::Parser;
use serde_json::{Value, json};

use driver::{Browser, browse};

/// Measures the page of a running Fortnight in headless Chromium
#[derive(Parser)]
struct Arguments {
    /// Address of the page
    #[arg(long, default_value = "http://127.0.0.1:8501")]
    url: String,
    /// Page to measure
    #[arg(long, default_value = "/forecast/AAPL")]
    path: String,
    /// How often
    #[arg(long, default_value_t = 20)]
    times: usize,
}

const TIMES: &str = "const done = arguments[0]; const found = {}; \
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) \
      if (entry.element && entry.element.matches('[data-chart]')) found.chart = entry.startTime; \
    }).observe({ type: 'largest-contentful-paint', buffered: true }); \
    let shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; \
    }).observe({ type: 'layout-shift', buffered: true }); \
    setTimeout(() => { const [page] = performance.getEntriesByType('navigation'); \
      const parts = performance.getEntriesByType('resource').filter((entry) => !entry.name.includes('.png')); \
      done({ first: page.responseStart - page.requestStart, chart: found.chart ?? null, shift, \
        bytes: page.transferSize + parts.reduce((sum, entry) => sum + entry.transferSize, 0) }); }, 300);";

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let url = format!("{}{}", arguments.url, arguments.path);
    browse(1280, 800, async |browser| {
        // Makes everything warm: the forecast, its record, the connection.
        browser.open(&url).await;
        browser.text(".headline").await;
        browser.until("document.querySelector('#trust:not([aria-busy])')").await;
        browser.devtools("Network.enable", json!({})).await;
        browser.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        let mut runs = Vec::new();
        for _ in 0..arguments.times {
            runs.push(measure(browser, &url).await);
        }
        for (name, unit) in [
            ("first", "ms to the first byte"),
            ("chart", "ms until the chart is painted"),
            ("shift", "layout shift"),
            ("bytes", "bytes but for the charts, nothing cached"),
        ] {
            report(&runs, name, unit);
        }
    })
    .await;
}

async fn measure(browser: &Browser, url: &str) -> Value {
    browser.open(url).await;
    browser.client.execute_async(TIMES, vec![]).await.unwrap()
}

fn report(runs: &[Value], name: &str, unit: &str) {
    let mut values: Vec<f64> = runs.iter().filter_map(|run| run[name].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    let Some(&worst) = values.last() else {
        println!("{unit}: not measured");
        return;
    };
    println!("{unit}: median {:.2}, worst {worst:.2} ({} runs)", values[values.len() / 2], values.len());
}

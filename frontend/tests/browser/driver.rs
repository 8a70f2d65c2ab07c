//! Chromium and its driver, each test with its own on a free port.

use std::io::{BufRead as _, BufReader};
use std::panic::AssertUnwindSafe;
use std::process::{Child, Command, Stdio};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

/// A browser window.
pub(crate) struct Browser {
    pub(crate) client: Client,
}

/// chromedriver, ended with the test.
struct Driver {
    process: Child,
    address: String,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a test in a fresh browser of a size, and closes the browser however the test ends.
pub(crate) async fn browse(width: u32, height: u32, test: impl AsyncFnOnce(&Browser)) {
    let Some(driver) = start_driver() else {
        eprintln!("LEFT OUT: chromedriver or chromium is not installed, so no page was tried in a browser");
        return;
    };
    let browser = Browser { client: connect(&driver.address).await };
    browser.resize(width, height).await;
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    let _ = browser.client.close().await;
    drop(driver);
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn start_driver() -> Option<Driver> {
    let chromium =
        Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    chromium.ok().filter(std::process::ExitStatus::success)?;
    // Without chromedriver the tests are left out; one that is there must start.
    Command::new("chromedriver")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    // The driver takes a free port of IPv4, and ends if the same port of IPv6 is another's by then.
    Some((0..5).find_map(|_| driver_process()).expect("chromedriver is installed and does not start"))
}

fn driver_process() -> Option<Driver> {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        let (_, port) = line.split_once("started successfully on port ")?;
        Some(port.trim_end_matches('.').to_owned())
    });
    let Some(port) = port else {
        let _ = process.wait();
        return None;
    };
    // What it says later must find a reader, or it would stall.
    std::thread::spawn(move || lines.for_each(drop));
    Some(Driver { process, address: format!("http://127.0.0.1:{port}") })
}

async fn connect(address: &str) -> Client {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--lang=en-US",
    ];
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(address).await.unwrap()
}

impl Browser {
    /// Opens an address and waits until it has loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Waits for an element that can be seen and returns its text.
    pub(crate) async fn text(&self, css: &str) -> String {
        // What fades in counts as unseen at first, and a part may be replaced between two questions. Each question takes
        // the browser a millisecond or more, so this is longer than any fade, and bounded.
        for _ in 0..500 {
            let element = self.client.wait().for_element(Locator::Css(css)).await.unwrap();
            match element.is_displayed().await {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) if error.is_stale_element_reference() => continue,
                Err(error) => panic!("{css}: {error}"),
            }
            match element.text().await {
                Ok(text) => return text,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("{css}: {error}"),
            }
        }
        panic!("{css} is there and cannot be seen");
    }

    /// Says whether an element is there and can be seen.
    pub(crate) async fn sees(&self, css: &str) -> bool {
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element.is_displayed().await.unwrap(),
            Err(_) => false,
        }
    }

    /// Types into the field that has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    pub(crate) async fn click(&self, css: &str) {
        self.client.wait().for_element(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Waits until a script's expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        let script = format!("return Boolean({expression});");
        for _ in 0..400 {
            if self.script(&script).await == Value::Bool(true) {
                return;
            }
            // Gives the page a frame to get on with; bounded, so a test that waits in vain fails.
            self.client
                .execute_async("requestAnimationFrame(() => setTimeout(arguments[0], 20));", vec![])
                .await
                .unwrap();
        }
        panic!("{expression} did not come true; the page says: {}", self.text("body").await);
    }

    /// Waits until what fades or slides in has come to rest; until then it counts as unseen or pale.
    pub(crate) async fn at_rest(&self) {
        self.until(
            "document.getAnimations().every((one) => one.playState === 'finished' || \
             one.effect.getComputedTiming().endTime === Infinity)",
        )
        .await;
    }

    pub(crate) async fn script(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    pub(crate) async fn address(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// Takes the measure of a screen: a phone where it is narrow.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sets what the system prefers, such as `("prefers-color-scheme", "dark")`.
    pub(crate) async fn prefer(&self, media: &str, features: &[(&str, &str)]) {
        let features: Vec<Value> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": media, "features": features })).await;
    }

    /// Sends a command of the Chrome `DevTools` protocol.
    pub(crate) async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(Devtools { command, parameters }).await.unwrap()
    }

    /// Returns what the page complained about on its console.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.client.issue_cmd(ConsoleLog).await.unwrap();
        let entries = log.as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect()
    }

    /// Returns how much the page has moved under its reader since it was opened.
    pub(crate) async fn layout_shift(&self) -> f64 {
        let script = "const done = arguments[0]; let sum = 0; const add = (list) => { for (const entry of \
             list.getEntries()) if (!entry.hadRecentInput) sum += entry.value; }; \
             const observer = new PerformanceObserver(add); observer.observe({ type: 'layout-shift', buffered: true }); \
             requestAnimationFrame(() => setTimeout(() => { observer.takeRecords().forEach(() => {}); done(sum); }, 50));";
        self.client.execute_async(script, vec![]).await.unwrap().as_f64().unwrap()
    }
}

#[derive(Debug)]
struct Devtools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

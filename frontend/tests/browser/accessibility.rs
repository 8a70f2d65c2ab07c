use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::driver::{Browser, browse};
use crate::site::Site;
use crate::standins::ALL;

/// The version whose rules the pages keep.
const AXE: &str = "axe-core@4.10.3";

/// Returns axe-core's source; installs it next to the build if necessary.
pub(crate) fn axe() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("axe");
    let source = folder.join("node_modules/axe-core/axe.min.js");
    if !source.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let npm = Command::new("npm")
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(&folder)
            .arg(AXE)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        npm.ok().filter(std::process::ExitStatus::success)?;
    }
    std::fs::read_to_string(source).ok()
}

pub(crate) async fn violations(browser: &Browser, axe: &str) -> String {
    browser.at_rest().await;
    browser.client.execute(axe, vec![]).await.unwrap();
    let script = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then((r) => done(\
        r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')).join('\\n')));";
    browser.client.execute_async(script, vec![]).await.unwrap().as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_page_in_either_theme() {
    let Some(axe) = axe() else {
        eprintln!("LEFT OUT: {AXE} cannot be installed with npm, so its rules were not checked");
        return;
    };
    let site = Site::start().await;
    browse(1280, 900, async |browser| {
        for scheme in ["light", "dark"] {
            browser.prefer("", &[("prefers-color-scheme", scheme)]).await;
            for path in [
                "/",
                "/forecast/AAPL?wait=1",
                "/forecast/AAPL?wait=1&as_of=2026-10-01",
                "/forecast/NOPE",
                "/model",
                "/search?q=app",
                "/search?q=zzzz",
                "/compare",
                "/compare?stocks=AAPL,BRK.B,moonshot",
                "/forecast/AAPL?as_of=soon",
                "/offline",
            ] {
                browser.open(&site.at(path)).await;
                // What is folded counts, too.
                browser.script("document.querySelectorAll('details').forEach((part) => { part.open = true; });").await;
                assert_eq!(violations(browser, &axe).await, "", "{path} in {scheme}");
            }
            site.predict.released.send_replace(1);
            let stock = if scheme == "light" { "BRK.B" } else { "MSFT" };
            browser.open(&site.at(&format!("/forecast/{stock}"))).await;
            browser.until("document.querySelector('[data-source=prices]').className === 'ok'").await;
            assert_eq!(violations(browser, &axe).await, "", "loading in {scheme}");
            site.predict.released.send_replace(ALL);
            browser.text(".headline").await;

            browser.script("localStorage.setItem('watchlist', JSON.stringify([{ symbol: 'AAPL', name: 'Apple' }, { symbol: 'GONE', name: 'Gone' }]));").await;
            browser.open(&site.at("/")).await;
            browser.until("document.querySelectorAll('.watch tbody .reach').length === 1").await;
            assert_eq!(violations(browser, &axe).await, "", "the watchlist in {scheme}");
            browser.click("main #q").await;
            browser.press("app").await;
            browser.text("main [data-answers=app] [role=option]").await;
            assert_eq!(violations(browser, &axe).await, "", "the open list in {scheme}");
        }
        browser.resize(360, 740).await;
        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        assert_eq!(violations(browser, &axe).await, "", "on a phone");
    })
    .await;
}

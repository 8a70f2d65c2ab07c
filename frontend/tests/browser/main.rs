//! The pages in a real browser: headless Chromium, driven through `WebDriver` as a reader would use it.
//!
//! Where Chromium or its driver is not installed, each test says so in one line and is skipped.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod accessibility;
mod chance;
mod chart;
mod driver;
mod lists;
mod looks;
mod picker;
mod progress;
mod record;
#[path = "../web/recorded.rs"]
mod recorded;
mod screen_reader;
mod site;
#[path = "../web/standins.rs"]
#[expect(dead_code, reason = "the tests without a browser use more of it")]
mod standins;
mod states;

//! `fortnight forecast`, as people use it in a terminal.

use std::path::Path;
use std::process::{Command, Output};

use crate::helpers::{FRIDAY_NIGHT, Fortnight};

/// Runs the program with its own services, on the evening of the other tests.
fn forecast(arguments: &[&str]) -> Output {
    program(&[&["--now", FRIDAY_NIGHT], arguments].concat())
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fortnight"));
    command.env_clear().current_dir(std::env::temp_dir()).arg("forecast").args(arguments);
    command.output().expect("the program ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn two_stocks_are_printed_as_tables() {
    let said = printed(&forecast(&["nvda", "KO"]));

    let rows = said.lines().filter(|line| line.contains(" – ")).count();
    assert_eq!(rows, 2 * 14, "{said}");
    for expected in
        ["NVDA · NVIDIA", "\nKO · Coca-Cola", "Simulated: these prices are made up", "\nMeasured: 80%"]
    {
        assert!(said.contains(expected), "{expected:?} is missing: {said}");
    }
    assert!(!said.contains('\u{1b}'), "no colors outside a terminal: {said}");
}

#[test]
fn the_chance_of_a_close_beyond_a_price_is_a_column() {
    let said = printed(&forecast(&["KO", "--below", "1"]));
    assert!(said.contains("  below $1  ") && said.matches("under 5%").count() == 15, "{said}");
}

#[test]
fn a_stock_that_is_not_listed_does_not_hide_the_others() {
    let output = forecast(&["NOPE", "KO"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("80% range"), "{}", text(&output.stdout));
    let said = text(&output.stderr);
    assert!(said.starts_with("fortnight: NOPE: ") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_past_day_is_forecast_from_what_was_known() {
    let said = printed(&forecast(&["KO", "--as-of", "2026-10-01"]));
    assert!(said.contains("on Thu, Oct 1, 2026") && said.contains("\nFri, Oct 2 "), "{said}");
}

#[test]
fn a_mistake_is_explained() {
    for (arguments, expected) in [
        (&["KO", "--json", "--csv"][..], "cannot be used with"),
        (&["KO", "--above", "0"], "expected a positive number such as 920"),
        (&["KO", "--as-of", "yesterday"], "invalid value 'yesterday'"),
        (&["KO", "--predict-url", "http://localhost:1", "--live"], "cannot be used with"),
        (&["KO", "PEP", "--png", "chart.png"], "--png draws one stock; expected one symbol, got 2"),
        (&["KO", "--predict-url", "http://127.0.0.1:1"], "predict-service cannot be reached"),
    ] {
        let output = program(arguments);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn running_services_answer_as_their_page_does() {
    let fortnight = Fortnight::start().await;
    let addresses = fortnight.running.addresses.clone();
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("chart.png");
    let ask = |more: &[&str]| {
        let (predict, plot) = (addresses.predict.to_string(), addresses.plot.to_string());
        let services = ["--predict-url", &predict, "--plot-url", &plot];
        printed(&program(&[&["KO"], &services[..], more].concat()))
    };

    assert_eq!(ask(&["--csv"]), fortnight.page("/forecast/KO/forecast.csv").await.text());

    let page = fortnight.page("/forecast/KO/forecast.json").await.json();
    let json: serde_json::Value = serde_json::from_str(&ask(&["--json"])).expect("one forecast");
    assert_eq!(json["forecast"], page["forecast"]);
    assert_eq!(json["stock"], page["stock"]);

    ask(&["--png", &picture.to_string_lossy()]);
    assert!(is_png(&picture));
}

fn is_png(file: &Path) -> bool {
    std::fs::read(file).expect("a picture").starts_with(b"\x89PNG")
}

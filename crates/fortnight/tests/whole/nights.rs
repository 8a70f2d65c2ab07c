//! `fortnight nightly`, as people use it in a terminal.

use std::path::Path;
use std::process::{Command, Output};

use crate::helpers::FRIDAY_NIGHT;

fn nightly(store: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fortnight"));
    command.env_clear().current_dir(std::env::temp_dir()).arg("nightly").args(arguments);
    command.arg("--store").arg(store).output().expect("the program ends")
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn without_services_it_starts_its_own_and_seals_the_session_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");

    let first = printed(&nightly(&store, &["--first", "5", "--now", FRIDAY_NIGHT]));
    let again = printed(&nightly(&store, &["--first", "5", "--now", FRIDAY_NIGHT]));

    assert_eq!(
        first,
        format!("2026-11-20: 5 of 5 stocks forecast\nfortnight --store {} shows it\n", store.display())
    );
    assert_eq!(
        again,
        format!("2026-11-20: already sealed\nfortnight --store {} shows it\n", store.display())
    );
    for part in ["manifest.json", "forecasts/session=2026-11-20/forecasts.parquet", "pages/market.json"] {
        assert!(store.join(part).is_file(), "{part}");
    }
    assert!(folder.path().join("store.key").is_file(), "the key is next to the store");
}

#[test]
fn a_mistake_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, expected) in [
        (&["--days", "5"][..], "--replay is not set"),
        (&["--first", "0"], "expected a whole number from 1"),
        (&["--list", "missing.txt"], "missing.txt"),
        (&["--task-index", "2", "--task-count", "2"], "below CLOUD_RUN_TASK_COUNT, which is 2"),
        (&["--url", "http://127.0.0.1:1", "--record-key", "secret"], "not a usable key"),
    ] {
        let output = nightly(&folder.path().join("store"), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("secret\n"), "{said}");
    }
}

#[test]
fn past_sessions_are_recorded_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, prices) = (folder.path().join("store"), folder.path().join("bars.csv"));
    std::fs::write(&prices, bars()).expect("a file");

    let said = printed(&nightly(&store, &["--replay", &prices.to_string_lossy(), "--days", "20"]));

    assert!(said.starts_with("20 sessions, 40 forecasts\n"), "{said}");
    assert!(store.join("pages/record.json").is_file());
}

/// Two stocks over 300 sessions up to the end of 2023, as a CSV file.
fn bars() -> String {
    let mut csv = "ticker,date,open,high,low,close,adj_close,volume\n".to_owned();
    let last = jiff::civil::date(2023, 12, 29);
    let sessions = exchange_calendar::sessions_between(exchange_calendar::sessions_back(last, 299), last);
    for ticker in ["KO", "PEP"] {
        for (place, date) in sessions.iter().enumerate() {
            let close = 100.0 + (place as f64 * 0.7).sin() * 3.0;
            csv += &format!("{ticker},{date},{close},{},{},{close},{close},1000\n", close + 1.0, close - 1.0);
        }
    }
    csv
}

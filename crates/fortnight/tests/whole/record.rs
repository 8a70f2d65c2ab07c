//! `fortnight verify`, used by someone who does not trust the operator.

use std::path::Path;
use std::process::{Command, Output};

use forecast_record::{LogName, Record, SigningKey};
use forecast_store::{OutcomeRow, OutcomeState, Store, StoreUrl};
use forecast_types::Symbol;
use jiff::Timestamp;
use jiff::civil::{Date, date};

async fn seal(folder: &Path, key: &str, session: Date, log_return: i32) {
    let store = Store::open(&StoreUrl::Folder(folder.into())).expect("a store");
    let record = Record::new(store.clone(), key.parse::<SigningKey>().expect("a key"));
    let row = |symbol| OutcomeRow {
        log_return,
        session,
        state: OutcomeState::Traded,
        symbol: Symbol::parse(symbol).expect("a symbol"),
    };
    store.seal_outcomes(session, &[row("AAPL"), row("NVDA")]).await.expect("rows");
    let sealed_at: Timestamp = format!("{session}T22:00:00Z").parse().expect("a time");
    record.seal(LogName::Outcomes, session, sealed_at).await.expect("a sealed session");
}

fn verify(folder: &Path, store: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fortnight"));
    command.env_clear().current_dir(folder).args(["verify", store]).args(args).output().expect("it ends")
}

#[tokio::test]
async fn a_kept_checkpoint_shows_that_the_record_was_rewritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = SigningKey::generate("example.org").expect("a key").secret();
    let (first, second) = (date(2024, 2, 20), date(2024, 2, 21));
    seal(&folder.path().join("store"), &key, first, 100).await;
    let kept = verify(folder.path(), "store", &["--print-checkpoint"]);
    std::fs::write(folder.path().join("kept.txt"), &kept.stdout).expect("a file");
    assert!(kept.stdout.starts_with(b"example.org/outcomes\n2\n"), "{kept:?}");

    seal(&folder.path().join("store"), &key, second, 200).await;
    let sound = verify(folder.path(), "store", &["--checkpoint", "kept.txt"]);
    let printed = String::from_utf8_lossy(&sound.stdout);
    assert!(sound.status.success(), "{sound:?}");
    assert!(printed.starts_with(
        "outcomes: 4 rows on 2 trading days, the last 2024-02-21; every row and signature verified\n"
    ));

    seal(&folder.path().join("other"), &key, first, 101).await;
    seal(&folder.path().join("other"), &key, second, 200).await;
    assert!(verify(folder.path(), "other", &[]).status.success(), "without the checkpoint it passes");
    let found = verify(folder.path(), "other", &["--checkpoint", "kept.txt"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&found.stdout),
        "log/outcomes/checkpoint: the leaves up to 2024-02-20 do not match the older checkpoint\n"
    );
    assert_eq!(
        String::from_utf8_lossy(&found.stderr),
        "fortnight: the record at other failed verification\n"
    );
}

#[test]
fn a_missing_record_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = verify(folder.path(), "nothing", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "fortnight: there is no record at nothing\n");
}

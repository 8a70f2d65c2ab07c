//! The Python verifier, which shares no code with this crate.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::operator::{KEY, Objects, folder};
use super::tampering::{BASE, count, draw};
use crate::LogName;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/verify.py");

/// Returns an interpreter that has pyarrow: `PYTHON` or `python3`.
#[expect(clippy::disallowed_methods, reason = "a test has no command line")]
fn python() -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import pyarrow.parquet"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!(
        "LEFT OUT: the verifier in Python was NOT tested: {python} has no pyarrow; PYTHON names another"
    );
    None
}

fn write(objects: &Objects, folder: &Path) {
    for (path, bytes) in &objects.0 {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::write(folder.join("older"), &BASE.older).unwrap();
}

/// The differences from the valid record, in the input format of the script.
fn changes(objects: &Objects) -> String {
    let base = &BASE.objects.0;
    let written = objects.0.iter().filter(|(path, bytes)| base.get(*path) != Some(bytes));
    let written = written.map(|(path, bytes)| (path, Some(STANDARD.encode(bytes))));
    let removed = base.keys().filter(|path| !objects.0.contains_key(*path)).map(|path| (path, None));
    serde_json::to_string(&written.chain(removed).collect::<BTreeMap<_, _>>()).unwrap()
}

#[test]
fn the_python_verifier_accepts_a_valid_record() {
    let Some(python) = python() else { return };
    let folder = folder();
    write(&BASE.objects, folder.path());
    let keys = LogName::ALL.map(|log| KEY.verifier(log).to_string()).join("\n");
    std::fs::write(folder.path().join("keys"), keys).unwrap();
    let mut command = Command::new(python);
    command.arg(SCRIPT).arg(folder.path()).arg("--checkpoint").arg(folder.path().join("older"));
    let output = command.arg("--key").arg(folder.path().join("keys")).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "forecasts: 350 rows on 5 trading days, the last 2024-02-20; verified\n\
         outcomes: 350 rows on 5 trading days, the last 2024-02-20; verified\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success());
}

#[test]
fn the_python_verifier_finds_every_tampering() {
    let Some(python) = python() else { return };
    let folder = folder();
    write(&BASE.objects, folder.path());
    let mut child = Command::new(python)
        .arg(SCRIPT)
        .arg(folder.path())
        .arg("--checkpoint")
        .arg(folder.path().join("older"))
        .arg("--changes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let count = count(300);
    let writing = std::thread::spawn(move || {
        for number in 0..count {
            writeln!(input, "{}", changes(&draw(number).1)).unwrap();
        }
    });
    let answers = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let answers: Vec<String> = answers.collect();
    writing.join().unwrap();
    assert!(child.wait().unwrap().success());
    let missed: Vec<_> =
        (0..).zip(&answers).filter(|(_, answer)| *answer == "sound").map(|(n, _)| (n, draw(n).0)).collect();
    assert_eq!(missed, [], "of {count}");
    assert_eq!(answers.len() as u64, count);
}

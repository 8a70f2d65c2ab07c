//! The crates use each other as the table in ARCHITECTURE.md says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::files::{root, text};

type Uses = BTreeMap<String, BTreeSet<String>>;

const SERVICES: [&str; 3] = ["frontend", "plot-service", "predict-service"];

/// Reads the rows `| crate | crates it uses |` below the heading "Dependencies".
fn documented() -> Uses {
    let architecture = text("ARCHITECTURE.md").expect("ARCHITECTURE.md is there");
    let (_, section) = architecture.split_once("\n## Dependencies\n").expect("it has a section Dependencies");
    let section = section.split("\n## ").next().unwrap_or_default();
    let names =
        |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        let name = names(cells[1]).pop_first().expect("the first cell names a crate");
        (name, names(cells[2]))
    })
    .collect()
}

/// Asks cargo which crates of the workspace each of them uses, tests and build scripts aside.
fn actual() -> Uses {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let uses = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
        normal.map(name).filter(|name| ours.contains(name)).collect()
    };
    packages.iter().map(|package| (name(package), uses(package))).collect()
}

#[test]
fn the_crates_use_each_other_as_documented() {
    let (documented, actual) = (documented(), actual());
    for (name, uses) in &actual {
        assert_eq!(documented.get(name), Some(uses), "{name}: documented on the left, actual on the right");
    }
    assert_eq!(documented.len(), actual.len(), "ARCHITECTURE.md lists a crate that does not exist");
}

#[test]
fn only_the_launcher_uses_services() {
    for (name, uses) in actual() {
        let services: Vec<_> = SERVICES.into_iter().filter(|service| uses.contains(*service)).collect();
        assert!(name == "fortnight" || services.is_empty(), "{name} uses {services:?}");
    }
}

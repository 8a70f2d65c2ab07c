//! The chart's modules import each other in one direction, as `src/chart/mod.rs` says.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

use std::path::{Path, PathBuf};

/// What each module may import besides itself.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("text", &[]),
    ("request", &["text"]),
    ("check", &["text", "request"]),
    ("captions", &["text", "request"]),
    ("backend", &["text"]),
    ("layout", &["text", "request", "captions"]),
    ("area", &["request", "captions", "layout"]),
    ("drawing", &["text", "request", "captions", "layout", "backend"]),
    ("compare", &["text", "request", "check", "captions", "layout", "drawing", "backend"]),
];

#[test]
fn no_module_of_the_chart_imports_one_that_builds_on_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chart");
    let mut checked = 0;
    for (module, allowed) in MAY_IMPORT {
        for file in files(&root, module) {
            let source = std::fs::read_to_string(&file).unwrap();
            for (_, path) in
                source.match_indices("crate::chart::").map(|(at, it)| (at, &source[at + it.len()..]))
            {
                let imported = path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let fits = imported == module || allowed.contains(&imported);
                assert!(fits, "{} imports {imported}, expected {allowed:?}", file.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 30, "only {checked} imports found");
}

/// The files of a module: one file, or a folder of them.
fn files(root: &Path, module: &str) -> Vec<PathBuf> {
    let single = root.join(format!("{module}.rs"));
    if single.exists() {
        return vec![single];
    }
    std::fs::read_dir(root.join(module)).unwrap().map(|entry| entry.unwrap().path()).collect()
}

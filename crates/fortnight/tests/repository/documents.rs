//! Documents hold no placeholder and name nothing that does not exist.

use std::collections::BTreeSet;
use std::path::Path;

use crate::files::{paths, root, text};

/// What was to be filled in later.
const PLACEHOLDERS: [&str; 4] = ["TODO", "FIXME", "TBD", "lorem ipsum"];

/// Variables that the OpenTelemetry SDK reads. Source: its specification, "Environment Variable Specification".
const READ_BY_LIBRARIES: [&str; 3] =
    ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER"];

/// Endings of files that documents name to send the reader there.
const ENDINGS: [&str; 12] =
    [".rs", ".py", ".sh", ".md", ".toml", ".html", ".css", ".js", ".yaml", ".tf", ".onnx", ".lua"];

struct Document {
    path: String,
    text: String,
}

fn documents() -> Vec<Document> {
    let markdown = paths().into_iter().filter(|path| path.ends_with(".md"));
    markdown.filter_map(|path| text(&path).map(|text| Document { path, text })).collect()
}

/// Returns what stands between single backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|span| !span.is_empty())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn no_document_holds_a_placeholder() {
    for Document { path, text } in documents() {
        for placeholder in PLACEHOLDERS {
            assert!(!text.contains(placeholder), "{path} holds `{placeholder}`");
        }
    }
}

#[test]
fn links_lead_to_files() {
    for Document { path, text } in documents() {
        let folder = root().join(&path).parent().expect("a file has a folder").to_owned();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            assert!(folder.join(file).exists(), "{path} links to {target}, which does not exist");
        }
    }
}

#[test]
fn files_named_in_documents_exist() {
    let paths = paths();
    let ends = |path: &str, named: &str| {
        path.strip_suffix(named).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let folders: BTreeSet<&str> =
        paths.iter().flat_map(|path| Path::new(path).ancestors().skip(1)).filter_map(Path::to_str).collect();
    let exists = |named: &str| {
        let named = named.trim_end_matches('/');
        paths.iter().any(|path| ends(path, named)) || folders.iter().any(|folder| ends(folder, named))
    };
    for Document { path, text } in documents() {
        for span in code_spans(&text) {
            let word = span.split_whitespace().find(|word| !word.contains('=')).unwrap_or_default();
            let is_plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
            let first = word.split('/').next().unwrap_or_default();
            let names_a_file =
                ENDINGS.iter().any(|ending| word.ends_with(ending) && word.len() > ending.len())
                    || (word.contains('/') && !first.is_empty() && root().join(first).is_dir());
            if is_plain && names_a_file && !word.starts_with('/') {
                assert!(exists(word), "{path} names `{word}`, which does not exist");
            }
        }
    }
}

#[test]
fn variables_and_items_named_in_documents_exist() {
    let code: String = paths()
        .iter()
        .filter(|path| !path.ends_with(".md") && !path.ends_with(".lock"))
        .filter_map(|path| text(path))
        .collect();
    let known: BTreeSet<&str> = words(&code).chain(READ_BY_LIBRARIES).collect();
    let is_variable = |word: &&str| {
        word.contains('_') && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut unknown = BTreeSet::new();
    for Document { path, text } in documents() {
        let items = code_spans(&text).filter(|span| span.contains("::") && !span.contains(' '));
        let names = words(&text).filter(is_variable).chain(items.flat_map(words));
        unknown.extend(names.filter(|name| !known.contains(name)).map(|name| format!("{path}: {name}")));
    }
    assert!(unknown.is_empty(), "no code knows {unknown:#?}");
}

//! Reads `.env`, a file with settings for development. The images carry none.
//!
//! `dotenvy` stops at the first line it cannot read and keeps the lines before it, so every line is checked first: a
//! start with half of its settings is worse than none.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::command_line::is_secret_name;

const FILE_NAME: &str = ".env";

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// The file cannot be opened or read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// One line is not `NAME=value`.
    #[error("{}, line {line}: {reason}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
        /// What is wrong, and what to do.
        reason: String,
    },
}

/// Sets the variables of `.env` in the working folder, or else in the nearest folder above it. Variables that are
/// set already stay as they are; no file is fine.
///
/// # Errors
/// When the file cannot be read, or one of its lines cannot be used.
pub fn load() -> Result<(), EnvFileError> {
    let Some(path) = find() else { return Ok(()) };
    let bytes =
        std::fs::read(&path).map_err(|source| EnvFileError::Unreadable { path: path.clone(), source })?;
    let text =
        check(&bytes).map_err(|(line, reason)| EnvFileError::Line { path: path.clone(), line, reason })?;
    dotenvy::from_read(text.as_bytes()).map_err(|error| {
        let line = match &error {
            dotenvy::Error::LineParse(bad, _) => text.lines().position(|line| line == bad),
            _ => None,
        };
        EnvFileError::Line {
            path,
            line: line.unwrap_or_default() + 1,
            reason: "expected NAME=value".to_owned(),
        }
    })
}

/// Returns the nearest file; by its bare name if it is in the working folder.
fn find() -> Option<PathBuf> {
    if Path::new(FILE_NAME).is_file() {
        return Some(FILE_NAME.into());
    }
    let folder = std::env::current_dir().ok()?;
    folder.ancestors().skip(1).map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

/// Returns the file's text, or the number of a line and what is wrong with it.
fn check(bytes: &[u8]) -> Result<&str, (usize, String)> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || bytes.contains(&0) {
        return Err((1, "the file is UTF-16; save it as UTF-8".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|&byte| byte == b'\n').count();
        (line, format!("the byte 0x{:02X} is not UTF-8; save the file as UTF-8", bytes[error.valid_up_to()]))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut first_lines = HashMap::new();
    for (line, number) in text.lines().zip(1..) {
        let name = check_line(line.trim()).map_err(|reason| (number, reason))?;
        if let Some(name) = name
            && let Some(first) = first_lines.insert(name, number)
        {
            return Err((number, format!("{name} was already set in line {first}; keep one of them")));
        }
    }
    Ok(text)
}

/// Returns the name a line sets, if it sets one.
fn check_line(line: &str) -> Result<Option<&str>, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, value) =
        line.split_once('=').ok_or_else(|| "expected NAME=value, or # before a comment".to_owned())?;
    let name = name.trim().strip_prefix("export ").unwrap_or(name).trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err(format!(
            "{name:?} is not a name; expected letters, digits and underscores, such as PORT"
        ));
    }
    let value = value.trim();
    let shown =
        if is_secret_name(name) { format!("the value of {name}") } else { format!("{:?}", unquoted(value)) };
    check_value(value).map_err(|fault| format!("{shown} {fault}"))?;
    Ok(Some(name))
}

/// Returns a value without the comment behind it.
fn unquoted(value: &str) -> &str {
    value.split_once(" #").map_or(value, |(value, _comment)| value.trim_end())
}

fn check_value(value: &str) -> Result<(), &'static str> {
    if let Some(rest) = value.strip_prefix('\'') {
        return closed(rest.find('\'').map(|end| &rest[end + 1..]));
    }
    if let Some(rest) = value.strip_prefix('"') {
        let mut escaped = false;
        for (at, c) in rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return closed(Some(&rest[at + 1..])),
                '$' => return Err(DOLLAR),
                _ => {}
            }
        }
        return closed(None);
    }
    let value = unquoted(value);
    if value.starts_with('#') || value.is_empty() {
        return Ok(());
    }
    if value.contains('$') {
        return Err(DOLLAR);
    }
    if value.contains(['\'', '"', '\\']) {
        return Err("contains a quote or a backslash; put it in single quotes");
    }
    if value.contains(char::is_whitespace) {
        return Err("contains a space; put it in quotes");
    }
    Ok(())
}

/// Variables are not inserted into each other: a password with a dollar sign would be cut short in silence.
const DOLLAR: &str = "contains a dollar sign; put it in single quotes";

/// Checks what follows a closing quote, if there is one.
fn closed(rest: Option<&str>) -> Result<(), &'static str> {
    match rest.map(str::trim_start) {
        None => Err("has no closing quote on its line"),
        Some(rest) if rest.is_empty() || rest.starts_with('#') => Ok(()),
        Some(_) => Err("goes on after its closing quote"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_dotenvy_reads_in_full_are_accepted() {
        let text = "\u{feff}# a comment\n\nPORT=8000\nexport HOST = 127.0.0.1 # loopback\r\nEMPTY=\nNONE= # nothing\n\
            NAME=\"My \\\"Stocks\\\"\" # quoted\nTOKEN='a$b#c d'\nMARKET=live#1\n";

        let checked = check(text.as_bytes()).unwrap();

        let read: Vec<_> = dotenvy::from_read_iter(checked.as_bytes()).map(Result::unwrap).collect();
        let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            read,
            [
                ("PORT", "8000"),
                ("HOST", "127.0.0.1"),
                ("EMPTY", ""),
                ("NONE", ""),
                ("NAME", "My \"Stocks\""),
                ("TOKEN", "a$b#c d"),
                ("MARKET", "live#1"),
            ]
        );
    }

    #[test]
    fn every_other_line_is_rejected_with_its_number_and_the_remedy() {
        for (text, line, reason) in [
            ("SITE_NAME=My Stocks\n", 1, "\"My Stocks\" contains a space; put it in quotes"),
            ("A=1\nmy settings\n", 2, "expected NAME=value, or # before a comment"),
            (
                "EODHD_URL: x=1",
                1,
                "\"EODHD_URL: x\" is not a name; expected letters, digits and underscores, such as PORT",
            ),
            ("=x", 1, "\"\" is not a name; expected letters, digits and underscores, such as PORT"),
            ("A=\"x", 1, "\"\\\"x\" has no closing quote on its line"),
            ("A='x' y", 1, "\"'x' y\" goes on after its closing quote"),
            ("A=x\"y\"", 1, "\"x\\\"y\\\"\" contains a quote or a backslash; put it in single quotes"),
            ("A=x$HOME", 1, "\"x$HOME\" contains a dollar sign; put it in single quotes"),
            ("EODHD_API_TOKEN=ab cd", 1, "the value of EODHD_API_TOKEN contains a space; put it in quotes"),
            ("A=1\n\nA=2", 3, "A was already set in line 1; keep one of them"),
        ] {
            assert_eq!(check(text.as_bytes()), Err((line, reason.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn other_encodings_are_named() {
        let utf16: Vec<u8> = "\u{feff}A=1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(check(&utf16), Err((1, "the file is UTF-16; save it as UTF-8".to_owned())));
        assert_eq!(check(&utf16[2..]), Err((1, "the file is UTF-16; save it as UTF-8".to_owned())));
        assert_eq!(
            check(b"A=1\n# Schl\xFCssel\nB=2\n"),
            Err((2, "the byte 0xFC is not UTF-8; save the file as UTF-8".to_owned()))
        );
    }
}

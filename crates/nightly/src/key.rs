//! The key that signs the record, in a file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use forecast_record::SigningKey;

/// Reads a key.
///
/// # Errors
/// When the file cannot be read or holds no key.
pub fn read_key(file: &Path) -> anyhow::Result<SigningKey> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading the key {}", file.display()))?;
    text.parse().with_context(|| format!("the key {}", file.display()))
}

/// Reads a key, or makes one that only its owner may read.
///
/// # Errors
/// As [`read_key`], and when the file cannot be written.
pub fn read_or_make_key(file: &Path, name: &str) -> anyhow::Result<SigningKey> {
    if file.exists() {
        return read_key(file);
    }
    let key = SigningKey::generate(name)?;
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut out| writeln!(out, "{}", key.secret()).and_then(|()| out.sync_all()));
    written.with_context(|| format!("writing the key {}", file.display()))?;
    Ok(key)
}

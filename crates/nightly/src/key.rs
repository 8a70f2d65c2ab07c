//! The key that signs the record, in a file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use forecast_record::SigningKey;

/// The name of a record whose key is generated here.
const NAME: &str = "fortnight";

/// Reads a key.
pub(crate) fn read_key(file: &Path) -> anyhow::Result<SigningKey> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading the key {}", file.display()))?;
    text.parse().with_context(|| format!("the key {}", file.display()))
}

/// Reads a key, or generates one in a file that only its owner may read.
pub(crate) fn read_or_generate_key(file: &Path) -> anyhow::Result<SigningKey> {
    if file.exists() {
        return read_key(file);
    }
    let key = SigningKey::generate(NAME)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut out| writeln!(out, "{}", key.secret()).and_then(|()| out.sync_all()));
    written.with_context(|| format!("writing the key {}", file.display()))?;
    Ok(key)
}

//! Verification of a record by anybody who can read it: everything is recomputed from the entries and the rows.

mod log;
mod rows;
mod source;
mod tree;

use std::fmt;

use forecast_store::{Store, StoreError};

pub use source::{Address, Source, Website};

use crate::{Checkpoint, LogName, RecordError, VerifierKey, note};

/// What a verifier brings along: without it, a record that was made anew as a whole looks sound.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    checkpoints: Vec<String>,
    keys: Vec<VerifierKey>,
}

impl Evidence {
    /// Adds a file of signed checkpoints, kept from an earlier day.
    pub fn add_checkpoints(&mut self, file: &str) {
        self.checkpoints.extend(note::split_file(file));
    }

    /// Adds a file of public keys, one on a line. Logs must be signed with one of them.
    ///
    /// # Errors
    /// When a line is not a key.
    pub fn add_keys(&mut self, file: &str) -> Result<(), RecordError> {
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.keys.push(line.parse()?);
        }
        Ok(())
    }
}

/// What came of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is sound, log by log; a log that does not exist yet is absent.
    pub sound: Vec<SoundLog>,
    /// What is not: the first finding of each log.
    pub findings: Vec<Finding>,
}

/// A log in which everything fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundLog {
    /// The log.
    pub log: LogName,
    /// Its newest checkpoint.
    pub newest: Checkpoint,
    /// The same, signed: the text to keep for the next verification.
    pub note: String,
    /// Sessions recorded.
    pub sessions: u64,
    /// Of forecasts: sessions sealed after the next opening bell, so that the rows may be hindsight.
    pub sealed_late: u64,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// Verifies the record at an address, as [`verify_from`] does.
///
/// # Errors
/// When the store does not answer.
pub async fn verify(address: &Address, evidence: &Evidence) -> Result<Verdict, RecordError> {
    match address {
        Address::Store(url) => verify_from(&Store::open(url)?, evidence).await,
        Address::Website(url) => verify_from(&Website::open(url)?, evidence).await,
    }
}

/// Verifies a record: keys, signatures, both trees down to every leaf, each session's checkpoint, the order of sessions
/// and symbols, every row against its leaf, and everything against what the verifier brings along.
///
/// # Errors
/// When the store does not answer. A record that does not fit is no error: see [`Verdict::findings`].
pub async fn verify_from(source: &impl Source, evidence: &Evidence) -> Result<Verdict, RecordError> {
    let mut verdict = Verdict::default();
    let mut claimed = 0;
    for name in LogName::ALL {
        let older = evidence.checkpoints.iter().filter(|note| is_of(note, name)).cloned().collect::<Vec<_>>();
        claimed += older.len();
        match log::verify(source, name, &older, &evidence.keys).await {
            Ok(Some(sound)) => verdict.sound.push(sound),
            Ok(None) => {}
            Err(
                RecordError::Damaged { path, reason }
                | RecordError::Store(StoreError::Damaged { path, reason }),
            ) => verdict.findings.push(Finding { path, reason }),
            Err(error) => return Err(error),
        }
    }
    if claimed < evidence.checkpoints.len() {
        return Err(RecordError::Checkpoint("its first line names neither the forecasts nor the outcomes"));
    }
    Ok(verdict)
}

fn is_of(note: &str, log: LogName) -> bool {
    note.lines().next().is_some_and(|origin| origin.ends_with(&format!("/{log}")))
}

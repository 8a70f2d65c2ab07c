//! Verifies a record: recomputes everything from the entries and the rows.

mod log;
mod rows;
mod source;
mod tree;

use std::fmt;

use forecast_store::{Store, StoreError};

pub use source::{Address, Source, Website};

use crate::{Checkpoint, LogName, RecordError, VerifierKey, note};

/// What the user of a verifier has kept: without it, a record that was rewritten as a whole passes every check.
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

    /// Adds a file of public keys, one per line. Logs must be signed with one of them.
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

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The logs that passed every check; a log that does not exist yet is absent.
    pub verified: Vec<VerifiedLog>,
    /// The first failed check of each other log.
    pub findings: Vec<Finding>,
}

/// A log that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedLog {
    /// The log.
    pub log: LogName,
    /// Its newest checkpoint.
    pub newest: Checkpoint,
    /// The same checkpoint as a signed note, to keep for the next verification.
    pub note: String,
    /// Sessions recorded.
    pub sessions: u64,
    /// Sessions of forecasts that were sealed after the next opening bell, so that hindsight cannot be ruled out.
    pub sealed_late: u64,
}

/// A failed check.
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

/// Verifies the record at an address; see [`verify_from`].
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
/// and symbols, every row against its leaf, and everything against the evidence.
///
/// # Errors
/// When the store does not answer. Failed checks are not errors but [`Verdict::findings`].
pub async fn verify_from(source: &impl Source, evidence: &Evidence) -> Result<Verdict, RecordError> {
    let mut verdict = Verdict::default();
    let mut matched = 0;
    for name in LogName::ALL {
        let older = evidence.checkpoints.iter().filter(|note| is_of(note, name)).cloned().collect::<Vec<_>>();
        matched += older.len();
        match log::verify(source, name, &older, &evidence.keys).await {
            Ok(Some(verified)) => verdict.verified.push(verified),
            Ok(None) => {}
            Err(
                RecordError::Damaged { path, reason }
                | RecordError::Store(StoreError::Damaged { path, reason }),
            ) => verdict.findings.push(Finding { path, reason }),
            Err(error) => return Err(error),
        }
    }
    if matched < evidence.checkpoints.len() {
        return Err(RecordError::Checkpoint("its first line names neither the forecasts nor the outcomes"));
    }
    Ok(verdict)
}

fn is_of(note: &str, log: LogName) -> bool {
    note.lines().next().is_some_and(|origin| origin.ends_with(&format!("/{log}")))
}

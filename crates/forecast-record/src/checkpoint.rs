use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{FileDigest, Hash, LogName, RecordError, SigningKey, VerifierKey, note};

/// The signed state of a log after a session (C2SP tlog-checkpoint). Printed as the text of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log, as in its key.
    pub origin: String,
    /// How many leaves the log has.
    pub size: u64,
    /// The root hash over all of them.
    pub root: Hash,
    /// The last session.
    pub session: Date,
    /// When the session was sealed.
    pub sealed_at: Timestamp,
    /// The file with the rows of the session.
    pub rows: FileDigest,
}

impl Checkpoint {
    /// Returns the checkpoint as a signed note.
    pub(crate) fn sign(&self, key: &SigningKey, log: LogName) -> String {
        note::sign(&self.to_string(), key, log)
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// When it is not signed with the key, or is not a checkpoint of the key's log.
    pub fn open(signed: &str, key: &VerifierKey) -> Result<Self, RecordError> {
        let text = note::open(signed, key)
            .ok_or(RecordError::Checkpoint("it is not signed with the key of the log"))?;
        let checkpoint: Self = text.parse()?;
        if checkpoint.origin != key.name() {
            return Err(RecordError::Checkpoint("it belongs to another log"));
        }
        // Rejects any other spelling of the same values.
        if checkpoint.to_string() != text {
            return Err(RecordError::Checkpoint("a value is not in canonical form"));
        }
        Ok(checkpoint)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root, session, sealed_at, rows } = self;
        write!(f, "{origin}\n{size}\n{root}\nsession {session}\nsealed {sealed_at}\nrows {rows}\n")
    }
}

impl FromStr for Checkpoint {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: RecordError =
            RecordError::Checkpoint("expected name, size, root, `session`, `sealed` and `rows`");
        let [origin, size, root, session, sealed, rows] = text.lines().collect::<Vec<_>>()[..] else {
            return Err(EXPECTED);
        };
        let session = session.strip_prefix("session ").ok_or(EXPECTED)?;
        let sealed_at = sealed.strip_prefix("sealed ").ok_or(EXPECTED)?;
        Ok(Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| RecordError::Checkpoint("the size is not a number"))?,
            root: root.parse()?,
            session: session.parse().map_err(|_| RecordError::Checkpoint("the session is not a date"))?,
            sealed_at: sealed_at
                .parse()
                .map_err(|_| RecordError::Checkpoint("the time of sealing is not a timestamp"))?,
            rows: rows.strip_prefix("rows ").ok_or(EXPECTED)?.parse()?,
        })
    }
}

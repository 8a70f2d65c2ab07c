use std::fmt;

use forecast_store::paths;
use jiff::civil::Date;

/// One of the two logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogName {
    /// One leaf for each forecast.
    Forecasts,
    /// One leaf for each outcome.
    Outcomes,
}

impl LogName {
    /// Both logs.
    pub const ALL: [Self; 2] = [Self::Forecasts, Self::Outcomes];

    /// Returns the name of the log's folder.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forecasts => "forecasts",
            Self::Outcomes => "outcomes",
        }
    }

    /// Returns the path of the rows of a session in the store.
    #[must_use]
    pub fn rows(self, session: Date) -> String {
        match self {
            Self::Forecasts => paths::forecasts(session),
            Self::Outcomes => paths::outcomes(session),
        }
    }

    /// Returns the path of the newest checkpoint.
    #[must_use]
    pub fn checkpoint(self) -> String {
        self.within("checkpoint")
    }

    /// Returns the path of the checkpoint of a session.
    #[must_use]
    pub fn session_checkpoint(self, session: Date) -> String {
        self.within(&format!("checkpoints/{session}"))
    }

    /// Returns the path of the public key.
    #[must_use]
    pub fn key(self) -> String {
        self.within("key")
    }

    /// Returns the path of the checkpoint that follows after a tree of this size.
    pub(crate) fn sealing(self, size: u64) -> String {
        self.within(&format!("sealing/{size}"))
    }

    /// Returns the path of an object of the log, given its path within the log.
    pub(crate) fn within(self, path: &str) -> String {
        format!("log/{self}/{path}")
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

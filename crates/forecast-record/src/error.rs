use forecast_store::StoreError;
use jiff::civil::Date;

/// Why the record cannot be read, extended or verified.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An object of the record is missing, malformed, or inconsistent with the rest of the record.
    #[error("{path}: {reason}")]
    Damaged {
        /// The object.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The text is not a key.
    #[error("not a usable key: {0}")]
    Key(&'static str),
    /// The text is not a checkpoint.
    #[error("not a checkpoint: {0}")]
    Checkpoint(&'static str),
    /// A session without rows, or rows that are not in order.
    #[error("the rows of {session} cannot be recorded: {reason}")]
    Leaves {
        /// The session.
        session: Date,
        /// What is wrong with them.
        reason: String,
    },
    /// A session that would have to be inserted before recorded ones.
    #[error("{session} cannot be recorded: the record has reached {last} without it")]
    Backdated {
        /// The session.
        session: Date,
        /// The last recorded one.
        last: Date,
    },
    /// A session that is already recorded with different rows. Recorded rows are never corrected.
    #[error("{session} is already recorded with different rows")]
    Recorded {
        /// The session.
        session: Date,
    },
    /// Recording another session was started and has to be finished first.
    #[error("{session} cannot be recorded before {unfinished}, which is unfinished; seal {unfinished} again")]
    Unfinished {
        /// The session.
        session: Date,
        /// The unfinished one.
        unfinished: Date,
    },
    /// The text is not the address of a record.
    #[error("expected a folder, gs://bucket/folder, s3://bucket/folder or the address of a website")]
    Address,
    /// The address of a website cannot be used.
    #[error("cannot open {url}")]
    Open {
        /// The address.
        url: String,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl RecordError {
    pub(crate) fn damaged(path: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.into(), reason: reason.to_string() }
    }
}

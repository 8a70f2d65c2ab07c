/// Why the store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names a folder or bucket that cannot be opened.
    #[error("cannot open the store {url}")]
    Open {
        /// The address.
        url: String,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder or bucket refused an operation.
    #[error("cannot {verb} {path} in the store")]
    Object {
        /// `read`, `write`, `list`, `delete` or `score`.
        verb: &'static str,
        /// The object.
        path: String,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object has content that this version cannot read.
    #[error("{path} in the store cannot be read: {reason}")]
    Damaged {
        /// The object.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An object that is written only once exists with other content.
    #[error("{path} already exists in the store with different content")]
    Conflict {
        /// The object.
        path: String,
    },
}

impl StoreError {
    pub(crate) fn object(
        verb: &'static str,
        path: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Object { verb, path: path.to_owned(), source: source.into() }
    }

    pub(crate) fn damaged(path: &str, reason: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}

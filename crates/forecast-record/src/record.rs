use forecast_store::Store;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::log::Log;
use crate::proof::{consistency_ranges, inclusion_ranges};
use crate::session::SessionLeaves;
use crate::{Checkpoint, Hash, LogName, RecordError, SigningKey, read};

/// The writer of the record in a store.
#[derive(Debug)]
pub struct Record {
    store: Store,
    key: SigningKey,
}

impl Record {
    /// Opens the record of a store; nothing is read or written yet.
    #[must_use]
    pub fn new(store: Store, key: SigningKey) -> Self {
        Self { store, key }
    }

    /// Records the rows of a session in the store: one leaf each, and a signed checkpoint.
    ///
    /// Sessions must be recorded in order. Repeating this is safe: a recorded session does not change, and the returned
    /// checkpoint says when it was first sealed.
    ///
    /// # Errors
    /// When the session has no file or one with different rows than recorded, when a later session is already recorded, or
    /// when the store fails.
    pub async fn seal(
        &self,
        log: LogName,
        session: Date,
        sealed_at: Timestamp,
    ) -> Result<Checkpoint, RecordError> {
        let file = read::object(&self.store, &log.rows(session)).await?;
        let leaves = SessionLeaves::of_file(log, session, file)?;
        self.log(log).append(&leaves, sealed_at).await
    }

    /// Returns the newest checkpoint; `None` before the first session.
    ///
    /// # Errors
    /// When it cannot be read, or is signed with another key.
    pub async fn newest(&self, log: LogName) -> Result<Option<Checkpoint>, RecordError> {
        Ok(self.log(log).newest().await?.map(|(checkpoint, _)| checkpoint))
    }

    /// Returns the checkpoint of a session; `None` if it is not recorded.
    ///
    /// # Errors
    /// When it cannot be read, or is signed with another key.
    pub async fn session(&self, log: LogName, session: Date) -> Result<Option<Checkpoint>, RecordError> {
        self.log(log).checkpoint_of(session).await
    }

    /// Returns the hashes that prove that a leaf is in the tree of a checkpoint; [`proof::includes`](crate::proof::includes)
    /// checks them.
    ///
    /// # Errors
    /// When the tiles cannot be read.
    pub async fn inclusion(&self, log: LogName, index: u64, size: u64) -> Result<Vec<Hash>, RecordError> {
        self.log(log).roots(inclusion_ranges(index, size), size).await
    }

    /// Returns the hashes that prove that the tree of a checkpoint extends an older one;
    /// [`proof::continues`](crate::proof::continues) checks them.
    ///
    /// # Errors
    /// When the tiles cannot be read.
    pub async fn consistency(&self, log: LogName, older: u64, size: u64) -> Result<Vec<Hash>, RecordError> {
        self.log(log).roots(consistency_ranges(older, size), size).await
    }

    fn log(&self, name: LogName) -> Log<'_> {
        Log { name, store: &self.store, key: &self.key }
    }
}

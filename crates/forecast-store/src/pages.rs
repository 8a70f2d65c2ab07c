//! Reads and writes the summaries behind the pages.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{MarketSummary, RecordSummary, Store, StoreError, paths};

impl RecordSummary {
    /// Reads the summary from [`paths::RECORD_PAGE`]; `None` before the first session is sealed.
    ///
    /// # Errors
    /// When the store does not answer, or another version wrote the summary.
    pub async fn read(store: &Store) -> Result<Option<Self>, StoreError> {
        read(store, paths::RECORD_PAGE).await
    }
}

impl MarketSummary {
    /// Reads the summary from [`paths::MARKET_PAGE`]; `None` before the first session is sealed.
    ///
    /// # Errors
    /// When the store does not answer, or another version wrote the summary.
    pub async fn read(store: &Store) -> Result<Option<Self>, StoreError> {
        read(store, paths::MARKET_PAGE).await
    }
}

pub(crate) async fn read<T: DeserializeOwned>(store: &Store, path: &str) -> Result<Option<T>, StoreError> {
    let Some(bytes) = store.get(path).await? else { return Ok(None) };
    parse(path, &bytes).map(Some)
}

pub(crate) fn parse<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::damaged(path, error))
}

pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("our types have text keys and no other maps")
}

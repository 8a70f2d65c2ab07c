//! What every store beyond the process promises: to be quick or to be skipped.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use feature_sources::{Ledger, MemoryLedger, SourceError};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

/// Keeps bytes by key. Neither call ever fails: what cannot be read is absent, what cannot be kept is forgotten.
pub(crate) trait Store: Debug + Send + Sync {
    /// Returns what is kept, if it is at hand.
    fn get(&self, key: &str) -> BoxFuture<'_, Option<Vec<u8>>>;

    /// Keeps bytes until a moment, in the background.
    fn put(&self, key: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp);
}

/// The store and the ledger of one configuration; a store may be absent.
#[derive(Clone, Debug)]
pub(crate) struct Persistence {
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) ledger: Arc<dyn Ledger>,
}

impl Persistence {
    /// Nothing outlives the process.
    pub(crate) fn none() -> Self {
        Self { store: None, ledger: Arc::new(MemoryLedger::default()) }
    }
}

/// A series as it is kept; `None` is the upstream's settled word that it has none.
#[derive(Serialize, Deserialize)]
struct Kept<T> {
    fetched_at: Timestamp,
    fresh_until: Timestamp,
    series: Option<T>,
}

/// What a store gave back.
pub(crate) struct Recalled<T> {
    pub(crate) fetched_at: Timestamp,
    pub(crate) fresh_until: Timestamp,
    pub(crate) outcome: Result<T, SourceError>,
}

/// Returns what is kept and still fresh. A store that takes longer than `patience` is not waited for.
pub(crate) async fn recall<T: DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    now: Timestamp,
    patience: Duration,
) -> Option<Recalled<T>> {
    let bytes = timeout(patience, store.get(key)).await.ok()??;
    let kept: Kept<T> = serde_json::from_slice(&bytes).ok()?;
    (now < kept.fresh_until).then(|| Recalled {
        fetched_at: kept.fetched_at,
        fresh_until: kept.fresh_until,
        outcome: kept.series.ok_or(SourceError::NoData),
    })
}

/// Keeps a series, or the word that there is none; failures are not worth keeping.
pub(crate) fn keep<T: Serialize>(
    store: &dyn Store,
    key: String,
    outcome: &Result<T, SourceError>,
    now: Timestamp,
    fresh_until: Timestamp,
) {
    let series = match outcome {
        Ok(series) => Some(series),
        Err(SourceError::NoData) => None,
        Err(_) => return,
    };
    if let Ok(bytes) = serde_json::to_vec(&Kept { fetched_at: now, fresh_until, series }) {
        store.put(key, bytes, fresh_until, now);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(5);

    /// Never answers, and takes whatever it is given.
    #[derive(Debug)]
    struct Silent;

    impl Store for Silent {
        fn get(&self, _: &str) -> BoxFuture<'_, Option<Vec<u8>>> {
            Box::pin(std::future::pending())
        }

        fn put(&self, _: String, _: Vec<u8>, _: Timestamp, _: Timestamp) {}
    }

    #[derive(Debug)]
    struct Holds(Vec<u8>);

    impl Store for Holds {
        fn get(&self, _: &str) -> BoxFuture<'_, Option<Vec<u8>>> {
            Box::pin(std::future::ready(Some(self.0.clone())))
        }

        fn put(&self, _: String, _: Vec<u8>, _: Timestamp, _: Timestamp) {}
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_is_waited_for_no_longer_than_said() {
        let begun = Instant::now();
        assert!(recall::<u32>(&Silent, "key", at(0), PATIENCE).await.is_none());
        assert_eq!(begun.elapsed(), PATIENCE);
    }

    #[tokio::test]
    async fn what_is_stale_or_cannot_be_read_is_absent() {
        let kept =
            br#"{"fetched_at":"1970-01-01T00:00:00Z","fresh_until":"1970-01-01T00:00:10Z","series":7}"#;
        let store = Holds(kept.to_vec());
        assert_eq!(recall::<u32>(&store, "key", at(9), PATIENCE).await.unwrap().outcome.unwrap(), 7);
        assert!(recall::<u32>(&store, "key", at(10), PATIENCE).await.is_none(), "stale");
        assert!(recall::<String>(&store, "key", at(9), PATIENCE).await.is_none(), "of another form");
        assert!(recall::<u32>(&Holds(b"\xff{".to_vec()), "key", at(9), PATIENCE).await.is_none(), "damaged");
    }
}

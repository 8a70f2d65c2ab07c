//! What every store beyond the process promises: it answers in time or is skipped.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use feature_sources::{Ledger, MemoryLedger, SourceError};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

/// By how much the clocks of two instances may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);
/// Series are fresh until the next session settles; no holiday lasts this long.
const LONGEST_FRESH: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The series of a stock's whole track record, the largest, take a quarter of this.
pub(crate) const LARGEST_ENTRY_BYTES: u64 = 2 * 1024 * 1024;

/// Stores bytes by key. Neither call ever fails: what cannot be read counts as absent, what cannot be stored is dropped.
pub(crate) trait Store: Debug + Send + Sync {
    /// Returns what is stored under a key.
    fn get(&self, key: &str) -> BoxFuture<'_, Option<Vec<u8>>>;

    /// Stores bytes until a moment, in the background.
    fn put(&self, key: String, bytes: Vec<u8>, until: Timestamp, now: Timestamp);
}

/// The store and the ledger of one configuration; the store may be absent.
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

/// A series as it is stored; `None` means that the upstream has none.
#[derive(Serialize, Deserialize)]
struct Entry<T> {
    fetched_at: Timestamp,
    fresh_until: Timestamp,
    series: Option<T>,
}

/// What a store gave back.
pub(crate) struct Loaded<T> {
    pub(crate) fetched_at: Timestamp,
    pub(crate) fresh_until: Timestamp,
    pub(crate) outcome: Result<T, SourceError>,
}

/// Returns what is stored and still fresh. A store that takes longer than the timeout is not waited for.
///
/// Others may write to a store, so nothing in it is trusted: an entry that cannot be is a miss, and what is fetched
/// then replaces it.
pub(crate) async fn load<T: DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    now: Timestamp,
    limit: Duration,
    check: impl FnOnce(&T) -> Result<(), SourceError>,
) -> Option<Loaded<T>> {
    let bytes = timeout(limit, store.get(key)).await.ok()??;
    let entry: Entry<T> = serde_json::from_slice(&bytes).ok()?;
    let is_fresh = now < entry.fresh_until;
    let times_can_be = entry.fetched_at.duration_since(now) <= CLOCK_SKEW
        && entry.fresh_until.duration_since(now) <= LONGEST_FRESH;
    let series_can_be = entry.series.as_ref().is_none_or(|series| check(series).is_ok());
    if is_fresh && !(times_can_be && series_can_be) {
        tracing::debug!(key, "what the cache holds cannot be; it is fetched again");
        return None;
    }
    is_fresh.then(|| Loaded {
        fetched_at: entry.fetched_at,
        fresh_until: entry.fresh_until,
        outcome: entry.series.ok_or(SourceError::NoData),
    })
}

/// Stores a series, or the fact that there is none. Other failures are not worth storing.
pub(crate) fn save<T: Serialize>(
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
    if let Ok(bytes) = serde_json::to_vec(&Entry { fetched_at: now, fresh_until, series }) {
        store.put(key, bytes, fresh_until, now);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(50);

    /// Never answers, and drops what it is given.
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

    fn anything<T>(_: &T) -> Result<(), SourceError> {
        Ok(())
    }

    async fn load_number(entry: &str, second: i64) -> Option<u32> {
        let check = |number: &u32| if *number < 10 { Ok(()) } else { Err(SourceError::NoData) };
        let loaded = load(&Holds(entry.as_bytes().to_vec()), "key", at(second), TIMEOUT, check).await?;
        loaded.outcome.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_is_waited_for_no_longer_than_the_timeout() {
        let begun = Instant::now();
        assert!(load::<u32>(&Silent, "key", at(0), TIMEOUT, anything).await.is_none());
        assert_eq!(begun.elapsed(), TIMEOUT);
    }

    #[tokio::test]
    async fn what_is_stale_or_cannot_be_is_a_miss() {
        let entry =
            r#"{"fetched_at":"1970-01-01T00:00:00Z","fresh_until":"1970-01-01T00:00:10Z","series":7}"#;
        assert_eq!(load_number(entry, 9).await, Some(7));
        for (entry, second, why) in [
            (entry.to_owned(), 10, "stale"),
            (entry.replace('7', "\"7\""), 9, "of another form"),
            (entry.replace('7', "11"), 9, "fails its check"),
            (entry.replace("00:00:10Z", "00:00:10"), 9, "damaged"),
            (entry.replace("\"1970-01-01T00:00:00Z", "\"1970-01-02T00:00:00Z"), 9, "fetched tomorrow"),
            (entry.replace("1970-01-01T00:00:10Z", "1971-01-01T00:00:10Z"), 9, "fresh for a year"),
        ] {
            assert_eq!(load_number(&entry, second).await, None, "{why}");
        }
    }
}

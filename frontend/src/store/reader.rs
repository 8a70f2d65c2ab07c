//! Keeps the newest summaries of the store in memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use forecast_store::{MarketSummary, RecordSummary, SessionRecord, Store, StoreError, StoreUrl, paths};
use jiff::civil::Date;
use moka::sync::Cache;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Sessions whose forecasts are kept in memory, at some megabytes each.
const SESSIONS: u64 = 4;
const CHECKPOINT: &str = "log/forecasts/checkpoint";
const KEY: &str = "log/forecasts/key";

/// Reads a store.
pub(crate) struct StoreReader {
    store: Store,
    newest: watch::Sender<Option<Arc<StoreSnapshot>>>,
    sessions: Cache<Date, Arc<SessionRecord>>,
}

/// The summaries that the pages show, all from the same nightly run.
#[derive(Debug)]
pub(crate) struct StoreSnapshot {
    manifest: Bytes,
    pub(crate) record: RecordSummary,
    pub(crate) market: Option<MarketSummary>,
    /// The newest signed checkpoint of the log of forecasts.
    pub(crate) checkpoint: Option<String>,
    /// The key that signs it.
    pub(crate) key: Option<String>,
}

impl StoreReader {
    pub(crate) fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        Ok(Self {
            store: Store::open(url)?,
            newest: watch::Sender::new(None),
            sessions: Cache::new(SESSIONS),
        })
    }

    /// Returns the summaries that were read last.
    pub(crate) fn snapshot(&self) -> Option<Arc<StoreSnapshot>> {
        self.newest.borrow().clone()
    }

    /// Reads the store periodically. While it does not answer, the pages keep showing the last summaries.
    pub(crate) async fn follow(&self, every: Duration, shutdown: &CancellationToken) {
        let mut was_reachable = true;
        loop {
            let refreshed = self.refresh().await;
            if let Err(error) = &refreshed
                && was_reachable
            {
                tracing::warn!(cause = %error, "the store cannot be read; /market and /record stay as they are");
            }
            was_reachable = refreshed.is_ok();
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Reads the summaries if the manifest has changed; it is always written after everything it lists.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let Some(manifest) = self.store.get(paths::MANIFEST).await? else { return Ok(()) };
        if self.snapshot().is_some_and(|snapshot| snapshot.manifest == manifest) {
            return Ok(());
        }
        let Some(record) = RecordSummary::read(&self.store).await? else { return Ok(()) };
        let market = MarketSummary::read(&self.store).await?;
        let (checkpoint, key) = (self.text(CHECKPOINT).await?, self.text(KEY).await?);
        let last = record.last_session;
        self.newest.send_replace(Some(Arc::new(StoreSnapshot { manifest, record, market, checkpoint, key })));
        // Forecasts of earlier sessions have new outcomes.
        self.sessions.invalidate_all();
        tracing::info!(session = %last, "the pages show the newest session of the store");
        Ok(())
    }

    /// Returns every forecast made after a session; `None` if none are recorded.
    pub(crate) async fn session(&self, session: Date) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        if let Some(known) = self.sessions.get(&session) {
            return Ok(Some(known));
        }
        let read = SessionRecord::read(&self.store, session).await?.map(Arc::new);
        if let Some(record) = &read {
            self.sessions.insert(session, Arc::clone(record));
        }
        Ok(read)
    }

    /// Reads an object of the store.
    pub(crate) async fn object(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        self.store.get(path).await
    }

    async fn text(&self, path: &str) -> Result<Option<String>, StoreError> {
        let bytes = self.store.get(path).await?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()))
    }
}

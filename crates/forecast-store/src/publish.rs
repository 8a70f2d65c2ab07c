//! Writes the summaries of everything recorded, then adds the new sessions to the manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::baseline::Baselines;
use crate::market_summary::build::{StockLookup, market_summary};
use crate::pages::json;
use crate::parquet_file::read_forecasts;
use crate::scoring::{Outcomes, SessionScore};
use crate::{Digest, Manifest, RecordSummary, RecordedSession, Store, StoreError, paths};

/// Sessions that are read and scored at the same time.
const AT_ONCE: usize = 4;

/// Publishes sealed sessions: writes the summaries of everything recorded, including these sessions, then adds all of it to
/// the manifest. Repeating it changes nothing.
///
/// `listed` finds the name and the sector of a stock.
///
/// # Errors
/// When the store does not answer, a file is damaged, or the baseline of a model is missing.
pub async fn publish(
    store: &Store,
    sessions: BTreeMap<Date, RecordedSession>,
    sealed_at: Timestamp,
    listed: &StockLookup<'_>,
) -> Result<Manifest, StoreError> {
    let mut manifest = Manifest::read(store).await?;
    manifest.sessions.extend(sessions.clone());
    let mut pages = BTreeMap::new();
    let mut write = async |path: &str, page: Vec<u8>| {
        pages.insert(path.to_owned(), Digest::of(&page));
        store.put(path, page).await
    };
    if let Some(summary) = record_summary(store, &manifest, sealed_at).await? {
        write(paths::RECORD_PAGE, json(&summary)).await?;
    }
    if let Some(summary) = market_summary(store, &manifest, sealed_at, listed).await? {
        write(paths::MARKET_PAGE, json(&summary)).await?;
    }
    Manifest::change(store, |manifest| {
        manifest.sessions.extend(sessions.clone());
        manifest.pages.extend(pages.clone());
    })
    .await
}

/// Scores everything recorded; `None` if there are no forecasts.
async fn record_summary(
    store: &Store,
    manifest: &Manifest,
    sealed_at: Timestamp,
) -> Result<Option<RecordSummary>, StoreError> {
    let with = |wanted: fn(&RecordedSession) -> bool| {
        manifest.sessions.iter().filter(move |(_, files)| wanted(files)).map(|(&session, _)| session)
    };
    let outcomes = Arc::new(read_outcomes(store, with(|files| files.outcomes.is_some())).await?);
    let baselines = Arc::new(store.baselines().await?);
    let forecast: Vec<Date> = with(|files| files.forecasts.is_some()).collect();
    let scores = forecast.iter().map(|&session| score(store, session, &outcomes, &baselines));
    let scores = stream::iter(scores).buffered(AT_ONCE).try_collect().await?;
    let rows = |files: &RecordedSession| files.outcomes.as_ref().map_or(0, |file| file.rows);
    let outcomes = manifest.sessions.values().map(rows).sum();
    Ok(RecordSummary::of(scores, outcomes, sealed_at))
}

/// Reads the outcomes of these sessions.
pub(crate) async fn read_outcomes(
    store: &Store,
    sessions: impl Iterator<Item = Date>,
) -> Result<Outcomes, StoreError> {
    let read = sessions.map(async |session| Ok::<_, StoreError>((session, store.outcomes(session).await?)));
    let found: Vec<_> = stream::iter(read).buffered(2 * AT_ONCE).try_collect().await?;
    let mut outcomes = Outcomes::default();
    for (session, rows) in found {
        if let Some(rows) = rows {
            outcomes.insert(session, rows);
        }
    }
    Ok(outcomes)
}

async fn score(
    store: &Store,
    session: Date,
    outcomes: &Arc<Outcomes>,
    baselines: &Arc<Baselines>,
) -> Result<SessionScore, StoreError> {
    let path = paths::forecasts(session);
    let bytes = store.get(&path).await?.ok_or_else(|| StoreError::damaged(&path, "it is missing"))?;
    let (outcomes, baselines) = (Arc::clone(outcomes), Arc::clone(baselines));
    let work = move || {
        let rows = read_forecasts(session, bytes).map_err(|error| StoreError::damaged(&path, error))?;
        SessionScore::of(session, &rows, &outcomes.horizon(session), &baselines)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::object("score", &paths::forecasts(session), error))?
}

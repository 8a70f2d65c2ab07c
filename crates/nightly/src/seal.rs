//! Turns what is staged into what counts.

use std::collections::BTreeMap;

use forecast_record::{LogName, Record};
use forecast_store::{ForecastRow, Listed, OutcomeRow, RecordedSession, Store, publish};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::NightlyError;
use crate::chunk::Chunk;
use crate::night::Night;
use crate::plan::Plan;

/// What is recorded of one session: the forecasts made after it, and what the stocks did on the sessions before them
/// that have no record yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionRows {
    pub(crate) forecasts: Vec<ForecastRow>,
    pub(crate) outcomes: BTreeMap<Date, Vec<OutcomeRow>>,
}

/// Collects a night from its chunks; `None` while some are missing.
pub(crate) async fn collect(
    store: &Store,
    plan: &Plan,
) -> Result<Option<(SessionRows, Night)>, NightlyError> {
    let mut rows = SessionRows::default();
    let mut failures = Vec::new();
    for index in plan.chunks() {
        let Some(chunk) = Chunk::read(store, plan.session, index).await? else { return Ok(None) };
        rows.forecasts.extend(chunk.forecasts);
        for outcome in chunk.outcomes {
            rows.outcomes.entry(outcome.session).or_default().push(outcome);
        }
        failures.extend(chunk.failures);
    }
    rows.sort();
    let night =
        Night { session: plan.session, stocks: plan.stocks, forecasts: rows.forecasts.len(), failures };
    Ok(Some((rows, night)))
}

impl SessionRows {
    fn sort(&mut self) {
        self.forecasts.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        for rows in self.outcomes.values_mut() {
            rows.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        }
    }
}

/// Seals a session: files, logs, summaries, and last the manifest. Each step may be repeated, and two tasks that take
/// them at the same time write the same bytes.
pub(crate) async fn seal(
    store: &Store,
    record: &Record,
    session: Date,
    rows: &SessionRows,
    now: Timestamp,
    listed: &Listed<'_>,
) -> Result<(), NightlyError> {
    let mut sessions: BTreeMap<Date, RecordedSession> = BTreeMap::new();
    // When it was sealed first counts, however often it is done again.
    let mut sealed_at = now;
    for (&day, rows) in &rows.outcomes {
        sessions.entry(day).or_default().outcomes = Some(store.seal_outcomes(day, rows).await?);
        sealed_at = record.seal(LogName::Outcomes, day, now).await?.sealed_at;
    }
    if !rows.forecasts.is_empty() {
        let file = store.seal_forecasts(session, &rows.forecasts).await?;
        sessions.entry(session).or_default().forecasts = Some(file);
        sealed_at = record.seal(LogName::Forecasts, session, now).await?.sealed_at;
    }
    publish(store, sessions, sealed_at, listed).await?;
    Ok(())
}

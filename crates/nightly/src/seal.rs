//! Seals a session from its staged chunks.

use std::collections::BTreeMap;

use forecast_record::{LogName, Record};
use forecast_store::{ForecastRow, OutcomeRow, RecordedSession, StockLookup, Store, publish};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::NightlyError;
use crate::chunk::Chunk;
use crate::plan::Plan;
use crate::report::RunReport;

/// The rows that one run records: the forecasts made after the session, and the outcomes since the last recorded session.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionRows {
    pub(crate) forecasts: Vec<ForecastRow>,
    pub(crate) outcomes: BTreeMap<Date, Vec<OutcomeRow>>,
}

/// Collects the rows of a run from its chunks; `None` while some are missing.
pub(crate) async fn collect(
    store: &Store,
    plan: &Plan,
) -> Result<Option<(SessionRows, RunReport)>, NightlyError> {
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
    let report =
        RunReport { session: plan.session, stocks: plan.stocks, forecasts: rows.forecasts.len(), failures };
    Ok(Some((rows, report)))
}

impl SessionRows {
    fn sort(&mut self) {
        self.forecasts.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        for rows in self.outcomes.values_mut() {
            rows.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        }
    }
}

/// Seals a session: files, logs, summaries and, last, the manifest. Each step can be repeated, and two tasks that do this at
/// the same time write the same bytes.
pub(crate) async fn seal(
    store: &Store,
    record: &Record,
    session: Date,
    rows: &SessionRows,
    now: Timestamp,
    listed: &StockLookup<'_>,
) -> Result<(), NightlyError> {
    let mut sessions: BTreeMap<Date, RecordedSession> = BTreeMap::new();
    // On a repetition, the record returns the time of the first attempt.
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

//! Turns what is staged into what counts.

use std::collections::BTreeMap;

use forecast_record::{LogName, Record};
use forecast_store::{ForecastRow, Manifest, OutcomeRow, Store};
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
        Night { session: plan.session, stocks: plan.stocks(), forecasts: rows.forecasts.len(), failures };
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
    sealed_at: Timestamp,
) -> Result<(), NightlyError> {
    let forecasts = match rows.forecasts.as_slice() {
        [] => None,
        rows => {
            let file = store.seal_forecasts(session, rows).await?;
            record.seal(LogName::Forecasts, session, sealed_at).await?;
            Some(file)
        }
    };
    let mut outcomes = BTreeMap::new();
    for (&day, rows) in &rows.outcomes {
        outcomes.insert(day, store.seal_outcomes(day, rows).await?);
        record.seal(LogName::Outcomes, day, sealed_at).await?;
    }
    Manifest::change(store, |manifest| {
        for (&day, file) in &outcomes {
            manifest.sessions.entry(day).or_default().outcomes = Some(file.clone());
        }
        manifest.sessions.entry(session).or_default().forecasts.clone_from(&forecasts);
    })
    .await?;
    Ok(())
}

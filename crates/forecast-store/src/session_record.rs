use exchange_calendar::next_sessions;
use forecast_types::{HORIZON, Market};
use futures_util::future::try_join;
use jiff::civil::Date;

use crate::publish::read_outcomes;
use crate::{ScoredForecast, Store, StoreError, paths};

/// Every forecast made after one session, with its outcomes so far.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// The session.
    pub session: Date,
    /// Whether the prices are real.
    pub market: Market,
    /// The fourteen sessions ahead.
    pub dates: Vec<Date>,
    /// The forecasts, in order of symbol.
    pub forecasts: Vec<ScoredForecast>,
}

impl SessionRecord {
    /// Reads the forecasts made after a session and their outcomes so far; `None` if none are recorded.
    ///
    /// # Errors
    /// When the store does not answer, or a file is damaged.
    pub async fn read(store: &Store, session: Date) -> Result<Option<Self>, StoreError> {
        let dates = next_sessions(session, HORIZON);
        let outcomes = read_outcomes(store, dates.into_iter());
        let (rows, outcomes) = try_join(store.forecasts(session), outcomes).await?;
        let Some(rows) = rows else { return Ok(None) };
        let Some(first) = rows.first() else { return Ok(None) };
        let market = first.market;
        // Thousands of forecasts take some milliseconds.
        let work = move || {
            let ahead = outcomes.horizon(session);
            let forecasts = rows.into_iter().map(|row| ScoredForecast::new(row, &ahead)).collect();
            Self { session, market, dates: ahead.dates, forecasts }
        };
        let record = tokio::task::spawn_blocking(work).await;
        record.map(Some).map_err(|error| StoreError::object("score", &paths::forecasts(session), error))
    }
}

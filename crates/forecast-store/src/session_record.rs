//! The forecasts behind the figures of one session.

use exchange_calendar::next_sessions;
use forecast_score::simple_return;
use forecast_types::{HORIZON, Interval};
use jiff::civil::Date;

use crate::publish::read_outcomes;
use crate::row::ForecastRow;
use crate::scoring::Ahead;
use crate::{ScoredForecast, SessionRecord, Store, StoreError, paths};

impl SessionRecord {
    /// Reads the forecasts made after a session and what came of them so far; `None` where none are recorded.
    ///
    /// # Errors
    /// When the store does not answer, or a file is damaged.
    pub async fn read(store: &Store, session: Date) -> Result<Option<Self>, StoreError> {
        let Some(rows) = store.forecasts(session).await? else { return Ok(None) };
        let Some(first) = rows.first() else { return Ok(None) };
        let market = first.market;
        let outcomes = read_outcomes(store, next_sessions(session, HORIZON).into_iter()).await?;
        // Thousands of forecasts keep a core busy for some milliseconds.
        let work = move || {
            let ahead = outcomes.ahead(session);
            let forecasts = rows.into_iter().map(|row| scored(row, &ahead)).collect();
            Self { session, market, dates: ahead.dates, forecasts }
        };
        let record = tokio::task::spawn_blocking(work).await;
        record.map(Some).map_err(|error| StoreError::object("score", &paths::forecasts(session), error))
    }
}

fn scored(row: ForecastRow, ahead: &Ahead<'_>) -> ScoredForecast {
    let recorded = row.recorded();
    let (known, _) = ahead.known(&row.symbol);
    let held = |ahead: usize, outcome: i64| {
        Interval::ALL.map(|interval| recorded.holds(interval.positions(), ahead, outcome))
    };
    let quantile = |level: usize, ahead: usize| simple_return(recorded.edge(level, ahead));
    ScoredForecast {
        volatility: recorded.fast_sigma(),
        report: row.report.map(|report| report.session),
        quantiles: std::array::from_fn(|level| std::array::from_fn(|ahead| quantile(level, ahead))),
        inside: known.iter().enumerate().map(|(ahead, &outcome)| held(ahead, outcome)).collect(),
        outcome: known.into_iter().map(simple_return).collect(),
        digest: row.digest().to_string(),
        symbol: row.symbol,
        model: row.model,
    }
}

//! Requests and stages the chunks of one task.

use exchange_calendar::{next_sessions, session_hours};
use forecast_store::{Store, paths};
use forecast_types::{Forecast, Market, Symbol};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;
use service_runtime::Clock;

use crate::chunk::Chunk;
use crate::plan::{Plan, Task};
use crate::progress::Progress;
use crate::request::{ForecastSource, Requester};
use crate::rows::{NewSessions, Unusable, forecast_row};
use crate::{Failure, NightlyError};

/// One task of a run.
#[derive(Debug)]
pub(crate) struct Worker<'a, F> {
    pub(crate) plan: &'a Plan,
    pub(crate) task: Task,
    pub(crate) store: &'a Store,
    pub(crate) requester: Requester<'a, F>,
    /// Forecasts requested at the same time.
    pub(crate) at_once: usize,
    pub(crate) clock: Clock,
}

/// The result for one stock.
struct Entry {
    index: usize,
    rows: Chunk,
    /// The date of the last price, if it is before the session.
    lagging: Option<Date>,
}

impl<F: ForecastSource> Worker<'_, F> {
    /// Stages all chunks of the task that are not staged yet.
    pub(crate) async fn stage_all(&self, progress: &mut Progress) -> Result<(), NightlyError> {
        let session = self.plan.session;
        for index in self.plan.chunks().filter(|&index| self.task.has(index)) {
            let symbols = self.plan.symbols(index);
            let staged = self.store.get(&paths::staged_chunk(session, index)).await?;
            if staged.is_none() {
                let chunk = self.chunk(symbols).await?;
                chunk.stage(self.store, session, index).await?;
                progress.failed(chunk.failures.len());
            }
            progress.done(symbols.len());
        }
        Ok(())
    }

    /// Returns how many stocks the task has.
    pub(crate) fn stocks(&self) -> usize {
        self.plan
            .chunks()
            .filter(|&index| self.task.has(index))
            .map(|index| self.plan.symbols(index).len())
            .sum()
    }

    async fn chunk(&self, symbols: &[Symbol]) -> Result<Chunk, NightlyError> {
        let new = NewSessions::after(self.plan.recorded, self.plan.session);
        let requests =
            stream::iter(symbols.iter().enumerate()).map(|(index, symbol)| self.entry(index, symbol, &new));
        let mut entries: Vec<Entry> = requests.buffer_unordered(self.at_once).try_collect().await?;
        entries.sort_by_key(|entry| entry.index);
        let mut chunk = Chunk::default();
        let mut lagging = None;
        for entry in entries {
            lagging = lagging.max(entry.lagging);
            chunk.forecasts.extend(entry.rows.forecasts);
            chunk.outcomes.extend(entry.rows.outcomes);
            chunk.failures.extend(entry.rows.failures);
        }
        // One stock may be halted. If none has traded, the price source does not have the session yet.
        match lagging {
            Some(last) if chunk.forecasts.is_empty() => {
                Err(NightlyError::NotSettled { session: self.plan.session, last })
            }
            _ => Ok(chunk),
        }
    }

    async fn entry(&self, index: usize, symbol: &Symbol, new: &NewSessions) -> Result<Entry, NightlyError> {
        let mut rows = Chunk::default();
        let mut lagging = None;
        match self.requester.request(symbol).await? {
            Ok(forecast) => {
                self.refuse_late(&forecast)?;
                match forecast_row(symbol, self.plan.session, &forecast) {
                    Ok(row) => rows.forecasts.push(row),
                    Err(why) => {
                        if let Unusable::Lagging { last } = why {
                            lagging = Some(last);
                        }
                        rows.failures.push(Failure::new(symbol, why.kind(), &why));
                    }
                }
                rows.outcomes = new.outcomes(&forecast).unwrap_or_default();
            }
            Err(failure) => {
                if failure.is_delisting() {
                    rows.outcomes = new.delisted(symbol);
                }
                rows.failures.push(failure);
            }
        }
        Ok(Entry { index, rows, lagging })
    }

    /// Refuses forecasts of real prices that were made after the next session opened.
    fn refuse_late(&self, forecast: &Forecast) -> Result<(), NightlyError> {
        let session = self.plan.session;
        let next = next_sessions(session, 1).first().copied().and_then(session_hours);
        let is_late = next.is_some_and(|hours| hours.open <= self.clock.now());
        if forecast.market == Market::Live && is_late {
            return Err(NightlyError::TooLate { session });
        }
        Ok(())
    }
}

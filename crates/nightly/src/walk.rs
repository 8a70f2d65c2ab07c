//! Walks through the chunks of a night.

use exchange_calendar::next_sessions;
use exchange_calendar::session_hours;
use forecast_store::{Store, paths};
use forecast_types::{Forecast, Market, Symbol};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;
use service_runtime::Clock;

use crate::ask::{Asker, Forecasts};
use crate::chunk::Chunk;
use crate::plan::{Plan, Task};
use crate::progress::Progress;
use crate::rows::{NewSessions, Unusable, forecast_row};
use crate::{Failure, NightlyError};

/// One task's walk.
#[derive(Debug)]
pub(crate) struct Walk<'a, F> {
    pub(crate) plan: &'a Plan,
    pub(crate) task: Task,
    pub(crate) store: &'a Store,
    pub(crate) asker: Asker<'a, F>,
    /// Stocks asked about at the same time.
    pub(crate) at_once: usize,
    pub(crate) clock: Clock,
}

/// What one stock adds to its chunk.
struct Entry {
    place: usize,
    part: Chunk,
    /// The last price, where it is older than the session.
    lagging: Option<Date>,
}

impl<F: Forecasts> Walk<'_, F> {
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
        let asked =
            stream::iter(symbols.iter().enumerate()).map(|(place, symbol)| self.entry(place, symbol, &new));
        let mut entries: Vec<Entry> = asked.buffer_unordered(self.at_once).try_collect().await?;
        entries.sort_by_key(|entry| entry.place);
        let mut chunk = Chunk::default();
        let mut lagging = None;
        for entry in entries {
            lagging = lagging.max(entry.lagging);
            chunk.forecasts.extend(entry.part.forecasts);
            chunk.outcomes.extend(entry.part.outcomes);
            chunk.failures.extend(entry.part.failures);
        }
        // One stock may have been halted. Where none has traded, the session has not arrived at the source yet.
        match lagging {
            Some(last) if chunk.forecasts.is_empty() => {
                Err(NightlyError::NotSettled { session: self.plan.session, last })
            }
            _ => Ok(chunk),
        }
    }

    async fn entry(&self, place: usize, symbol: &Symbol, new: &NewSessions) -> Result<Entry, NightlyError> {
        let mut part = Chunk::default();
        let mut lagging = None;
        match self.asker.ask(symbol).await? {
            Ok(forecast) => {
                self.refuse_late(&forecast)?;
                match forecast_row(symbol, self.plan.session, &forecast) {
                    Ok(row) => part.forecasts.push(row),
                    Err(why) => {
                        if let Unusable::Lagging { last } = why {
                            lagging = Some(last);
                        }
                        part.failures.push(Failure::new(symbol, why.kind(), &why));
                    }
                }
                part.outcomes = new.outcomes(&forecast).unwrap_or_default();
            }
            Err(failure) => {
                if failure.is_delisting() {
                    part.outcomes = new.delisted(symbol);
                }
                part.failures.push(failure);
            }
        }
        Ok(Entry { place, part, lagging })
    }

    /// A record of real forecasts holds none made after the next session has opened.
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

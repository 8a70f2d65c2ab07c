//! The daily call budget of an account, and where what was spent is counted.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::{Rate, SourceError};

/// Counts what was spent of the upstreams' budgets, and keeps what is looked up once.
///
/// With an implementation that outlives the process (a file) or is shared by several (Redis), both do so too.
pub trait Ledger: Debug + Send + Sync {
    /// Adds calls to a UTC day of the account, or takes them back, and returns the day's total; `None` if the store
    /// fails.
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>>;

    /// Reserves the next request of a rate that processes share under a name, if it is due within `longest`. Returns
    /// the wait until then, or as an error the wait that would have been needed; `None` if the store fails or is not
    /// shared.
    fn reserve<'a>(
        &'a self,
        _name: &'a str,
        _rate: Rate,
        _longest: Duration,
    ) -> BoxFuture<'a, Option<Result<Duration, Duration>>> {
        Box::pin(std::future::ready(None))
    }

    /// Returns what is kept under a name; `None` if the store fails, or keeps nothing. Others may have written it.
    fn recall<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Option<Vec<u8>>> {
        Box::pin(std::future::ready(None))
    }

    /// Keeps something under a name until a moment, in the background.
    fn keep(&self, _name: String, _bytes: Vec<u8>, _until: Timestamp, _now: Timestamp) {}
}

/// Counts in memory only.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Option<(Date, i64)>>);

impl MemoryLedger {
    fn count(&self, day: Date, calls: i64) -> i64 {
        let mut held = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = held.filter(|(of, _)| *of == day).map_or(0, |(_, total)| total);
        let total = (before + calls).max(0);
        *held = Some((day, total));
        total
    }
}

impl Ledger for MemoryLedger {
    fn add(&self, day: Date, calls: i64) -> BoxFuture<'_, Option<i64>> {
        let total = self.count(day, calls);
        Box::pin(std::future::ready(Some(total)))
    }
}

/// A number of calls a UTC day.
#[derive(Clone, Debug)]
pub struct CallBudget {
    limit: i64,
    ledger: Arc<dyn Ledger>,
    /// Counts along, for the moments when the ledger's store fails or has lost its count.
    fallback: Arc<MemoryLedger>,
}

impl CallBudget {
    /// Makes a budget of `limit` calls a day; 0 is no limit.
    #[must_use]
    pub fn new(limit: u32, ledger: Arc<dyn Ledger>) -> Self {
        Self { limit: i64::from(limit), ledger, fallback: Arc::default() }
    }

    /// Takes calls from today's budget.
    ///
    /// # Errors
    /// [`SourceError::BudgetSpent`] if too few are left.
    pub(crate) async fn take(&self, calls: u32, now: Timestamp) -> Result<(), SourceError> {
        if self.limit == 0 || self.add(i64::from(calls), now).await <= self.limit {
            return Ok(());
        }
        self.add(-i64::from(calls), now).await;
        Err(SourceError::BudgetSpent { until: next_utc_midnight(now) })
    }

    /// Gives calls back, for a request that the upstream does not charge.
    pub(crate) async fn give_back(&self, calls: u32, now: Timestamp) {
        if self.limit != 0 {
            self.add(-i64::from(calls), now).await;
        }
    }

    async fn add(&self, calls: i64, now: Timestamp) -> i64 {
        let day = now.to_zoned(TimeZone::UTC).date();
        let here = self.fallback.count(day, calls);
        self.ledger.add(day, calls).await.map_or(here, |total| total.max(here))
    }
}

/// EODHD's counter starts again at 00:00 GMT.
pub(crate) fn next_utc_midnight(now: Timestamp) -> Timestamp {
    let tomorrow = now.to_zoned(TimeZone::UTC).date().saturating_add(1.day());
    tomorrow.to_zoned(TimeZone::UTC).map_or(now, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_spent_budget_is_full_again_after_midnight_utc() {
        let budget = CallBudget::new(20, Arc::new(MemoryLedger::default()));
        let (evening, midnight) = (at("2026-11-23T23:59:00Z"), at("2026-11-24T00:00:00Z"));

        budget.take(10, evening).await.unwrap();
        budget.take(10, evening).await.unwrap();
        let refused = budget.take(10, evening).await.unwrap_err();

        assert_eq!(refused.until(), Some(midnight));
        budget.give_back(10, evening).await;
        budget.take(10, evening).await.unwrap();
        budget.take(10, midnight).await.unwrap();
    }

    #[tokio::test]
    async fn a_ledger_that_fails_or_forgets_does_not_lift_the_budget() {
        /// Fails, or has just been emptied each time.
        #[derive(Debug)]
        struct Broken(Option<i64>);
        impl Ledger for Broken {
            fn add(&self, _: Date, _: i64) -> BoxFuture<'_, Option<i64>> {
                Box::pin(std::future::ready(self.0))
            }
        }
        for total in [None, Some(0)] {
            let budget = CallBudget::new(10, Arc::new(Broken(total)));
            let now = at("2026-11-23T12:00:00Z");

            budget.take(10, now).await.unwrap();

            assert!(budget.take(10, now).await.is_err(), "{total:?}");
        }
    }
}

//! How often an upstream may be asked, by one process or by all that share a ledger.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::Ledger;

/// One request every `interval`, and up to `burst` at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Zero means no limit.
    pub interval: Duration,
    /// At least one.
    pub burst: u32,
}

impl Rate {
    /// No limit of our own.
    pub const UNLIMITED: Self = Self { interval: Duration::ZERO, burst: 1 };

    /// This many requests a second, with bursts of `burst`; 0 means no limit.
    #[must_use]
    pub fn per_second(requests: u32, burst: u32) -> Self {
        Self::of(requests, burst, Duration::from_secs(1))
    }

    /// This many requests a minute, with bursts of `burst`; 0 means no limit.
    #[must_use]
    pub fn per_minute(requests: u32, burst: u32) -> Self {
        Self::of(requests, burst, Duration::from_secs(60))
    }

    fn of(requests: u32, burst: u32, time: Duration) -> Self {
        let interval = time.checked_div(requests).unwrap_or(Duration::ZERO);
        Self { interval, burst: burst.max(1) }
    }

    /// How far ahead of now the budget may be used up while a request still needs no wait.
    #[must_use]
    pub fn tolerance(&self) -> Duration {
        self.interval * (self.burst.max(1) - 1)
    }
}

/// Hands out the requests of a rate, in the order in which they are asked for.
///
/// This is the generic cell rate algorithm: its only state is the time at which the budget is full again.
/// Source: ITU-T I.371, annex A.
#[derive(Debug)]
pub struct RateBudget {
    rate: Rate,
    full_at: Mutex<Option<Instant>>,
    shared: Option<(String, Arc<dyn Ledger>)>,
}

impl From<Rate> for RateBudget {
    /// A budget of this process alone.
    fn from(rate: Rate) -> Self {
        Self { rate, full_at: Mutex::default(), shared: None }
    }
}

impl RateBudget {
    /// Makes a budget shared by all processes that use the ledger and the name.
    #[must_use]
    pub fn shared(rate: Rate, name: &str, ledger: Arc<dyn Ledger>) -> Self {
        Self { shared: Some((name.to_owned(), ledger)), ..Self::from(rate) }
    }

    /// Reserves the next request if it is due within `longest`. Returns the wait until then, or as an error the wait
    /// that would have been needed.
    pub(crate) async fn reserve(&self, longest: Duration) -> Result<Duration, Duration> {
        if self.rate.interval.is_zero() {
            return Ok(Duration::ZERO);
        }
        if let Some((name, ledger)) = &self.shared
            && let Some(answer) = ledger.reserve(name, self.rate, longest).await
        {
            if answer.is_ok() {
                // Counts along, for the moments when the ledger's store fails.
                let _ = self.reserve_here(Duration::MAX);
            }
            return answer;
        }
        self.reserve_here(longest)
    }

    fn reserve_here(&self, longest: Duration) -> Result<Duration, Duration> {
        let now = Instant::now();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = full_at.map_or(now, |moment| moment.max(now));
        let wait = (due - now).saturating_sub(self.rate.tolerance());
        if wait > longest {
            return Err(wait);
        }
        *full_at = Some(due + self.rate.interval);
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use jiff::civil::Date;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const RATE: Rate = Rate { interval: SECOND, burst: 3 };

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_then_each_request_waits_for_its_turn() {
        let budget = RateBudget::from(RATE);
        for expected in [0, 0, 0, 1, 2] {
            assert_eq!(budget.reserve(2 * SECOND).await, Ok(SECOND * expected));
        }
        assert_eq!(budget.reserve(2 * SECOND).await, Err(3 * SECOND));
        assert_eq!(budget.reserve(2 * SECOND).await, Err(3 * SECOND), "a refusal takes nothing");

        tokio::time::advance(SECOND).await;
        assert_eq!(budget.reserve(2 * SECOND).await, Ok(2 * SECOND));
        tokio::time::advance(60 * SECOND).await;
        for expected in [0, 0, 0, 1] {
            assert_eq!(budget.reserve(2 * SECOND).await, Ok(SECOND * expected));
        }
    }

    /// Grants what it holds; without anything it fails.
    #[derive(Debug)]
    struct Fixed(Option<Result<Duration, Duration>>);

    impl Ledger for Fixed {
        fn add(&self, _: Date, _: i64) -> BoxFuture<'_, Option<i64>> {
            Box::pin(std::future::ready(None))
        }

        fn reserve<'a>(
            &'a self,
            _: &'a str,
            _: Rate,
            _: Duration,
        ) -> BoxFuture<'a, Option<Result<Duration, Duration>>> {
            Box::pin(std::future::ready(self.0))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_shared_budget_decides_and_the_local_one_stands_in_for_it() {
        for answer in [Ok(SECOND), Err(SECOND)] {
            let budget = RateBudget::shared(RATE, "yahoo", Arc::new(Fixed(Some(answer))));
            assert_eq!(budget.reserve(SECOND).await, answer);
        }
        let budget = RateBudget::shared(RATE, "yahoo", Arc::new(Fixed(None)));
        for expected in [Ok(0), Ok(0), Ok(0), Ok(1), Err(2)] {
            let expected = expected.map(|wait| SECOND * wait).map_err(|wait| SECOND * wait);
            assert_eq!(budget.reserve(SECOND).await, expected);
        }
    }
}

//! What every request to one upstream host passes: the circuit breaker, the rate budget, a slot, the retry.

use std::fmt;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};

use crate::breaker::{Breaker, later};
use crate::{Moment, RateBudget, SourceError};

/// Requests under way at once to one host. More would only wait there instead of here, with a connection and a
/// buffer each.
const AT_ONCE: usize = 32;
/// When it is worth asking for a slot again.
const SLOT_WAIT: Duration = Duration::from_secs(1);

const RETRIES: usize = 2;
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_millis(400);

/// Guards one upstream host; shared by all clients of that host.
pub struct Gate {
    budget: RateBudget,
    slots: Semaphore,
    breaker: Breaker,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}

impl Gate {
    /// Makes the gate of one host; `upstream` is its name in the log.
    #[must_use]
    pub fn new(upstream: &'static str, budget: impl Into<RateBudget>) -> Self {
        Self { budget: budget.into(), slots: Semaphore::new(AT_ONCE), breaker: Breaker::new(upstream) }
    }

    /// Runs one kind of request: admits it, counts how it ended, and tries again where that can help.
    pub(crate) async fn run<T, F: Future<Output = Result<T, SourceError>>>(
        &self,
        moment: Moment,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, SourceError> {
        let guarded = || {
            let admitted = self.admit(moment);
            let request = attempt();
            async move {
                let _slot = admitted.await?;
                request.await
            }
        };
        let backoff = ExponentialBuilder::new()
            .with_min_delay(FIRST_RETRY)
            .with_max_delay(LONGEST_RETRY)
            .with_max_times(RETRIES)
            .with_jitter();
        // A retry that cannot be answered in time would only spend budget.
        let is_worth_it = |error: &SourceError| {
            error.is_transient()
                && moment.deadline.saturating_duration_since(Instant::now()) > LONGEST_RETRY * 2
        };
        let result = guarded.retry(backoff).when(is_worth_it).await;
        // A request counts as one failure, however often it was retried: a brief outage must not open the breaker.
        self.breaker.record(&result, moment.now);
        result
    }

    /// Waits for the rate budget and for a slot among the requests under way, or refuses.
    ///
    /// At least half of the time is left for the answer: a request sent with none would come back as a failure of
    /// the upstream, which it is not. A client's second request at a time waits for half as long as its first, the
    /// third for a third: so the far end of the queue stays free for clients that have nothing in it.
    pub(crate) async fn admit(&self, moment: Moment) -> Result<SemaphorePermit<'_>, SourceError> {
        let begun = Instant::now();
        let latest =
            begun + moment.deadline.saturating_duration_since(begun) / 2 / moment.ahead.saturating_add(1);
        self.wait_for_budget(moment, latest).await?;
        if let Ok(slot) = self.slots.try_acquire() {
            return Ok(slot);
        }
        let no_slot = |_| SourceError::RateLimited { until: later(moment.now, SLOT_WAIT) };
        let slot = timeout_at(latest, self.slots.acquire()).await.map_err(no_slot)?;
        // Those before it may have found the upstream failing.
        self.breaker.check(moment.now)?;
        Ok(slot.expect("the semaphore is never closed"))
    }

    async fn wait_for_budget(&self, moment: Moment, latest: Instant) -> Result<(), SourceError> {
        self.breaker.check(moment.now)?;
        let longest = latest.saturating_duration_since(Instant::now());
        match self.budget.reserve(longest).await {
            Ok(Duration::ZERO) => Ok(()),
            Ok(wait) => {
                sleep(wait).await;
                // Those before it may have found the upstream failing.
                self.breaker.check(moment.now)
            }
            Err(wait) => Err(SourceError::RateLimited { until: later(moment.now, wait) }),
        }
    }

    /// The breaker, for the answers that open it at once.
    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use jiff::Timestamp;

    use super::*;
    use crate::Rate;
    use crate::breaker::FAILURES_TO_OPEN;

    fn moment() -> Moment {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        Moment { now, deadline: Instant::now() + Duration::from_secs(5), ahead: 0 }
    }

    async fn failing(gate: &Gate, error: SourceError) -> (SourceError, u32) {
        let attempts = AtomicU32::new(0);
        let result = gate
            .run(moment(), || {
                attempts.fetch_add(1, Ordering::Relaxed);
                std::future::ready(Err::<(), _>(error.clone()))
            })
            .await;
        (result.unwrap_err(), attempts.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_a_retry_can_help_is_tried_again() {
        for (error, attempts) in [
            (SourceError::ServerError(503), 3),
            (SourceError::Unreachable { what: "no connection", cause: None }, 3),
            (SourceError::ServerError(404), 1),
            (SourceError::ServerError(403), 1),
            (SourceError::malformed("a web page instead of data"), 1),
            (SourceError::NoData, 1),
            (SourceError::Refused { why: "status 403".to_owned(), until: None }, 1),
        ] {
            let gate = Gate::new("test", Rate::UNLIMITED);
            assert_eq!(failing(&gate, error.clone()).await.1, attempts, "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_keeps_failing_is_not_asked() {
        let gate = Gate::new("test", Rate::UNLIMITED);
        for _ in 0..FAILURES_TO_OPEN {
            failing(&gate, SourceError::malformed("a web page instead of data")).await;
        }

        let (error, attempts) = failing(&gate, SourceError::NoData).await;

        assert!(matches!(error, SourceError::CoolingDown { .. }), "{error}");
        assert_eq!(attempts, 1, "the attempt is made, but never polled");
    }

    #[tokio::test(start_paused = true)]
    async fn the_tries_of_one_request_count_as_one_failure() {
        let gate = Gate::new("test", Rate::UNLIMITED);
        for _ in 1..FAILURES_TO_OPEN {
            assert_eq!(failing(&gate, SourceError::ServerError(503)).await.1, 3);
        }
        assert!(gate.admit(moment()).await.is_ok());

        failing(&gate, SourceError::ServerError(503)).await;
        assert!(gate.admit(moment()).await.is_err());
    }

    #[tokio::test]
    async fn waiting_for_the_budget_leaves_time_for_the_answer() {
        let gate = Gate::new("test", Rate::per_minute(1, 1));
        let in_a_minute = Moment { deadline: Instant::now() + Duration::from_secs(100), ..moment() };
        drop(gate.admit(in_a_minute).await.unwrap());

        // The budget allows it in 60 of the 100 seconds; only 50 may be spent waiting.
        let refused = gate.admit(in_a_minute).await.unwrap_err();

        assert!(matches!(refused, SourceError::RateLimited { .. }), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_client_with_many_requests_leaves_room_in_the_queue_for_another() {
        let gate = Gate::new("test", Rate::per_second(1, 1));
        let gate = &gate;
        let wait_of = |ahead| async move {
            let begun = Instant::now();
            let admitted = gate.admit(Moment { ahead, ..moment() }).await.is_ok();
            (admitted, begun.elapsed().as_secs())
        };
        // A flood: the first of its requests, then those that find it in progress.
        let flood = join_all((0..20).map(wait_of));

        // It arrives last and could wait for 2.5 seconds.
        let (flood, newcomer) = tokio::join!(flood, wait_of(0));

        assert_eq!(flood.iter().filter(|(admitted, _)| *admitted).count(), 2);
        assert_eq!(newcomer, (true, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_under_way_are_limited_and_the_next_waits_for_a_slot() {
        let gate = Gate::new("test", Rate::UNLIMITED);
        let mut under_way = Vec::new();
        for _ in 0..AT_ONCE {
            under_way.push(gate.admit(moment()).await.unwrap());
        }

        let refused = gate.admit(moment()).await.unwrap_err();
        assert!(matches!(refused, SourceError::RateLimited { .. }), "{refused}");
        assert!(!refused.is_upstream_failure(), "it is our own limit");

        let (admitted, ()) = tokio::join!(gate.admit(moment()), async { drop(under_way.pop()) });
        assert!(admitted.is_ok());
    }

    #[tokio::test]
    async fn a_spent_rate_budget_refuses_what_cannot_be_sent_in_time() {
        let gate = Gate::new("test", Rate::per_minute(1, 2));
        drop(gate.admit(moment()).await.unwrap());
        drop(gate.admit(moment()).await.unwrap());

        let refused = gate.admit(moment()).await.unwrap_err();

        assert!(matches!(refused, SourceError::RateLimited { until } if until > moment().now), "{refused}");
    }
}

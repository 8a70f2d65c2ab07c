//! What every request to one upstream host passes: the cool-down, the circuit breaker, the rate budget, the retry.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use failsafe::failure_policy::{ConsecutiveFailures, consecutive_failures};
use failsafe::{Config, StateMachine};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{Moment, SourceError};

/// The breaker opens after so many failures in a row.
const FAILURES_TO_OPEN: u32 = 5;
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// After a 429 without `Retry-After`; doubled at each further one. Yahoo's blocks were seen to outlast 15 minutes.
const FIRST_COOL_DOWN: Duration = Duration::from_secs(60);
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(30 * 60);
/// A longer `Retry-After` is taken for an hour, lest one odd answer silence a source for good.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// After a redirect to a CAPTCHA or consent page.
const BLOCK_COOL_DOWN: Duration = Duration::from_secs(30 * 60);

/// Requests under way at once to one host. More would only wait there instead of here, with a connection and a
/// buffer each.
const AT_ONCE: usize = 32;
/// When a place is worth waiting for again.
const PLACE_WAIT: Duration = Duration::from_secs(1);

const RETRIES: usize = 2;
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_millis(400);

/// How often an upstream may be asked.
#[derive(Clone, Copy, Debug)]
pub struct Rate(Option<Quota>);

impl Rate {
    /// No limit of our own.
    pub const UNLIMITED: Self = Self(None);

    /// So many requests a second, with bursts of `burst`; 0 is no limit.
    #[must_use]
    pub fn per_second(requests: u32, burst: u32) -> Self {
        Self::of(requests, burst, Quota::per_second)
    }

    /// So many requests a minute, with bursts of `burst`; 0 is no limit.
    #[must_use]
    pub fn per_minute(requests: u32, burst: u32) -> Self {
        Self::of(requests, burst, Quota::per_minute)
    }

    fn of(requests: u32, burst: u32, quota: impl FnOnce(NonZeroU32) -> Quota) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self(NonZeroU32::new(requests).map(|requests| quota(requests).allow_burst(burst)))
    }
}

/// Guards one upstream host; shared by all clients of that host.
pub struct Gate {
    limiter: Option<DefaultDirectRateLimiter>,
    places: Semaphore,
    breaker: StateMachine<ConsecutiveFailures<Rests>, ()>,
    /// The breaker's latest rest in milliseconds; it does not tell by itself.
    rest_ms: Arc<AtomicU64>,
    shut: Mutex<Shut>,
}

/// Why and until when nothing is sent.
#[derive(Debug, Default)]
struct Shut {
    by: Option<SourceError>,
    /// Refusals in a row, each of which doubles the cool-down.
    strikes: u32,
}

impl Shut {
    fn holds(&self, now: Timestamp) -> bool {
        self.by.as_ref().and_then(SourceError::until).is_some_and(|until| now < until)
    }

    /// Closes, and never opens earlier than was said before.
    fn close(&mut self, by: SourceError, now: Timestamp) -> SourceError {
        match &self.by {
            Some(held) if self.holds(now) && held.until() >= by.until() => held.clone(),
            _ => {
                tracing::warn!(reason = %by, "upstream left alone for a while");
                self.by = Some(by.clone());
                by
            }
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}

impl Gate {
    /// Makes the gate of one host.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let rest_ms = Arc::new(AtomicU64::new(0));
        let rests = Rests { next: FIRST_REST, latest_ms: Arc::clone(&rest_ms) };
        let policy = consecutive_failures(FAILURES_TO_OPEN, rests);
        Self {
            limiter: rate.0.map(DefaultDirectRateLimiter::direct),
            places: Semaphore::new(AT_ONCE),
            breaker: Config::new().failure_policy(policy).build(),
            rest_ms,
            shut: Mutex::default(),
        }
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
                let _place = admitted.await?;
                request.await
            }
        };
        let backoff = ExponentialBuilder::new()
            .with_min_delay(FIRST_RETRY)
            .with_max_delay(LONGEST_RETRY)
            .with_max_times(RETRIES)
            .with_jitter();
        // A retry that could not be answered in time any more would only spend budget.
        let patience = |error: &SourceError| {
            error.is_transient()
                && moment.deadline.saturating_duration_since(Instant::now()) > LONGEST_RETRY * 2
        };
        let result = guarded.retry(backoff).when(patience).await;
        // However often it was tried, it is one failure: a single bad moment must not open the breaker.
        self.count(&result, moment.now);
        result
    }

    /// Waits for the rate budget and for a place among the requests under way, or refuses.
    ///
    /// At least half of the time is left for the answer: a request sent with none would come back as a failure of
    /// the upstream, which it is not.
    pub(crate) async fn admit(&self, moment: Moment) -> Result<SemaphorePermit<'_>, SourceError> {
        let begun = Instant::now();
        let latest = begun + moment.deadline.saturating_duration_since(begun) / 2;
        self.wait_for_budget(moment, latest).await?;
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let no_place = |_| SourceError::RateLimited { until: later(moment.now, PLACE_WAIT) };
        let place = timeout_at(latest, self.places.acquire()).await.map_err(no_place)?;
        // Those before it may have found the upstream failing.
        self.refuse_if_shut(moment.now)?;
        Ok(place.expect("the semaphore is never closed"))
    }

    async fn wait_for_budget(&self, moment: Moment, latest: Instant) -> Result<(), SourceError> {
        self.refuse_if_shut(moment.now)?;
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let clock = DefaultClock::default();
        while let Err(not_yet) = limiter.check() {
            let wait = not_yet.wait_time_from(clock.now());
            if Instant::now() + wait > latest {
                return Err(SourceError::RateLimited { until: later(moment.now, wait) });
            }
            sleep(wait).await;
            self.refuse_if_shut(moment.now)?;
        }
        Ok(())
    }

    fn refuse_if_shut(&self, now: Timestamp) -> Result<(), SourceError> {
        if let Some(error) = &self.shut().by
            && error.until().is_some_and(|until| now < until)
        {
            return Err(error.clone());
        }
        if self.breaker.is_call_permitted() {
            return Ok(());
        }
        Err(SourceError::Resting {
            until: later(now, Duration::from_millis(self.rest_ms.load(Ordering::Relaxed))),
        })
    }

    fn count<T>(&self, result: &Result<T, SourceError>, now: Timestamp) {
        match result {
            Err(error) if error.is_upstream_failure() => {
                self.breaker.on_error();
                if !self.breaker.is_call_permitted() {
                    let rest = Duration::from_millis(self.rest_ms.load(Ordering::Relaxed));
                    self.shut().close(SourceError::Resting { until: later(now, rest) }, now);
                }
            }
            Err(error) if error.until().is_some() => {}
            Ok(_) | Err(_) => {
                self.breaker.on_success();
                self.shut().strikes = 0;
            }
        }
    }

    /// Closes the gate after a 429 for as long as the upstream asks, or for longer at each time.
    pub(crate) fn rate_limited(&self, now: Timestamp, retry_after: Option<Duration>) -> SourceError {
        let mut shut = self.shut();
        // Requests that were under way together are refused together: that is one strike, not many.
        if !shut.holds(now) {
            shut.strikes = shut.strikes.saturating_add(1);
        }
        let doubled = FIRST_COOL_DOWN.saturating_mul(1 << shut.strikes.saturating_sub(1).min(10));
        let pause = retry_after.unwrap_or(doubled.min(LONGEST_COOL_DOWN)).min(LONGEST_RETRY_AFTER);
        shut.close(SourceError::RateLimited { until: later(now, pause) }, now)
    }

    /// Closes the gate after a sign that our address is blocked.
    pub(crate) fn blocked(&self, now: Timestamp) -> SourceError {
        self.shut().close(SourceError::Blocked { until: later(now, BLOCK_COOL_DOWN) }, now)
    }

    /// Closes the gate until the upstream counts anew.
    pub(crate) fn spent(&self, until: Timestamp, now: Timestamp) -> SourceError {
        self.shut().close(SourceError::BudgetSpent { until }, now)
    }

    fn shut(&self) -> MutexGuard<'_, Shut> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The breaker's rests: each twice as long as the one before, up to a limit.
#[derive(Clone, Debug)]
struct Rests {
    next: Duration,
    latest_ms: Arc<AtomicU64>,
}

impl Iterator for Rests {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let rest = self.next;
        self.next = (rest * 2).min(LONGEST_REST);
        self.latest_ms.store(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        Some(rest)
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| now.saturating_add(by).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    fn moment() -> Moment {
        moment_at("2026-11-23T12:00:00Z")
    }

    fn moment_at(now: &str) -> Moment {
        Moment { now: now.parse().unwrap(), deadline: Instant::now() + Duration::from_secs(5) }
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
            (SourceError::Refused("token"), 1),
        ] {
            let gate = Gate::new(Rate::UNLIMITED);
            assert_eq!(failing(&gate, error.clone()).await.1, attempts, "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_keeps_failing_is_left_alone() {
        let gate = Gate::new(Rate::UNLIMITED);
        for _ in 0..FAILURES_TO_OPEN {
            failing(&gate, SourceError::malformed("a web page instead of data")).await;
        }

        let (error, attempts) = failing(&gate, SourceError::NoData).await;

        assert!(matches!(error, SourceError::Resting { .. }), "{error}");
        assert_eq!(attempts, 1, "the attempt is made, but never polled");
    }

    #[tokio::test(start_paused = true)]
    async fn the_tries_of_one_request_count_as_one_failure() {
        let gate = Gate::new(Rate::UNLIMITED);
        for _ in 1..FAILURES_TO_OPEN {
            assert_eq!(failing(&gate, SourceError::ServerError(503)).await.1, 3);
        }
        assert!(gate.admit(moment()).await.is_ok());

        failing(&gate, SourceError::ServerError(503)).await;
        assert!(gate.admit(moment()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_is_not_understood_is_not_the_upstreams_failure() {
        let gate = Gate::new(Rate::UNLIMITED);
        for _ in 0..FAILURES_TO_OPEN * 2 {
            failing(&gate, SourceError::ServerError(422)).await;
        }
        assert!(gate.admit(moment()).await.is_ok());

        for _ in 0..FAILURES_TO_OPEN {
            failing(&gate, SourceError::ServerError(403)).await;
        }
        assert!(gate.admit(moment()).await.is_err(), "turned away each time: it is left alone");
    }

    #[tokio::test]
    async fn retry_after_is_obeyed_and_refusals_without_it_cost_more_each_time() {
        let gate = Gate::new(Rate::UNLIMITED);
        let now = moment().now;
        let pause = |error: SourceError| error.until().unwrap().duration_since(now).as_secs();

        assert_eq!(pause(gate.rate_limited(now, Some(Duration::from_secs(7)))), 7);
        let later = |seconds| later(now, Duration::from_secs(seconds));
        assert_eq!(gate.rate_limited(later(8), None).until(), Some(later(8 + 120)));
        assert_eq!(gate.rate_limited(later(200), None).until(), Some(later(200 + 240)));
        let asked = Some(Duration::from_secs(u64::MAX));
        assert_eq!(gate.rate_limited(later(500), asked).until(), Some(later(500 + 3_600)));

        assert!(gate.admit(moment()).await.is_err());
        assert!(gate.admit(moment_at("2026-11-23T13:08:21Z")).await.is_ok());
    }

    #[test]
    fn refusals_of_one_storm_count_as_one_and_none_opens_the_gate_earlier() {
        let gate = Gate::new(Rate::UNLIMITED);
        let now = moment().now;
        let until = |seconds| Some(later(now, Duration::from_secs(seconds)));

        for _ in 0..20 {
            assert_eq!(gate.rate_limited(now, None).until(), until(60));
        }
        assert_eq!(gate.rate_limited(now, Some(Duration::from_secs(1))).until(), until(60));
        assert!(matches!(gate.blocked(now), SourceError::Blocked { .. }));
        assert!(matches!(gate.rate_limited(now, None), SourceError::Blocked { .. }), "the longer one holds");
    }

    #[tokio::test]
    async fn waiting_for_the_budget_leaves_time_for_the_answer() {
        let gate = Gate::new(Rate::per_minute(1, 1));
        let in_a_minute = Moment { deadline: Instant::now() + Duration::from_secs(100), ..moment() };
        drop(gate.admit(in_a_minute).await.unwrap());

        // The place comes in 60 of the 100 seconds; 50 may be waited.
        let refused = gate.admit(in_a_minute).await.unwrap_err();

        assert!(matches!(refused, SourceError::RateLimited { .. }), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_are_under_way_and_the_next_waits_for_a_place() {
        let gate = Gate::new(Rate::UNLIMITED);
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
        let gate = Gate::new(Rate::per_minute(1, 2));
        drop(gate.admit(moment()).await.unwrap());
        drop(gate.admit(moment()).await.unwrap());

        let refused = gate.admit(moment()).await.unwrap_err();

        assert!(matches!(refused, SourceError::RateLimited { until } if until > moment().now), "{refused}");
    }
}

//! The circuit breaker of one upstream host: after refusals or repeated failures nothing is sent for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::SourceError;

/// This many failures in a row open the breaker.
pub(crate) const FAILURES_TO_OPEN: u32 = 5;
const FIRST_FAILURE_COOL_DOWN: Duration = Duration::from_secs(10);
const LONGEST_FAILURE_COOL_DOWN: Duration = Duration::from_secs(300);

/// After a refusal that does not say for how long; doubled at each further one. Yahoo's blocks were seen to outlast 15
/// minutes.
const FIRST_REFUSAL_COOL_DOWN: Duration = Duration::from_secs(60);
const LONGEST_REFUSAL_COOL_DOWN: Duration = Duration::from_secs(30 * 60);
/// Yahoo has blocked an address for days, but one strange answer must not disable a source forever.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// After a redirect to a CAPTCHA or consent page, or a token that is not accepted.
const BLOCK_COOL_DOWN: Duration = Duration::from_secs(30 * 60);

/// Decides from the answers so far whether a host may be asked.
#[derive(Debug)]
pub(crate) struct Breaker {
    upstream: &'static str,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Why nothing is sent, and until when; stays here when that time is over.
    open: Option<SourceError>,
    /// In a row, those while the breaker is open not counted: they were sent together.
    failures: u32,
    /// Likewise.
    refusals: u32,
}

impl Breaker {
    pub(crate) fn new(upstream: &'static str) -> Self {
        Self { upstream, state: Mutex::default() }
    }

    /// Fails with the reason why nothing may be sent now.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), SourceError> {
        self.state().open_at(now).map_or(Ok(()), |reason| Err(reason.clone()))
    }

    /// Counts how a request ended.
    pub(crate) fn record<T>(&self, result: &Result<T, SourceError>, now: Timestamp) {
        let mut state = self.state();
        match result {
            Err(error) if error.is_upstream_failure() => {
                if state.open_at(now).is_some() {
                    return;
                }
                state.failures = state.failures.saturating_add(1);
                if let Some(times_opened) = state.failures.checked_sub(FAILURES_TO_OPEN) {
                    let wait = doubled(FIRST_FAILURE_COOL_DOWN, times_opened, LONGEST_FAILURE_COOL_DOWN);
                    self.open(&mut state, SourceError::CoolingDown { until: later(now, wait) }, now);
                }
            }
            // A refusal was counted when it came, and our own limits say nothing about the upstream.
            Err(error) if error.until().is_some() => {}
            Ok(_) | Err(_) => {
                state.failures = 0;
                state.refusals = 0;
            }
        }
    }

    /// Opens after "too many requests": for as long as the upstream asks, or for longer each time.
    pub(crate) fn rate_limited(&self, now: Timestamp, retry_after: Option<Duration>) -> SourceError {
        self.refused(now, retry_after, |until| SourceError::RateLimited { until })
    }

    /// Opens after an answer that turns every request away.
    pub(crate) fn refused(
        &self,
        now: Timestamp,
        retry_after: Option<Duration>,
        reason: impl FnOnce(Timestamp) -> SourceError,
    ) -> SourceError {
        let mut state = self.state();
        if state.open_at(now).is_none() {
            state.refusals = state.refusals.saturating_add(1);
        }
        let unasked =
            doubled(FIRST_REFUSAL_COOL_DOWN, state.refusals.saturating_sub(1), LONGEST_REFUSAL_COOL_DOWN);
        let wait = retry_after.unwrap_or(unasked).min(LONGEST_RETRY_AFTER);
        self.open(&mut state, reason(later(now, wait)), now)
    }

    /// Opens after a sign that our address is blocked.
    pub(crate) fn blocked(&self, now: Timestamp) -> SourceError {
        self.refused(now, Some(BLOCK_COOL_DOWN), |until| SourceError::Blocked { until })
    }

    /// Opens until the upstream's daily budget resets.
    pub(crate) fn spent(&self, until: Timestamp, now: Timestamp) -> SourceError {
        self.open(&mut self.state(), SourceError::BudgetSpent { until }, now)
    }

    /// Opens; a later refusal never shortens an earlier one.
    fn open(&self, state: &mut State, reason: SourceError, now: Timestamp) -> SourceError {
        match state.open_at(now) {
            Some(held) if held.until() >= reason.until() => held.clone(),
            _ => {
                tracing::warn!(upstream = self.upstream, %reason, "circuit breaker open");
                state.open = Some(reason.clone());
                reason
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open_at(&self, now: Timestamp) -> Option<&SourceError> {
        self.open.as_ref().filter(|reason| reason.until().is_some_and(|until| now < until))
    }
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.min(16)).min(longest)
}

pub(crate) fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| now.saturating_add(by).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;

//! Single flight: requests that need the same result share one piece of work, watch its progress, and find its
//! outcome cached until it expires.
//!
//! ```
//! # use std::sync::Arc;
//! # use jiff::Timestamp;
//! use service_runtime::single_flight::{Expires, Progress, SingleFlight};
//!
//! /// What the work ends with.
//! struct Report { text: String, fresh_until: Timestamp }
//!
//! impl Expires for Report {
//!     fn fresh_until(&self) -> Timestamp { self.fresh_until }
//! }
//!
//! /// What can be watched on the way there.
//! #[derive(Default)]
//! struct ReportProgress { steps: u32, outcome: Option<Arc<Report>> }
//!
//! impl Progress for ReportProgress {
//!     type Outcome = Arc<Report>;
//!     fn outcome(&self) -> Option<&Arc<Report>> { self.outcome.as_ref() }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
//! let fresh_until: Timestamp = "2026-11-23T12:01:00Z".parse().unwrap();
//! let reports = SingleFlight::<&str, ReportProgress>::new(100);
//! let mut shared = reports.join_or_start(&"AAPL", now, |progress| async move {
//!     progress.send_modify(|progress| progress.steps += 1);
//!     let report = Report { text: "done".to_owned(), fresh_until };
//!     progress.send_modify(|progress| progress.outcome = Some(Arc::new(report)));
//! });
//! assert_eq!(shared.outcome().await.unwrap().text, "done");
//! # }
//! ```

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use moka::sync::Cache;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::RequestContext;

/// A result that holds until a moment of its own.
pub trait Expires {
    /// Returns the moment from which the result must be made again. A moment in the past keeps it out of the cache.
    fn fresh_until(&self) -> Timestamp;
}

impl<T: Expires> Expires for Arc<T> {
    fn fresh_until(&self) -> Timestamp {
        self.as_ref().fresh_until()
    }
}

/// How far a piece of work is. It starts from the default and ends with an outcome.
pub trait Progress: Default + Send + Sync + 'static {
    /// What the work ends with; an [`Arc`] where it is large.
    type Outcome: Clone + Expires;

    /// Returns the outcome; `None` while the work goes on.
    fn outcome(&self) -> Option<&Self::Outcome>;
}

/// Work without intermediate steps.
impl<T: Clone + Expires + Send + Sync + 'static> Progress for Option<T> {
    type Outcome = T;

    fn outcome(&self) -> Option<&T> {
        self.as_ref()
    }
}

/// Shared work by key.
///
/// At most `capacity` outcomes are cached; the least used go first. Work in progress is stored separately from the
/// cache, so it is never evicted. The caller must limit how much there is.
pub struct SingleFlight<K, P> {
    cached: Cache<K, watch::Receiver<P>>,
    in_progress: InProgress<K, P>,
}

type InProgress<K, P> = Arc<Mutex<HashMap<K, watch::Receiver<P>>>>;

/// One caller's view of shared work.
#[derive(Debug)]
pub struct Shared<P> {
    /// The progress, up to and including the outcome.
    pub progress: watch::Receiver<P>,
    /// Whether the outcome was already available.
    pub was_ready: bool,
}

/// The work ended without an outcome: it panicked, or the runtime is shutting down. A panic itself is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work ended without an outcome")]
pub struct NoOutcome;

impl<K, P> SingleFlight<K, P>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    P: Progress,
{
    /// Makes an empty one that caches at most `capacity` outcomes.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        Self { cached: Cache::new(capacity), in_progress: InProgress::default() }
    }

    /// Returns the cached outcome's progress, joins the work in progress, or starts it.
    ///
    /// Started work runs in a task of its own, with the span and the request context of the caller, and goes on when
    /// the caller leaves. It reports through the sender; its last report must hold the outcome. Work that ends without
    /// one is forgotten, and the next caller starts it again.
    ///
    /// # Panics
    /// When work is started outside a Tokio runtime.
    pub fn join_or_start<F>(
        &self,
        key: &K,
        now: Timestamp,
        work: impl FnOnce(watch::Sender<P>) -> F,
    ) -> Shared<P>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Some(progress) = self.ready(key, now) {
            return Shared { progress, was_ready: true };
        }
        let mut in_progress = lock(&self.in_progress);
        match in_progress.get(key).map(|progress| (progress, state(progress, now))) {
            Some((progress, State::Running)) => {
                return Shared { progress: progress.clone(), was_ready: false };
            }
            Some((progress, State::Fresh)) => return Shared { progress: progress.clone(), was_ready: true },
            // An outcome that has expired before its task came to remove it.
            Some((_, State::Expired)) => {}
            // Work that ended in between is in the cache before it leaves the map.
            None => {
                if let Some(progress) = self.ready(key, now) {
                    return Shared { progress, was_ready: true };
                }
            }
        }
        let (sender, progress) = watch::channel(P::default());
        in_progress.insert(key.clone(), progress.clone());
        drop(in_progress);
        self.spawn(key.clone(), now, sender.clone(), work(sender));
        Shared { progress, was_ready: false }
    }

    /// Returns a cached outcome that is still fresh.
    #[must_use]
    pub fn cached(&self, key: &K, now: Timestamp) -> Option<P::Outcome> {
        self.ready(key, now)?.borrow().outcome().cloned()
    }

    /// Returns the progress of work that is cached or going on; starts nothing.
    #[must_use]
    pub fn current(&self, key: &K, now: Timestamp) -> Option<watch::Receiver<P>> {
        self.ready(key, now).or_else(|| lock(&self.in_progress).get(key).cloned())
    }

    fn ready(&self, key: &K, now: Timestamp) -> Option<watch::Receiver<P>> {
        self.cached.get(key).filter(|progress| matches!(state(progress, now), State::Fresh))
    }

    fn spawn(
        &self,
        key: K,
        now: Timestamp,
        sender: watch::Sender<P>,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let cached = self.cached.clone();
        let ending = Ending { key, started: now, sender, cached, in_progress: Arc::clone(&self.in_progress) };
        let task = async move {
            // Dropped when the work returns, and also when it panics.
            let _ending = ending;
            work.await;
        };
        match RequestContext::current() {
            Some(context) => tokio::spawn(context.scope(task).in_current_span()),
            None => tokio::spawn(task.in_current_span()),
        };
    }
}

impl<P: Progress> Shared<P> {
    /// Waits for the outcome.
    ///
    /// # Errors
    /// When the work ended without one.
    pub async fn outcome(&mut self) -> Result<P::Outcome, NoOutcome> {
        let ended = self.progress.wait_for(|progress| progress.outcome().is_some()).await;
        ended.ok().and_then(|progress| progress.outcome().cloned()).ok_or(NoOutcome)
    }
}

enum State {
    Running,
    Fresh,
    Expired,
}

fn state<P: Progress>(progress: &watch::Receiver<P>, now: Timestamp) -> State {
    match progress.borrow().outcome() {
        None => State::Running,
        Some(outcome) if now < outcome.fresh_until() => State::Fresh,
        Some(_) => State::Expired,
    }
}

/// Moves work that has ended into the cache, and closes its channel only then, so no request can join work that
/// has ended without an outcome.
struct Ending<K: Clone + Eq + Hash + Send + Sync + 'static, P: Progress> {
    key: K,
    started: Timestamp,
    sender: watch::Sender<P>,
    cached: Cache<K, watch::Receiver<P>>,
    in_progress: InProgress<K, P>,
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static, P: Progress> Drop for Ending<K, P> {
    fn drop(&mut self) {
        let progress = self.sender.subscribe();
        // An outcome that is never fresh would only push a useful one out.
        if matches!(state(&progress, self.started), State::Fresh) {
            self.cached.insert(self.key.clone(), progress.clone());
        }
        let mut in_progress = lock(&self.in_progress);
        // Newer work may have taken the place of an expired outcome.
        if in_progress.get(&self.key).is_some_and(|current| current.same_channel(&progress)) {
            in_progress.remove(&self.key);
        }
    }
}

fn lock<K, P>(in_progress: &InProgress<K, P>) -> MutexGuard<'_, HashMap<K, watch::Receiver<P>>> {
    in_progress.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

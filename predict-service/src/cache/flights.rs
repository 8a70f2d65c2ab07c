//! Single flight: one answer in the making for each question, shared by all who ask, and kept while it is fresh.

use std::hash::Hash;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;
use moka::sync::Cache;
use tracing::Instrument as _;

/// An answer that goes stale.
pub(crate) trait Perishable {
    /// Returns when it is to be made anew.
    fn fresh_until(&self) -> Timestamp;
}

/// Answers by question. At most `capacity` are held; the least used go first.
pub(crate) struct Flights<K, V: Clone>(Cache<K, Flight<V>>);

/// Ends with `None` only where the work panicked.
type Flight<V> = Shared<BoxFuture<'static, Option<V>>>;

/// An answer and how it was come by.
pub(crate) struct Landed<V> {
    pub(crate) answer: V,
    /// It was there already: nobody had to wait.
    pub(crate) was_ready: bool,
}

/// The work panicked; the panic itself is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crashed;

impl<K, V> Flights<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Perishable + Send + Sync + 'static,
{
    pub(crate) fn new(capacity: u64) -> Self {
        Self(Cache::new(capacity))
    }

    /// Returns a fresh answer that is there already.
    pub(crate) fn ready(&self, key: &K, now: Timestamp) -> Option<V> {
        let held = self.0.get(key)?;
        held.peek()?.as_ref().filter(|answer| now < answer.fresh_until()).cloned()
    }

    /// Returns the answer: the one at hand, the one in the making, or one that `make` begins.
    ///
    /// The work goes on when the asker leaves, so a request cut short does not make the next one begin again.
    pub(crate) async fn get<F>(
        &self,
        key: &K,
        now: Timestamp,
        make: impl FnOnce() -> F,
    ) -> Result<Landed<V>, Crashed>
    where
        F: Future<Output = V> + Send + 'static,
    {
        if let Some(answer) = self.ready(key, now) {
            return Ok(Landed { answer, was_ready: true });
        }
        let flight = self
            .0
            .entry_by_ref(key)
            .or_insert_with_if(|| launch(make()), |held| is_over(held, now))
            .into_value();
        let answer = flight.await.ok_or(Crashed)?;
        Ok(Landed { answer, was_ready: false })
    }
}

/// Stale, or crashed.
fn is_over<V: Clone + Perishable>(flight: &Flight<V>, now: Timestamp) -> bool {
    flight.peek().is_some_and(|answer| answer.as_ref().is_none_or(|answer| answer.fresh_until() <= now))
}

fn launch<V: Clone + Send + Sync + 'static>(work: impl Future<Output = V> + Send + 'static) -> Flight<V> {
    let flight = AssertUnwindSafe(work).catch_unwind().map(Result::ok).boxed().shared();
    tokio::spawn(flight.clone().in_current_span());
    flight
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Answer(u32, Timestamp);

    impl Perishable for Answer {
        fn fresh_until(&self) -> Timestamp {
            self.1
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test]
    async fn a_thousand_askers_share_one_flight() {
        let flights = Arc::new(Flights::new(10));
        let made = Arc::new(AtomicU32::new(0));
        let (release, gate) = tokio::sync::watch::channel(false);
        let askers: Vec<_> = (0..1_000)
            .map(|_| {
                let (flights, made, mut gate) = (Arc::clone(&flights), Arc::clone(&made), gate.clone());
                tokio::spawn(async move {
                    let make = || async move {
                        let number = made.fetch_add(1, Ordering::Relaxed);
                        gate.wait_for(|open| *open).await.unwrap();
                        Answer(number, at(100))
                    };
                    flights.get(&"AAPL", at(0), make).await.unwrap().answer
                })
            })
            .collect();

        tokio::task::yield_now().await;
        release.send(true).unwrap();

        for asker in askers {
            assert_eq!(asker.await.unwrap(), Answer(0, at(100)));
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_stale_answer_is_made_anew_and_a_fresh_one_is_ready() {
        let flights = Flights::new(10);
        let ask = async |now, number| {
            flights.get(&"AAPL", at(now), || async move { Answer(number, at(now + 10)) }).await.unwrap()
        };

        assert!(!ask(0, 1).await.was_ready);
        let second = ask(9, 2).await;
        assert!(second.was_ready && second.answer.0 == 1);
        assert_eq!(ask(10, 3).await.answer.0, 3);
    }

    #[tokio::test]
    async fn work_goes_on_when_its_asker_leaves() {
        let flights = Flights::new(10);
        let (release, gate) = tokio::sync::oneshot::channel::<()>();
        let slow = flights.get(&"AAPL", at(0), || async move {
            gate.await.unwrap();
            Answer(1, at(10))
        });
        assert!(futures_util::poll!(std::pin::pin!(slow)).is_pending());

        release.send(()).unwrap();

        let other = flights.get(&"AAPL", at(0), || async { Answer(2, at(10)) }).await.unwrap();
        assert_eq!(other.answer.0, 1);
    }

    #[tokio::test]
    async fn a_panic_is_told_and_the_next_asker_tries_again() {
        let flights = Flights::new(10);
        let crashed = flights.get(&"AAPL", at(0), || async { panic!("on purpose") }).await;
        assert_eq!(crashed.err(), Some(Crashed));
        let again = flights.get(&"AAPL", at(0), || async { Answer(2, at(10)) }).await.unwrap();
        assert_eq!(again.answer.0, 2);
    }
}

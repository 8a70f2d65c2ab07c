//! Single flight: one answer in the making for each question, shared by all who ask, and kept while it is fresh.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Answers by question. At most `capacity` are kept once they are there; the least used go first. What is still in
/// the making is held apart, as a full cache may turn a newcomer away.
pub(crate) struct Flights<K, V: Clone> {
    landed: Cache<K, V>,
    under_way: UnderWay<K, V>,
}

type UnderWay<K, V> = Arc<Mutex<HashMap<K, Flight<V>>>>;

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
        Self { landed: Cache::new(capacity), under_way: UnderWay::default() }
    }

    /// Returns a fresh answer that is there already.
    pub(crate) fn ready(&self, key: &K, now: Timestamp) -> Option<V> {
        self.landed.get(key).filter(|answer| now < answer.fresh_until())
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
        let flight = {
            let mut under_way = lock(&self.under_way);
            match under_way.get(key) {
                Some(flight) => flight.clone(),
                // One that landed in between is in the cache before it leaves the map.
                None => match self.ready(key, now) {
                    Some(answer) => return Ok(Landed { answer, was_ready: true }),
                    None => {
                        let flight = self.launch(key, now, make());
                        under_way.insert(key.clone(), flight.clone());
                        flight
                    }
                },
            }
        };
        let answer = flight.await.ok_or(Crashed)?;
        Ok(Landed { answer, was_ready: false })
    }

    fn launch(&self, key: &K, now: Timestamp, work: impl Future<Output = V> + Send + 'static) -> Flight<V> {
        let (landed, under_way, key) = (self.landed.clone(), Arc::clone(&self.under_way), key.clone());
        let flight = async move {
            let answer = AssertUnwindSafe(work).catch_unwind().await.ok();
            // What holds for no moment would only push something useful out.
            if let Some(answer) = answer.as_ref().filter(|answer| now < answer.fresh_until()) {
                landed.insert(key.clone(), answer.clone());
            }
            lock(&under_way).remove(&key);
            answer
        };
        let flight = flight.boxed().shared();
        tokio::spawn(flight.clone().in_current_span());
        flight
    }
}

fn lock<K, V: Clone>(under_way: &UnderWay<K, V>) -> MutexGuard<'_, HashMap<K, Flight<V>>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
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
    async fn more_flights_than_the_cache_keeps_are_shared_all_the_same() {
        let flights = Arc::new(Flights::new(2));
        let (asked, made) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (release, gate) = tokio::sync::watch::channel(false);
        let askers: Vec<_> = (0..400)
            .map(|number| {
                let (flights, asked) = (Arc::clone(&flights), Arc::clone(&asked));
                let (made, mut gate) = (Arc::clone(&made), gate.clone());
                tokio::spawn(async move {
                    let make = || async move {
                        made.fetch_add(1, Ordering::Relaxed);
                        gate.wait_for(|open| *open).await.unwrap();
                        Answer(number % 100, at(100))
                    };
                    asked.fetch_add(1, Ordering::Relaxed);
                    flights.get(&(number % 100), at(0), make).await.unwrap().answer
                })
            })
            .collect();

        while asked.load(Ordering::Relaxed) < 400 {
            tokio::task::yield_now().await;
        }
        release.send(true).unwrap();

        for (number, asker) in (0..).zip(askers) {
            assert_eq!(asker.await.unwrap(), Answer(number % 100, at(100)));
        }
        assert_eq!(made.load(Ordering::Relaxed), 100);
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

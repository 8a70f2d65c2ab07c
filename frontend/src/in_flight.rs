//! Work that several requests wait for is done once, and its result serves those who come shortly after.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use service_runtime::RequestContext;
use tokio::sync::watch;

/// How far a piece of work is; readers see every step.
pub(crate) trait Stage: Clone + Default + Send + Sync + 'static {
    /// Returns how long after its start the finished work may serve others; `None` while it goes on.
    fn serves_for(&self) -> Option<Duration>;
}

/// Work by key, running or just finished.
#[derive(Debug)]
pub(crate) struct InFlight<K, S> {
    works: Mutex<HashMap<K, Work<S>>>,
    capacity: usize,
}

#[derive(Debug)]
struct Work<S> {
    begun: Instant,
    stage: watch::Receiver<S>,
}

impl<K: Hash + Eq + Clone, S: Stage> InFlight<K, S> {
    /// Keeps at most `capacity` results.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { works: Mutex::new(HashMap::new()), capacity }
    }

    /// Joins the work under a key, or starts it.
    ///
    /// Started work goes on in a task of its own: a reader who leaves takes nothing from the others.
    pub(crate) fn join_or_start<W>(
        &self,
        key: K,
        work: impl FnOnce(watch::Sender<S>) -> W,
    ) -> watch::Receiver<S>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let mut works = self.works.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(work) = works.get(&key).filter(|work| work.serves()) {
            return work.stage.clone();
        }
        make_room(&mut works, self.capacity);
        let (sender, stage) = watch::channel(S::default());
        works.insert(key, Work { begun: Instant::now(), stage: stage.clone() });
        let work = work(sender);
        match RequestContext::current() {
            Some(context) => tokio::spawn(context.scope(work)),
            None => tokio::spawn(work),
        };
        stage
    }
}

impl<S: Stage> Work<S> {
    fn serves(&self) -> bool {
        match self.stage.borrow().serves_for() {
            Some(time) => self.begun.elapsed() < time,
            // A sender that is gone without a result has panicked.
            None => self.stage.has_changed().is_ok(),
        }
    }
}

fn make_room<K: Hash + Eq + Clone, S: Stage>(works: &mut HashMap<K, Work<S>>, capacity: usize) {
    if works.len() < capacity {
        return;
    }
    works.retain(|_, work| work.serves());
    if works.len() >= capacity
        && let Some(oldest) = works.iter().min_by_key(|(_, work)| work.begun).map(|(key, _)| key.clone())
    {
        works.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Count(Option<usize>, Duration);

    impl Stage for Count {
        fn serves_for(&self) -> Option<Duration> {
            self.0.map(|_| self.1)
        }
    }

    const LONG: Duration = Duration::from_secs(600);

    async fn finished(mut stage: watch::Receiver<Count>) -> Option<usize> {
        stage.wait_for(|stage| stage.0.is_some()).await.ok().and_then(|stage| stage.0)
    }

    #[tokio::test]
    async fn those_who_ask_for_the_same_share_one_piece_of_work() {
        let works = InFlight::<u8, Count>::new(4);
        let started = Arc::new(AtomicUsize::new(0));
        let release = Arc::new(Notify::new());
        let ask = || {
            let (started, release) = (Arc::clone(&started), Arc::clone(&release));
            works.join_or_start(1, |sender| async move {
                let number = started.fetch_add(1, Ordering::SeqCst);
                release.notified().await;
                sender.send_replace(Count(Some(number), LONG));
            })
        };

        let (first, second) = (ask(), ask());
        release.notify_one();

        assert_eq!(finished(first).await, Some(0));
        assert_eq!(finished(second).await, Some(0));
        assert_eq!(finished(ask()).await, Some(0), "a fresh result serves the next one too");
    }

    #[tokio::test]
    async fn stale_and_broken_work_is_started_anew() {
        let works = InFlight::<u8, Count>::new(4);
        let stale = works.join_or_start(1, |sender| async move {
            sender.send_replace(Count(Some(1), Duration::ZERO));
        });
        assert_eq!(finished(stale).await, Some(1));
        let broken = works.join_or_start(1, |sender| async move { drop(sender) });
        assert_eq!(finished(broken).await, None);

        let good = works.join_or_start(1, |sender| async move {
            sender.send_replace(Count(Some(3), LONG));
        });

        assert_eq!(finished(good).await, Some(3));
    }

    #[tokio::test]
    async fn memory_is_bounded() {
        let works = InFlight::<usize, Count>::new(3);
        for key in 0..20 {
            let stage = works.join_or_start(key, |sender| async move {
                sender.send_replace(Count(Some(key), LONG));
            });
            assert_eq!(finished(stage).await, Some(key));
        }
        assert!(works.works.lock().unwrap().len() <= 3);
    }
}

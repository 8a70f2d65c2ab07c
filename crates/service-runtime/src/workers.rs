//! A bounded pool for work that holds a core: inference, drawing.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use problem_details::{Problem, ProblemKind};
use tokio::sync::{Semaphore, oneshot};

/// Runs CPU work off the async threads: so many at a time, so many waiting, and beyond that a quick refusal.
///
/// The threads are its own and stay: each thread that allocates keeps some memory to itself, so few and always the
/// same ones keep a service small. They end with the last clone of the pool.
#[derive(Clone, Debug)]
pub struct Workers {
    queue: Sender<Job>,
    admitted: Arc<Semaphore>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Says why a piece of work was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// The queue is full.
    #[error("all workers are busy and the queue is full")]
    Overloaded,
    /// The work panicked; the panic itself is in the log.
    #[error("the work panicked")]
    Panicked,
}

impl Workers {
    /// Makes a pool that runs `at_once` pieces of work and lets `waiting` more queue.
    ///
    /// # Panics
    /// When the system has no thread to give.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        let (queue, jobs) = channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..at_once {
            let jobs = Arc::clone(&jobs);
            let work = move || {
                while let Some(job) = next(&jobs) {
                    job();
                }
            };
            std::thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(work)
                .expect("a service that cannot start its threads cannot work");
        }
        Self { queue, admitted: Arc::new(Semaphore::new(at_once + waiting)) }
    }

    /// Makes a pool with a worker for each core and a queue of `waiting`.
    #[must_use]
    pub fn per_core(waiting: usize) -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, Into::into), waiting)
    }

    /// Runs a piece of work and returns what it returned. Work that was admitted is done even where nobody waits for
    /// it any more.
    ///
    /// # Errors
    /// When the queue is full or the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| WorkError::Overloaded)?;
        let (done, result) = oneshot::channel();
        let span = tracing::Span::current();
        let job = Box::new(move || {
            // A panic must not take the thread along; dropping `done` tells of it.
            let ended = std::panic::catch_unwind(AssertUnwindSafe(|| span.in_scope(work)));
            drop(admitted);
            if let Ok(result) = ended {
                // Whoever asked may be gone.
                let _ = done.send(result);
            }
        });
        // The threads listen as long as there is a pool to send from.
        self.queue.send(job).map_err(|_| WorkError::Panicked)?;
        result.await.map_err(|_| WorkError::Panicked)
    }
}

/// Waits for work; `None` once the pool is gone.
fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Overloaded => overloaded(),
            WorkError::Panicked => Self::new(ProblemKind::InternalError).caused_by(error),
        }
    }
}

/// The answer of a service that has all the work it can do.
#[must_use]
pub fn overloaded() -> Problem {
    Problem::new(ProblemKind::Overloaded)
        .detail("all workers are busy and the queue is full")
        .retry_after_seconds(1)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_recovers() {
        let workers = Workers::new(1, 0);
        let (release, held) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let busy = tokio::spawn({
            let workers = workers.clone();
            async move {
                workers
                    .run(move || {
                        started.send(()).unwrap();
                        held.recv().unwrap();
                    })
                    .await
            }
        });
        has_started.await.unwrap();

        assert_eq!(workers.run(|| 1).await, Err(WorkError::Overloaded));

        release.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert_eq!(workers.run(|| 2).await, Ok(2));
    }

    #[tokio::test]
    async fn a_panic_is_contained_and_frees_its_worker() {
        let workers = Workers::new(1, 0);
        assert_eq!(workers.run(|| panic!("on purpose")).await, Err::<(), _>(WorkError::Panicked));
        assert_eq!(workers.run(|| 2).await, Ok(2));
    }
}

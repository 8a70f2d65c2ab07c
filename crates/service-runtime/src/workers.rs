//! A bounded thread pool for work that keeps a core busy: inference and drawing.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use problem_details::{Problem, ProblemKind};
use tokio::sync::{Semaphore, oneshot};

/// Runs CPU work outside the async threads, a limited number of jobs at a time. When the queue is full, more jobs are
/// rejected immediately.
///
/// The threads live as long as the pool: every thread that allocates keeps some memory, so a few permanent ones keep a
/// service small. Tokio's blocking pool starts up to hundreds, and rayon's threads look for work for a while before they
/// sleep, at the expense of the async threads on a small machine.
#[derive(Clone, Debug)]
pub struct Workers {
    queue: Sender<Job>,
    admitted: Arc<Semaphore>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Why a job was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// The queue is full.
    #[error("all workers are busy and the queue is full")]
    Overloaded,
    /// The job panicked; the panic itself is in the log.
    #[error("the work panicked")]
    Panicked,
}

impl Workers {
    /// Makes a pool that runs `at_once` jobs and queues up to `waiting` more.
    ///
    /// # Panics
    /// When the system cannot start a thread.
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

    /// Makes a pool with one thread per core and a queue of `waiting`.
    #[must_use]
    pub fn per_core(waiting: usize) -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, Into::into), waiting)
    }

    /// Runs a job and returns its result. A queued job runs even if no one waits for its result anymore.
    ///
    /// # Errors
    /// When the queue is full or the job panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| WorkError::Overloaded)?;
        let (done, result) = oneshot::channel();
        let span = tracing::Span::current();
        let job = Box::new(move || {
            // A panic must not end the thread; dropping `done` reports it.
            let ended = std::panic::catch_unwind(AssertUnwindSafe(|| span.in_scope(work)));
            drop(admitted);
            if let Ok(result) = ended {
                // The caller may have stopped waiting.
                let _ = done.send(result);
            }
        });
        // The threads receive for as long as the pool exists.
        self.queue.send(job).map_err(|_| WorkError::Panicked)?;
        result.await.map_err(|_| WorkError::Panicked)
    }
}

/// Waits for a job; `None` once the pool is dropped.
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

/// The response of a service that is at its limit.
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
    async fn a_full_queue_rejects_immediately_and_recovers() {
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
    async fn a_panic_does_not_end_its_thread() {
        let workers = Workers::new(1, 0);
        assert_eq!(workers.run(|| panic!("on purpose")).await, Err::<(), _>(WorkError::Panicked));
        assert_eq!(workers.run(|| 2).await, Ok(2));
    }
}

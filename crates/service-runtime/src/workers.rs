//! A bounded pool for work that holds a core: inference, drawing.

use std::sync::Arc;

use axum::http::StatusCode;
use problem_details::Problem;
use tokio::sync::Semaphore;

/// Runs CPU work off the async threads: so many at a time, so many waiting, and beyond that a quick refusal.
#[derive(Clone, Debug)]
pub struct Workers {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

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
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once + waiting)),
        }
    }

    /// Makes a pool with a worker for each core and a queue of `waiting`.
    #[must_use]
    pub fn per_core(waiting: usize) -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, Into::into), waiting)
    }

    /// Runs a piece of work and returns what it returned.
    ///
    /// # Errors
    /// When the queue is full or the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| WorkError::Overloaded)?;
        let running =
            Arc::clone(&self.running).acquire_owned().await.expect("the pool's semaphore is never closed");
        let span = tracing::Span::current();
        // The permits travel with the work: a caller that gives up does not free a core that is still in use.
        let result = tokio::task::spawn_blocking(move || {
            let result = span.in_scope(work);
            drop((running, admitted));
            result
        });
        result.await.map_err(|_| WorkError::Panicked)
    }
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Overloaded => overloaded(),
            WorkError::Panicked => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal-error", "Internal error")
                    .caused_by(error)
            }
        }
    }
}

/// The answer of a service that has all the work it can do.
#[must_use]
pub fn overloaded() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Service is overloaded")
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

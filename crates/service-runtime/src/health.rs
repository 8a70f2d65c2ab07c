//! `GET /health`: the process runs. `GET /ready`: it can do its work. Neither calls an upstream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use problem_details::{Problem, ProblemKind};

/// Whether a service accepts work. [`crate::serve`] withdraws it as the first step when the service stops.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// The readiness of a service that has loaded everything it needs.
    #[must_use]
    pub fn ready() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Announces that the service accepts no more work.
    pub fn withdraw(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Returns whether the service accepts work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Returns the two routes.
pub fn routes<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    let alive = || async { no_store("ok\n") };
    Router::new().route("/health", get(alive)).route("/ready", get(move || answer(readiness.clone())))
}

async fn answer(readiness: Readiness) -> Response {
    if readiness.is_ready() {
        no_store("ready\n")
    } else {
        Problem::new(ProblemKind::Stopping)
            .detail("this instance finishes its requests and accepts no new ones")
            .retry_after_seconds(1)
            .into_response()
    }
}

fn no_store(text: &'static str) -> Response {
    ([("cache-control", "no-store")], text).into_response()
}

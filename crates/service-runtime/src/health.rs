//! `GET /health`: the process is up. `GET /ready`: it can do its work. Neither asks an upstream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use problem_details::{Problem, ProblemKind};

/// Whether a service may be given work; shared between the service and [`crate::serve`], which withdraws it first
/// when the service stops.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// A service that has loaded all it needs.
    #[must_use]
    pub fn ready() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Takes the service out of work.
    pub fn withdraw(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Says whether work may come.
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
            .detail("this instance finishes what it has begun and takes no new work")
            .retry_after_seconds(1)
            .into_response()
    }
}

fn no_store(text: &'static str) -> Response {
    ([("cache-control", "no-store")], text).into_response()
}

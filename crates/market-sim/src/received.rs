//! What was asked: counted always, kept word for word where tests want it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use serde::Serialize;

use crate::Upstream;

/// Requests kept at most, the oldest forgotten first.
const MOST_KEPT: usize = 10_000;

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Whom it was meant for.
    pub upstream: Upstream,
    /// `GET` or `POST`.
    pub method: String,
    /// The path as sent, percent signs and all.
    pub path: String,
    /// The query as sent; empty where there was none.
    pub query: String,
    /// Headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// The requests so far; cheap to clone, shared by all clones.
#[derive(Clone, Debug)]
pub struct ReceivedLog(Arc<Mutex<Log>>);

#[derive(Debug)]
struct Log {
    keep: bool,
    counts: HashMap<Upstream, u64>,
    kept: std::collections::VecDeque<Received>,
}

impl ReceivedLog {
    pub(crate) fn new(keep: bool) -> Self {
        Self(Arc::new(Mutex::new(Log {
            keep,
            counts: HashMap::new(),
            kept: std::collections::VecDeque::new(),
        })))
    }

    pub(crate) fn note(&self, upstream: Upstream, request: &Request) {
        let mut log = self.lock();
        *log.counts.entry(upstream).or_default() += 1;
        if !log.keep {
            return;
        }
        if log.kept.len() >= MOST_KEPT {
            log.kept.pop_front();
        }
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        log.kept.push_back(Received {
            upstream,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        });
    }

    /// Returns how often an upstream was asked.
    #[must_use]
    pub fn count(&self, upstream: Upstream) -> u64 {
        self.lock().counts.get(&upstream).copied().unwrap_or(0)
    }

    /// Returns the requests to an upstream, oldest first.
    #[must_use]
    pub fn of(&self, upstream: Upstream) -> Vec<Received> {
        self.lock().kept.iter().filter(|received| received.upstream == upstream).cloned().collect()
    }

    /// Returns all requests kept, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Received> {
        self.lock().kept.iter().cloned().collect()
    }

    /// Forgets requests and counts.
    pub fn clear(&self) {
        let mut log = self.lock();
        log.counts.clear();
        log.kept.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Received {
    /// Returns the first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

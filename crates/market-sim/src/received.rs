//! The requests so far: always counted, and recorded in full where tests need that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use serde::Serialize;

use crate::Upstream;

/// The most requests recorded; the oldest go first.
const MOST_RECORDED: usize = 10_000;

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Which upstream it was meant for.
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
    records: bool,
    counts: HashMap<Upstream, u64>,
    recorded: std::collections::VecDeque<Received>,
}

impl ReceivedLog {
    pub(crate) fn new(records: bool) -> Self {
        Self(Arc::new(Mutex::new(Log {
            records,
            counts: HashMap::new(),
            recorded: std::collections::VecDeque::new(),
        })))
    }

    pub(crate) fn record(&self, upstream: Upstream, request: &Request) {
        let mut log = self.lock();
        *log.counts.entry(upstream).or_default() += 1;
        if !log.records {
            return;
        }
        if log.recorded.len() >= MOST_RECORDED {
            log.recorded.pop_front();
        }
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        log.recorded.push_back(Received {
            upstream,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        });
    }

    /// Returns how many requests an upstream got.
    #[must_use]
    pub fn count(&self, upstream: impl Into<Upstream>) -> u64 {
        self.lock().counts.get(&upstream.into()).copied().unwrap_or(0)
    }

    /// Returns the requests to an upstream, oldest first.
    #[must_use]
    pub fn of(&self, upstream: impl Into<Upstream>) -> Vec<Received> {
        let upstream = upstream.into();
        self.lock().recorded.iter().filter(|received| received.upstream == upstream).cloned().collect()
    }

    /// Returns all recorded requests, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Received> {
        self.lock().recorded.iter().cloned().collect()
    }

    /// Forgets requests and counts.
    pub fn clear(&self) {
        let mut log = self.lock();
        log.counts.clear();
        log.recorded.clear();
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

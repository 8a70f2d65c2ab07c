//! What goes wrong between an upstream and its client; knows nothing of markets or formats.

mod apply;
mod upstream;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

pub(crate) use apply::{ConnectionReset, apply};
pub use upstream::Upstream;

/// One way an upstream fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Closes the connection without an answer.
    Reset,
    /// Answers as usual, but only after a while.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// Answers as usual, but a few bytes at a time.
    Drip {
        /// Bytes at a time.
        bytes: usize,
        /// Pause between them.
        milliseconds: u64,
    },
    /// Redirects the client (301).
    MovedTo {
        /// Where to.
        location: String,
    },
    /// Redirects the client to Google's CAPTCHA page (302).
    Sorry,
    /// An error with the body the upstream is known to send with it.
    Status {
        /// Such as 401, 402, 403, 404, 429, 500.
        status: u16,
        /// Sent as `Retry-After` where given.
        #[serde(default)]
        retry_after_seconds: Option<u32>,
    },
    /// 200 and nothing.
    EmptyBody,
    /// 200 and a web page.
    Html,
    /// 200 and the first half of the JSON, as if that were all.
    TruncatedJson,
    /// 200, then the connection breaks in the middle of the body.
    BrokenOff,
    /// 200 and JSON of the right shape whose numbers are texts and whose texts are numbers.
    WrongTypes,
    /// 200 and a body far beyond any limit.
    HugeBody {
        /// How large it is.
        mebibytes: usize,
    },
    /// 200 and `[]` instead of an object.
    EmptyArray,
    /// Any answer at all.
    Answer {
        /// Its status.
        status: u16,
        /// Its media type.
        content_type: String,
        /// Its body.
        body: String,
    },
}

/// The faults set at present; cheap to clone, shared by all clones.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<HashMap<Upstream, Active>>>);

/// A fault and how often it still applies; `None` means until it is cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Active {
    /// The fault.
    pub fault: Fault,
    /// Requests it still applies to.
    pub times: Option<u32>,
}

impl Faults {
    /// Makes an upstream fail until the fault is cleared.
    pub fn set(&self, upstream: impl Into<Upstream>, fault: Fault) {
        self.lock().insert(upstream.into(), Active { fault, times: None });
    }

    /// Makes an upstream fail for its next requests only.
    pub fn set_times(&self, upstream: impl Into<Upstream>, fault: Fault, times: u32) {
        self.lock().insert(upstream.into(), Active { fault, times: Some(times) });
    }

    /// Makes an upstream work again.
    pub fn clear(&self, upstream: impl Into<Upstream>) {
        self.lock().remove(&upstream.into());
    }

    /// Makes all of them work again.
    pub fn clear_all(&self) {
        self.lock().clear();
    }

    /// Returns what is set at present.
    #[must_use]
    pub fn active(&self) -> Vec<(Upstream, Active)> {
        let mut active: Vec<_> =
            self.lock().iter().map(|(upstream, active)| (*upstream, active.clone())).collect();
        active.sort_by_key(|(upstream, _)| *upstream);
        active
    }

    /// Returns the fault that applies to this request, and counts it.
    pub(crate) fn next(&self, upstream: Upstream) -> Option<Fault> {
        let mut faults = self.lock();
        let active = faults.get_mut(&upstream)?;
        let fault = active.fault.clone();
        if let Some(times) = &mut active.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                faults.remove(&upstream);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Upstream, Active>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_applies_as_often_as_it_was_set() {
        let faults = Faults::default();
        faults.set_times(Upstream::News, Fault::EmptyBody, 2);
        faults.set(Upstream::Prices, Fault::Reset);

        assert_eq!(faults.next(Upstream::News), Some(Fault::EmptyBody));
        assert_eq!(faults.next(Upstream::News), Some(Fault::EmptyBody));
        assert_eq!(faults.next(Upstream::News), None);
        assert_eq!(faults.next(Upstream::Prices), Some(Fault::Reset));
        faults.clear_all();
        assert_eq!(faults.next(Upstream::Prices), None);
    }

    #[test]
    fn faults_are_written_as_plain_json() {
        let fault: Fault = serde_json::from_str(r#"{"kind":"status","status":429}"#).unwrap();
        assert_eq!(fault, Fault::Status { status: 429, retry_after_seconds: None });
        assert_eq!(serde_json::to_string(&Fault::EmptyArray).unwrap(), r#"{"kind":"empty_array"}"#);
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"delay","seconds":1}"#).is_err());
    }
}

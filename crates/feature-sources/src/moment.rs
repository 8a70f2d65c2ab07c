//! What is asked for, and until when an answer is of use.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Calendar days in New York, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Days {
    /// The first day.
    pub first: Date,
    /// The last day; nothing dated after it is ever returned.
    pub last: Date,
}

impl Days {
    /// Says whether a day lies within.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }
}

/// When a question is put, and by when it must be answered.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time by the service's clock; decides which sessions are settled.
    pub now: Timestamp,
    /// No one waits for the answer after this time.
    pub deadline: Instant,
    /// Requests in progress for the same client. Each makes this one wait less for its turn, so that one client never
    /// fills the whole queue.
    pub ahead: u32,
}

//! The injected clock. Nothing else asks the machine for the time.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Returns the time. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    System,
    Fixed(Timestamp),
    StartedAt { start: Timestamp, since: Instant },
}

impl Clock {
    /// The machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// Always the same moment, for tests.
    #[must_use]
    pub fn fixed(moment: Timestamp) -> Self {
        Self(Kind::Fixed(moment))
    }

    /// Starts at a moment and runs from there, for replays of the past.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Kind::StartedAt { start, since: Instant::now() })
    }

    /// The system clock, or one that starts at the given moment.
    #[must_use]
    pub fn system_or_starting_at(start: Option<Timestamp>) -> Self {
        start.map_or_else(Self::system, Self::starting_at)
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the injected clock itself")]
            Kind::System => Timestamp::now(),
            Kind::Fixed(moment) => moment,
            Kind::StartedAt { start, since } => {
                let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
                start.saturating_add(passed).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still_and_a_started_one_runs_forward() {
        let moment: Timestamp = "2024-03-08T22:00:00Z".parse().unwrap();
        assert_eq!(Clock::fixed(moment).now(), moment);

        let replay = Clock::starting_at(moment);
        let first = replay.now();
        assert!(first >= moment && replay.now() >= first);
    }
}

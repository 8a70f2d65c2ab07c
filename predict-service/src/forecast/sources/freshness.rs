//! How long an answer of a source holds.

use exchange_calendar::{MarketState, market_state, session_hours};
use feature_sources::SourceError;
use forecast_types::Source;
use jiff::{SignedDuration, Timestamp};

/// A failure is not asked about again for so long; each upstream's gate knows when a retry makes sense.
const FAILURE: SignedDuration = SignedDuration::from_secs(15);
/// The newest bar is due any minute.
const PENDING: SignedDuration = SignedDuration::from_mins(2);
/// "Unknown symbol" may be an outage in disguise.
const REFUSAL: SignedDuration = SignedDuration::from_hours(1);
/// So may an empty answer of the price source; for the others it is common.
const NO_PRICES: SignedDuration = SignedDuration::from_mins(2);

/// Another provider answers in place of one that may answer again soon.
const STOPGAP: SignedDuration = SignedDuration::from_mins(10);
/// A company may announce or move its date on any day.
const REPORTS: SignedDuration = SignedDuration::from_hours(24);

/// How long a series holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// As long as nothing new can be known.
    UntilSettled,
    /// More is expected soon.
    WhilePending,
    /// A better provider may answer soon.
    AsStopgap,
}

/// Returns until when a series holds.
pub(super) fn series_fresh_until(source: Source, holds: Holds, now: Timestamp) -> Timestamp {
    match source {
        _ if holds == Holds::WhilePending => later(now, PENDING),
        _ if holds == Holds::AsStopgap => next_settlement(now).min(later(now, STOPGAP)),
        Source::Reports => next_settlement(now).min(later(now, REPORTS)),
        Source::Prices | Source::Tweets | Source::News | Source::Searches => next_settlement(now),
    }
}

/// Returns until when a failure holds.
pub(super) fn failure_fresh_until(source: Source, error: &SourceError, now: Timestamp) -> Timestamp {
    match error {
        SourceError::NoData if source == Source::Prices => later(now, NO_PRICES),
        SourceError::NoData => next_settlement(now),
        error if error.is_not_configured() => next_settlement(now),
        error if error.is_settled() => next_settlement(now).min(later(now, REFUSAL)),
        // The gate refuses the next request at no cost. A cached refusal would push out a series that is needed.
        error if source == Source::Prices && error.until().is_some() => now,
        error => {
            // Once the upstream may be asked again, it is.
            let until = error.until().unwrap_or(Timestamp::MAX).max(later(now, SignedDuration::from_secs(1)));
            until.min(later(now, FAILURE))
        }
    }
}

/// Returns when the next session settles: until then nothing new can be known.
fn next_settlement(now: Timestamp) -> Timestamp {
    match market_state(now) {
        MarketState::Open { closes, .. } => closes,
        MarketState::Closed { session, opens } => session_hours(session).map_or(opens, |hours| hours.close),
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_hold_until_the_next_close() {
        for (now, expected) in [
            ("2026-11-20T15:00:00Z", "2026-11-20T21:00:00Z"),
            ("2026-11-20T21:00:00Z", "2026-11-23T21:00:00Z"),
            ("2026-11-21T12:00:00Z", "2026-11-23T21:00:00Z"),
            // The day after Thanksgiving closes early.
            ("2026-11-26T12:00:00Z", "2026-11-27T18:00:00Z"),
        ] {
            let fresh_until = series_fresh_until(Source::News, Holds::UntilSettled, now.parse().unwrap());
            assert_eq!(fresh_until, expected.parse::<Timestamp>().unwrap(), "{now}");
        }
        let saturday: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let stopgap = series_fresh_until(Source::Searches, Holds::AsStopgap, saturday);
        assert_eq!(stopgap, "2026-11-21T12:10:00Z".parse::<Timestamp>().unwrap());
        let reports = series_fresh_until(Source::Reports, Holds::UntilSettled, saturday);
        assert_eq!(reports, "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap(), "a day at most");
    }

    #[test]
    fn a_failure_holds_briefly_and_never_beyond_the_moment_it_ends() {
        let now: Timestamp = "2026-11-20T15:00:00Z".parse().unwrap();
        let seconds_from = |source, error: SourceError| {
            failure_fresh_until(source, &error, now).duration_since(now).as_secs()
        };
        let seconds = |error| seconds_from(Source::News, error);
        assert_eq!(seconds(SourceError::Late), 15);
        assert_eq!(seconds(SourceError::RateLimited { until: later(now, SignedDuration::from_secs(4)) }), 4);
        assert_eq!(seconds(SourceError::Blocked { until: later(now, SignedDuration::from_hours(1)) }), 15);
        assert_eq!(seconds(SourceError::UnknownSymbol), 3_600);
        assert_eq!(seconds(SourceError::NoData), 6 * 3_600);
        assert_eq!(seconds_from(Source::Prices, SourceError::NoData), 120, "it may be an outage in disguise");
        let refused = SourceError::RateLimited { until: later(now, SignedDuration::from_secs(4)) };
        assert_eq!(seconds_from(Source::Prices, refused), 0, "the gate refuses again by itself");
    }
}

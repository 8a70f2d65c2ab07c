//! Why a source has nothing to give: one variant for each outcome that the caller treats differently.

use std::error::Error;
use std::sync::Arc;

use forecast_types::Source;
use jiff::{SignedDuration, Timestamp};

/// Why a source has nothing to give. Cheap to copy, for one answer may be shared by many requests.
///
/// No variant holds an address, a token or a body: those may be secret, and they never help the reader.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SourceError {
    /// No token is configured.
    #[error("no token set")]
    NoToken,
    /// The upstream knows no such symbol.
    #[error("the symbol is unknown there")]
    UnknownSymbol,
    /// The symbol is another kind of instrument there, or another security.
    #[error("the symbol names {0} there, not this stock")]
    OtherInstrument(String),
    /// All the days asked for lie before the first trade.
    #[error("the stock was not listed yet on the days asked for")]
    BeforeListing,
    /// A sound answer without a single value.
    #[error("no data for this stock")]
    NoData,
    /// The token is refused, or does not cover this.
    #[error("access refused: {0}")]
    Refused(&'static str),
    /// The day's calls are spent.
    #[error("daily call budget spent, resets at {}", clock_time(*.until))]
    BudgetSpent {
        /// When the counter starts again.
        until: Timestamp,
    },
    /// Too many requests: said by the upstream, or by our own budget before asking.
    #[error("rate limited, next try after {}", clock_time(*.until))]
    RateLimited {
        /// When the next request may be sent.
        until: Timestamp,
    },
    /// The upstream has turned our address away.
    #[error("this address is blocked, next try after {}", clock_time(*.until))]
    Blocked {
        /// When the next request may be sent.
        until: Timestamp,
    },
    /// It failed so often that it is left alone for a while.
    #[error("failing, next try after {}", clock_time(*.until))]
    Resting {
        /// When the next request may be sent.
        until: Timestamp,
    },
    /// No answer in time.
    #[error("no answer in time")]
    Late,
    /// No connection, or one that broke.
    #[error("{what}")]
    Unreachable {
        /// In a few words.
        what: &'static str,
        /// For the log.
        #[source]
        cause: Option<Arc<dyn Error + Send + Sync>>,
    },
    /// An error of the upstream's own.
    #[error("the server answered {0}")]
    ServerError(u16),
    /// Something that is not the documented answer.
    #[error("unusable answer: {what}")]
    Malformed {
        /// In a few words.
        what: &'static str,
        /// For the log.
        #[source]
        cause: Option<Arc<dyn Error + Send + Sync>>,
    },
}

impl SourceError {
    pub(crate) fn malformed(what: &'static str) -> Self {
        Self::Malformed { what, cause: None }
    }

    pub(crate) fn malformed_by(what: &'static str, cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Malformed { what, cause: Some(Arc::new(cause)) }
    }

    /// Says whether the same request may well succeed a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::ServerError(status) => *status >= 500,
            _ => false,
        }
    }

    /// Says whether the upstream itself is in trouble, which is what the circuit breaker counts.
    pub(crate) fn is_upstream_failure(&self) -> bool {
        match self {
            Self::Late | Self::Unreachable { .. } | Self::Malformed { .. } => true,
            // These two speak of one question, not of the upstream.
            Self::ServerError(status) => !matches!(status, 400 | 422),
            Self::NoToken
            | Self::UnknownSymbol
            | Self::OtherInstrument(_)
            | Self::BeforeListing
            | Self::NoData
            | Self::Refused(_)
            | Self::BudgetSpent { .. }
            | Self::RateLimited { .. }
            | Self::Blocked { .. }
            | Self::Resting { .. } => false,
        }
    }

    /// Says whether this is the upstream's settled word on the stock, which will not change until new data come.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::UnknownSymbol | Self::OtherInstrument(_) | Self::BeforeListing | Self::NoData)
    }

    /// Returns when a further try may succeed, where that is known.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::BudgetSpent { until }
            | Self::RateLimited { until }
            | Self::Blocked { until }
            | Self::Resting { until } => Some(*until),
            _ => None,
        }
    }

    /// Returns the reason as people read it: `EODHD: no token set`.
    #[must_use]
    pub fn reason(&self, source: Source) -> String {
        format!("{}: {self}", provider(source))
    }
}

/// Returns who serves a source, for people.
#[must_use]
pub fn provider(source: Source) -> &'static str {
    match source {
        Source::Prices => "Yahoo Finance",
        Source::Tweets | Source::News => "EODHD",
        Source::Searches => "Google Trends",
    }
}

/// `14:05 UTC`, rounded up to the minute so that a try at that minute is not too early.
fn clock_time(moment: Timestamp) -> String {
    let up = moment.saturating_add(SignedDuration::from_secs(59)).unwrap_or(moment);
    up.strftime("%H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sentences_people_understand() {
        let until = |text: &str| text.parse::<Timestamp>().unwrap();
        for (error, source, expected) in [
            (SourceError::NoToken, Source::News, "EODHD: no token set"),
            (
                SourceError::BudgetSpent { until: until("2026-11-24T00:00:00Z") },
                Source::Tweets,
                "EODHD: daily call budget spent, resets at 00:00 UTC",
            ),
            (
                SourceError::RateLimited { until: until("2026-11-23T14:04:10Z") },
                Source::Searches,
                "Google Trends: rate limited, next try after 14:05 UTC",
            ),
        ] {
            assert_eq!(error.reason(source), expected);
        }
    }
}

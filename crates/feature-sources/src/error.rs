//! Why a source has nothing to give: one variant for each outcome that the caller treats differently.

use std::error::Error;
use std::sync::Arc;

use forecast_types::Source;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Why a source has nothing to give. Cheap to copy, for one answer may be shared by many requests.
///
/// No variant holds an address, a token or a body: those may be secret, and they never help the reader.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SourceError {
    /// No token is configured.
    #[error("no token set")]
    NoToken,
    /// The configuration turns the source off; the text says why.
    #[error("{0}")]
    TurnedOff(&'static str),
    /// The upstream knows no such symbol, or not any more.
    #[error("the symbol is unknown or delisted there")]
    UnknownSymbol,
    /// The symbol is another kind of instrument there, or another security.
    #[error("the symbol means {0} there, not this stock")]
    OtherInstrument(String),
    /// A foreign company, which files other forms.
    #[error("a foreign company, which does not announce its results on Form 8-K")]
    ForeignFiler,
    /// All the days asked for lie before the first trade.
    #[error("the stock was not listed yet on those days")]
    BeforeListing,
    /// The latest prices repeat an old one without any trade.
    #[error("the stock has not traded since {since}")]
    NotTraded {
        /// The last day with a price of its own.
        since: Date,
    },
    /// A valid answer without any value.
    #[error("no data for this stock")]
    NoData,
    /// Access is refused, for all requests or for this one.
    #[error("access refused: {why}{}", .until.map(|until| format!(", next try after {}", day_and_time(until))).unwrap_or_default())]
    Refused {
        /// In a few words.
        why: String,
        /// When the next request may be sent, where all are refused.
        until: Option<Timestamp>,
    },
    /// The day's calls are spent.
    #[error("daily call budget spent, resets at {}", time_of_day(*.until))]
    BudgetSpent {
        /// When the counter starts again.
        until: Timestamp,
    },
    /// Too many requests, according to the upstream or to our own budget.
    #[error("rate limited, next try after {}", day_and_time(*.until))]
    RateLimited {
        /// When the next request may be sent.
        until: Timestamp,
    },
    /// The upstream has turned our address away.
    #[error("this address is blocked, next try after {}", day_and_time(*.until))]
    Blocked {
        /// When the next request may be sent.
        until: Timestamp,
    },
    /// It failed too often or asked for a pause, and is not asked for a while.
    #[error("failing repeatedly; next try after {}", day_and_time(*.until))]
    CoolingDown {
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
        matches!(self, Self::Unreachable { .. } | Self::ServerError(500..=599))
    }

    /// Says whether the upstream itself is in trouble, which is what the circuit breaker counts.
    pub(crate) fn is_upstream_failure(&self) -> bool {
        match self {
            Self::Late | Self::Unreachable { .. } | Self::Malformed { .. } => true,
            // These two are about one question, not about the upstream.
            Self::ServerError(status) => !matches!(status, 400 | 422),
            Self::NoToken
            | Self::TurnedOff(_)
            | Self::UnknownSymbol
            | Self::OtherInstrument(_)
            | Self::ForeignFiler
            | Self::BeforeListing
            | Self::NotTraded { .. }
            | Self::NoData
            | Self::Refused { .. }
            | Self::BudgetSpent { .. }
            | Self::RateLimited { .. }
            | Self::Blocked { .. }
            | Self::CoolingDown { .. } => false,
        }
    }

    /// Says whether this is final for the stock until new data come.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::UnknownSymbol
                | Self::OtherInstrument(_)
                | Self::ForeignFiler
                | Self::BeforeListing
                | Self::NotTraded { .. }
                | Self::NoData
        )
    }

    /// Says whether the source is missing by the operator's choice.
    #[must_use]
    pub fn is_not_configured(&self) -> bool {
        matches!(self, Self::NoToken | Self::TurnedOff(_))
    }

    /// Returns when a further try may succeed, where that is known.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Refused { until, .. } => *until,
            Self::BudgetSpent { until }
            | Self::RateLimited { until }
            | Self::Blocked { until }
            | Self::CoolingDown { until } => Some(*until),
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
        Source::Reports => "SEC and Nasdaq",
    }
}

/// `14:05 UTC`.
fn time_of_day(moment: Timestamp) -> String {
    rounded_up(moment).strftime("%H:%M UTC").to_string()
}

/// `Nov 23, 14:05 UTC`: an upstream may ask for days.
fn day_and_time(moment: Timestamp) -> String {
    rounded_up(moment).strftime("%b %-d, %H:%M UTC").to_string()
}

/// Up to the next minute, so that a try at that minute is not too early.
fn rounded_up(moment: Timestamp) -> Timestamp {
    moment.saturating_add(SignedDuration::from_secs(59)).unwrap_or(moment)
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
                "Google Trends: rate limited, next try after Nov 23, 14:05 UTC",
            ),
            (
                SourceError::Refused {
                    why: "status 401".to_owned(),
                    until: Some(until("2026-11-23T14:04:00Z")),
                },
                Source::Prices,
                "Yahoo Finance: access refused: status 401, next try after Nov 23, 14:04 UTC",
            ),
            (
                SourceError::Refused { why: "the plan does not cover this".to_owned(), until: None },
                Source::News,
                "EODHD: access refused: the plan does not cover this",
            ),
        ] {
            assert_eq!(error.reason(source), expected);
        }
    }
}

//! Why a source has nothing to give: one variant for each outcome that the caller treats differently.

use std::error::Error;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::Provider;

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
    /// None of the providers of the source has an answer.
    #[error("{}", each(.0))]
    NoProvider(Arc<[(Provider, SourceError)]>),
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
            | Self::NoProvider(_)
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
        match self {
            Self::UnknownSymbol
            | Self::OtherInstrument(_)
            | Self::ForeignFiler
            | Self::BeforeListing
            | Self::NotTraded { .. }
            | Self::NoData => true,
            Self::NoProvider(failed) => !self.is_not_configured() && !any(failed, Self::may_pass),
            _ => false,
        }
    }

    /// Says whether the source has nothing for the stock, as is usual for many.
    #[must_use]
    pub fn is_no_data(&self) -> bool {
        match self {
            Self::NoData | Self::ForeignFiler => true,
            Self::NoProvider(failed) => {
                !self.is_not_configured()
                    && !any(failed, |error| !error.is_no_data() && !error.is_not_configured())
            }
            _ => false,
        }
    }

    /// Says whether it is neither about the stock nor the operator's choice, so that a later try may succeed.
    pub(crate) fn may_pass(&self) -> bool {
        !self.is_settled() && !self.is_not_configured()
    }

    /// Says whether the source is missing by the operator's choice.
    #[must_use]
    pub fn is_not_configured(&self) -> bool {
        match self {
            Self::NoToken | Self::TurnedOff(_) => true,
            Self::NoProvider(failed) => !any(failed, |error| !error.is_not_configured()),
            _ => false,
        }
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
            Self::NoProvider(failed) => failed.iter().filter_map(|(_, error)| error.until()).min(),
            _ => None,
        }
    }

    /// Returns the error of the provider that was asked last, where there are several.
    #[must_use]
    pub fn of_last_provider(&self) -> &Self {
        match self {
            Self::NoProvider(failed) => failed.last().map_or(self, |(_, error)| error),
            _ => self,
        }
    }

    /// Returns the reason as people read it, given who serves the source: `EODHD: no token set`.
    #[must_use]
    pub fn reason(&self, names: &str) -> String {
        match self {
            Self::NoProvider(_) => self.to_string(),
            _ if names.is_empty() => self.to_string(),
            _ => format!("{names}: {self}"),
        }
    }
}

fn any(failed: &[(Provider, SourceError)], is: impl Fn(&SourceError) -> bool) -> bool {
    failed.iter().any(|(_, error)| is(error))
}

/// What each provider says, in their order; those that say the same together.
fn each(failed: &[(Provider, SourceError)]) -> String {
    let mut reasons: Vec<(String, String)> = Vec::new();
    for (provider, error) in failed {
        let reason = error.to_string();
        match reasons.iter_mut().find(|(_, other)| *other == reason) {
            Some((names, _)) => names.push_str(&format!(", {provider}")),
            None => reasons.push((provider.to_string(), reason)),
        }
    }
    let reasons: Vec<String> =
        reasons.into_iter().map(|(names, reason)| format!("{names}: {reason}")).collect();
    reasons.join("; ")
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
        for (error, names, expected) in [
            (SourceError::NoToken, "EODHD", "EODHD: no token set"),
            (
                SourceError::BudgetSpent { until: until("2026-11-24T00:00:00Z") },
                "EODHD",
                "EODHD: daily call budget spent, resets at 00:00 UTC",
            ),
            (
                SourceError::RateLimited { until: until("2026-11-23T14:04:10Z") },
                "Google Trends",
                "Google Trends: rate limited, next try after Nov 23, 14:05 UTC",
            ),
            (
                SourceError::Refused {
                    why: "status 401".to_owned(),
                    until: Some(until("2026-11-23T14:04:00Z")),
                },
                "Yahoo Finance",
                "Yahoo Finance: access refused: status 401, next try after Nov 23, 14:04 UTC",
            ),
            (
                SourceError::Refused { why: "the plan does not cover this".to_owned(), until: None },
                "EODHD",
                "EODHD: access refused: the plan does not cover this",
            ),
        ] {
            assert_eq!(error.reason(names), expected);
        }
    }
}

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One of the five sources a forecast is fed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Daily bars; the only source a forecast cannot do without.
    Prices,
    /// Count and sentiment of tweets.
    Tweets,
    /// Count and sentiment of news articles.
    News,
    /// Search interest.
    Searches,
    /// Dates of the company's quarterly reports.
    Reports,
}

impl Source {
    /// All five, in the order in which every answer lists them.
    pub const ALL: [Self; 5] = [Self::Prices, Self::Tweets, Self::News, Self::Searches, Self::Reports];

    /// Returns the word used in JSON, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prices => "prices",
            Self::Tweets => "tweets",
            Self::News => "news",
            Self::Searches => "searches",
            Self::Reports => "reports",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a source ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SourceStatus {
    /// All days that were asked for and exist.
    Ok,
    /// Some of the days; the detail says what is missing.
    Partial,
    /// None; the detail says why.
    Missing,
}

/// The outcome of one source in one forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceReport {
    /// Which source.
    pub source: Source,
    /// Who serves it, for people: `Yahoo Finance`.
    pub provider: String,
    /// How it ended.
    pub status: SourceStatus,
    /// Why, for people, where the status is not `ok`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub detail: Option<String>,
    /// Days with a value in the window the model reads.
    pub days: u32,
    /// The last day with a value.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub last: Option<Date>,
    /// Milliseconds from asking to having; 0 from the cache.
    pub elapsed_ms: u64,
}

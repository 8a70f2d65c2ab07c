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
    /// The provider that served it, for people: `Yahoo Finance`. If none did, those that were asked; empty if the source is off.
    pub provider: String,
    /// How it ended.
    pub status: SourceStatus,
    /// Whether the model read it. Data that differs from what the model was trained on is shown, not used.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub used: bool,
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

impl SourceReport {
    /// Returns the status for the model, for which data that is only shown is missing.
    #[must_use]
    pub fn as_read(&self) -> SourceStatus {
        if self.used { self.status } else { SourceStatus::Missing }
    }

    /// Returns whether the source has data that the model did not read.
    #[must_use]
    pub fn is_shown_only(&self) -> bool {
        self.status != SourceStatus::Missing && !self.used
    }
}

/// The default for answers of versions that had no data that is only shown.
fn yes() -> bool {
    true
}

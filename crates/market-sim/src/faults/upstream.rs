use forecast_types::Source;
use serde::{Deserialize, Serialize};

/// What can fail by itself: what a provider is asked for a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Upstream {
    /// Yahoo's charts.
    Prices,
    /// EODHD's prices.
    Bulk,
    /// EODHD's tweets.
    Tweets,
    /// EODHD's news.
    News,
    /// Google Trends.
    Searches,
    /// The SEC with the earnings calendars.
    Reports,
    /// Wikidata, which knows the articles of companies.
    Articles,
    /// Wikimedia's pageviews.
    Pageviews,
    /// `ApeWisdom`.
    Mentions,
}

/// The first choice among a source's providers.
impl From<Source> for Upstream {
    fn from(source: Source) -> Self {
        match source {
            Source::Prices => Self::Prices,
            Source::Tweets => Self::Tweets,
            Source::News => Self::News,
            Source::Searches => Self::Searches,
            Source::Reports => Self::Reports,
        }
    }
}

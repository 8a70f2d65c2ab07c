//! Who serves a source, and in which order several are asked.

use std::fmt;

use forecast_types::Source;
use serde::{Deserialize, Serialize};

/// One of those who can serve prices, tweets, news or searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Daily bars of one stock a request.
    Yahoo,
    /// Daily bars of all US stocks a request; EODHD.
    EodhdBulk,
    /// Search interest.
    GoogleTrends,
    /// Views of the company's article.
    Wikipedia,
    /// Count and sentiment of news or tweets.
    Eodhd,
    /// How much the company and its insiders filed with the SEC.
    SecFilings,
    /// Mentions on Reddit and similar boards.
    Apewisdom,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Yahoo,
        Self::EodhdBulk,
        Self::GoogleTrends,
        Self::Wikipedia,
        Self::Eodhd,
        Self::SecFilings,
        Self::Apewisdom,
    ];

    /// Returns those that can serve a source, the first choice first.
    #[must_use]
    pub fn of(source: Source) -> &'static [Self] {
        match source {
            Source::Tweets => &[Self::Eodhd, Self::Apewisdom],
            Source::News => &[Self::Eodhd, Self::SecFilings],
            Source::Searches => &[Self::GoogleTrends, Self::Wikipedia],
            Source::Prices => &[Self::EodhdBulk, Self::Yahoo],
            Source::Reports => &[],
        }
    }

    /// Returns the word used in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yahoo => "yahoo",
            Self::EodhdBulk => "eodhd-bulk",
            Self::GoogleTrends => "google-trends",
            Self::Wikipedia => "wikipedia",
            Self::Eodhd => "eodhd",
            Self::SecFilings => "sec-filings",
            Self::Apewisdom => "apewisdom",
        }
    }

    /// Returns what one of its numbers counts.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Yahoo | Self::EodhdBulk => "dollars",
            Self::GoogleTrends => "interest",
            Self::Wikipedia => "pageviews",
            Self::Eodhd => "posts",
            Self::SecFilings => "filings",
            Self::Apewisdom => "mentions",
        }
    }
}

/// The name for people.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yahoo => "Yahoo Finance",
            Self::EodhdBulk => "EODHD bulk prices",
            Self::GoogleTrends => "Google Trends",
            Self::Wikipedia => "Wikipedia",
            Self::Eodhd => "EODHD",
            Self::SecFilings => "SEC filings",
            Self::Apewisdom => "ApeWisdom",
        })
    }
}

/// The providers of a source in the order in which they are asked; none turns the source off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderList(Vec<Provider>);

/// A list that names no provider of the source, or one twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderListError {
    /// No provider of this source has that name.
    #[error("unknown provider of {of} {name:?}; expected {}", expected(*.of))]
    Unknown {
        /// The source.
        of: Source,
        /// What was given.
        name: String,
    },
    /// It would be asked twice.
    #[error("{0} is in the list twice")]
    Twice(&'static str),
}

fn expected(of: Source) -> String {
    let names = Provider::of(of).iter().map(|provider| provider.as_str()).collect::<Vec<_>>().join(",");
    if of == Source::Prices { format!("a list of {names}") } else { format!("none or a list of {names}") }
}

impl ProviderList {
    /// No provider: the source is off.
    pub const NONE: Self = Self(Vec::new());

    /// Returns all providers of a source.
    #[must_use]
    pub fn all(of: Source) -> Self {
        Self(Provider::of(of).to_vec())
    }

    /// Returns a list of one.
    #[must_use]
    pub fn only(provider: Provider) -> Self {
        Self(vec![provider])
    }

    /// Reads a list such as `google-trends,wikipedia`, or `none`.
    ///
    /// # Errors
    /// For a name that no provider of the source has, and for a name given twice.
    pub fn parse(of: Source, text: &str) -> Result<Self, ProviderListError> {
        // There is no forecast without prices.
        if text.trim() == "none" && of != Source::Prices {
            return Ok(Self::NONE);
        }
        let mut list = Vec::new();
        for name in text.split(',').map(str::trim) {
            let known = Provider::of(of).iter().find(|provider| provider.as_str() == name);
            let unknown = || ProviderListError::Unknown { of, name: name.to_owned() };
            let provider = *known.ok_or_else(unknown)?;
            if list.contains(&provider) {
                return Err(ProviderListError::Twice(provider.as_str()));
            }
            list.push(provider);
        }
        Ok(Self(list))
    }

    /// Iterates over the providers, the first choice first.
    pub fn iter(&self) -> impl Iterator<Item = Provider> {
        self.0.iter().copied()
    }

    /// Returns the list without those that the model was not trained on.
    #[must_use]
    pub fn trained_on(&self) -> Self {
        let trained = |provider: &Provider| matches!(provider, Provider::GoogleTrends | Provider::Eodhd);
        Self(self.iter().filter(trained).collect())
    }
}

/// As people read it: `Google Trends, Wikipedia`.
impl fmt::Display for ProviderList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, provider) in self.iter().enumerate() {
            write!(f, "{}{provider}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Reads the setting `PRICES`.
pub(crate) fn prices(text: &str) -> Result<ProviderList, ProviderListError> {
    ProviderList::parse(Source::Prices, text)
}

/// Reads the setting `TWEETS`.
pub(crate) fn tweets(text: &str) -> Result<ProviderList, ProviderListError> {
    ProviderList::parse(Source::Tweets, text)
}

/// Reads the setting `NEWS`.
pub(crate) fn news(text: &str) -> Result<ProviderList, ProviderListError> {
    ProviderList::parse(Source::News, text)
}

/// Reads the setting `SEARCHES`.
pub(crate) fn searches(text: &str) -> Result<ProviderList, ProviderListError> {
    ProviderList::parse(Source::Searches, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_order_and_names_what_it_does_not_know() {
        let parse = |text| ProviderList::parse(Source::Searches, text);
        let swapped = parse(" wikipedia, google-trends").unwrap();
        assert_eq!(swapped.to_string(), "Wikipedia, Google Trends");
        assert_eq!(swapped.trained_on().to_string(), "Google Trends");
        assert_eq!(parse("none"), Ok(ProviderList::NONE));
        assert_eq!(parse("wikipedia"), Ok(ProviderList::only(Provider::Wikipedia)));
        assert_eq!(
            ProviderList::parse(Source::Prices, "none").unwrap_err().to_string(),
            "unknown provider of prices \"none\"; expected a list of eodhd-bulk,yahoo"
        );
        for (text, error) in [
            (
                "bing",
                "unknown provider of searches \"bing\"; expected none or a list of google-trends,wikipedia",
            ),
            ("", "unknown provider of searches \"\"; expected none or a list of google-trends,wikipedia"),
            (
                "eodhd",
                "unknown provider of searches \"eodhd\"; expected none or a list of google-trends,wikipedia",
            ),
            ("wikipedia,wikipedia", "wikipedia is in the list twice"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), error);
        }
    }
}

//! The upstreams' addresses and budgets, and which providers are asked.

use std::path::PathBuf;

use clap::Args;
use config_values::HttpUrl;
use forecast_types::Source;
use secrecy::SecretString;

use crate::reports::Contact;
use crate::{Provider, ProviderList, provider};

/// What Wikimedia grants those who do not say whom to write to.
const WIKIMEDIA_ANONYMOUS_PER_MINUTE: u32 = 10;

/// The upstreams and their budgets.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Upstreams")]
pub struct Upstreams {
    /// Who is asked for prices, the first that answers wins: `yahoo`, one request a stock, and `eodhd-bulk`, three requests a day for all stocks once each stock's history is there, which takes a paid plan
    #[arg(long, env = "PRICES", value_name = "PROVIDERS", default_value = "yahoo", value_parser = provider::prices)]
    pub prices: ProviderList,
    /// Folder in which `eodhd-bulk` keeps the history of each stock; in memory if unset
    #[arg(long, env = "PRICES_DIR")]
    pub prices_dir: Option<PathBuf>,
    /// Who is asked for tweets, the first that answers wins: `eodhd`, which costs as many calls as news and has served none since 2026, and `apewisdom`, whose mentions are shown, not used; or `none`
    #[arg(long, env = "TWEETS", value_name = "PROVIDERS", default_value = "none", value_parser = provider::tweets)]
    pub tweets: ProviderList,
    /// Who is asked for news, the first that answers wins: `eodhd`, and `sec-filings`, whose counts are shown, not used; or `none`
    #[arg(long, env = "NEWS", value_name = "PROVIDERS", default_value = "eodhd,sec-filings", value_parser = provider::news)]
    pub news: ProviderList,
    /// Who is asked for searches, the first that answers wins: `google-trends`, and `wikipedia`, whose pageviews are shown, not used; or `none`
    #[arg(long, env = "SEARCHES", value_name = "PROVIDERS", default_value = "google-trends,wikipedia", value_parser = provider::searches)]
    pub searches: ProviderList,
    /// Address of Yahoo's chart API, without the path
    #[arg(long, env = "YAHOO_URL", default_value = "https://query1.finance.yahoo.com")]
    pub yahoo_url: HttpUrl,
    /// Address of EODHD, without the path
    #[arg(long, env = "EODHD_URL", default_value = "https://eodhd.com")]
    pub eodhd_url: HttpUrl,
    /// Address of Google Trends, without the path
    #[arg(long, env = "TRENDS_URL", default_value = "https://trends.google.com")]
    pub trends_url: HttpUrl,
    /// Address of the SEC's filings, without the path
    #[arg(long, env = "EDGAR_DATA_URL", default_value = "https://data.sec.gov")]
    pub edgar_data_url: HttpUrl,
    /// Address of the SEC's list of companies, without the path
    #[arg(long, env = "EDGAR_WWW_URL", default_value = "https://www.sec.gov")]
    pub edgar_www_url: HttpUrl,
    /// Address of Nasdaq's earnings calendar, without the path
    #[arg(long, env = "NASDAQ_URL", default_value = "https://api.nasdaq.com")]
    pub nasdaq_url: HttpUrl,
    /// Address of Wikimedia's pageviews, without the path
    #[arg(long, env = "WIKIMEDIA_URL", default_value = "https://wikimedia.org")]
    pub wikimedia_url: HttpUrl,
    /// Address of Wikidata's query service, which knows the article of a company, without the path
    #[arg(long, env = "WIKIDATA_URL", default_value = "https://query.wikidata.org")]
    pub wikidata_url: HttpUrl,
    /// Address of `ApeWisdom`, without the path
    #[arg(long, env = "APEWISDOM_URL", default_value = "https://apewisdom.io")]
    pub apewisdom_url: HttpUrl,
    /// Whom the SEC may write to, such as `jane@example.com`; it requires that, and reports and filings are missing without it. Wikimedia and `ApeWisdom` are told it, too
    #[arg(long, env = "EDGAR_CONTACT")]
    pub edgar_contact: Option<Contact>,
    /// Token of the EODHD account; it serves nothing without it
    #[arg(long, env = "EODHD_API_TOKEN", hide_env_values = true)]
    pub eodhd_api_token: Option<SecretString>,
    /// Requests a second to Yahoo, with bursts of five; 0 means no limit
    #[arg(long, env = "YAHOO_RATE_PER_SECOND", default_value_t = 1)]
    pub yahoo_rate_per_second: u32,
    /// Requests a minute to Google Trends, with bursts of ten; 0 means no limit
    #[arg(long, env = "TRENDS_RATE_PER_MINUTE", default_value_t = 60)]
    pub trends_rate_per_minute: u32,
    /// Requests a second to the SEC, with bursts of four; it allows 10; 0 means no limit
    #[arg(long, env = "EDGAR_RATE_PER_SECOND", default_value_t = 4)]
    pub edgar_rate_per_second: u32,
    /// Requests a minute to Nasdaq, with bursts of fifteen; 0 means no limit
    #[arg(long, env = "NASDAQ_RATE_PER_MINUTE", default_value_t = 30)]
    pub nasdaq_rate_per_minute: u32,
    /// Requests a minute to Wikimedia and to Wikidata each, with bursts of five; at most ten without `EDGAR_CONTACT`, as they ask; 0 means no limit
    #[arg(long, env = "WIKIMEDIA_RATE_PER_MINUTE", default_value_t = 100)]
    pub wikimedia_rate_per_minute: u32,
    /// Requests a minute to `ApeWisdom`, with bursts of ten; 0 means no limit
    #[arg(long, env = "APEWISDOM_RATE_PER_MINUTE", default_value_t = 20)]
    pub apewisdom_rate_per_minute: u32,
    /// EODHD calls a day; each request costs 10, the free plan has 20, 0 means no limit
    #[arg(long, env = "EODHD_CALLS_PER_DAY", default_value_t = 20)]
    pub eodhd_calls_per_day: u32,
}

impl Default for Upstreams {
    /// The real hosts, with the budgets they grant for free.
    fn default() -> Self {
        let url = |text: &str| text.parse().expect("the address is written correctly");
        Self {
            prices: ProviderList::only(Provider::Yahoo),
            prices_dir: None,
            tweets: ProviderList::NONE,
            news: ProviderList::all(Source::News),
            searches: ProviderList::all(Source::Searches),
            yahoo_url: url("https://query1.finance.yahoo.com"),
            eodhd_url: url("https://eodhd.com"),
            trends_url: url("https://trends.google.com"),
            edgar_data_url: url("https://data.sec.gov"),
            edgar_www_url: url("https://www.sec.gov"),
            nasdaq_url: url("https://api.nasdaq.com"),
            wikimedia_url: url("https://wikimedia.org"),
            wikidata_url: url("https://query.wikidata.org"),
            apewisdom_url: url("https://apewisdom.io"),
            edgar_contact: None,
            eodhd_api_token: None,
            yahoo_rate_per_second: 1,
            trends_rate_per_minute: 60,
            edgar_rate_per_second: 4,
            nasdaq_rate_per_minute: 30,
            wikimedia_rate_per_minute: 100,
            apewisdom_rate_per_minute: 20,
            eodhd_calls_per_day: 20,
        }
    }
}

impl Upstreams {
    /// A stand-in market that plays all of them and grants whatever it is asked for.
    ///
    /// # Panics
    /// Never: the contact is written correctly.
    #[must_use]
    pub fn stand_in(url: &HttpUrl) -> Self {
        Self {
            prices: ProviderList::only(Provider::Yahoo),
            prices_dir: None,
            tweets: ProviderList::all(Source::Tweets),
            news: ProviderList::all(Source::News),
            searches: ProviderList::all(Source::Searches),
            yahoo_url: url.clone(),
            eodhd_url: url.clone(),
            trends_url: url.clone(),
            edgar_data_url: url.clone(),
            edgar_www_url: url.clone(),
            nasdaq_url: url.clone(),
            wikimedia_url: url.clone(),
            wikidata_url: url.clone(),
            apewisdom_url: url.clone(),
            edgar_contact: Some("demo@example.com".parse().expect("the contact is written correctly")),
            eodhd_api_token: Some(SecretString::from("stand-in")),
            yahoo_rate_per_second: 0,
            trends_rate_per_minute: 0,
            edgar_rate_per_second: 0,
            nasdaq_rate_per_minute: 0,
            wikimedia_rate_per_minute: 0,
            apewisdom_rate_per_minute: 0,
            eodhd_calls_per_day: 0,
        }
    }

    /// Asks only those that the model was trained on.
    #[must_use]
    pub fn trained_on(self) -> Self {
        let [tweets, news, searches] =
            [&self.tweets, &self.news, &self.searches].map(ProviderList::trained_on);
        Self { tweets, news, searches, ..self }
    }

    /// Returns who serves a source, for people: `Google Trends, Wikipedia`; nothing where it is off.
    #[must_use]
    pub fn names(&self, source: Source) -> String {
        match source {
            Source::Prices => self.prices.to_string(),
            Source::Tweets => self.tweets.to_string(),
            Source::News => self.news.to_string(),
            Source::Searches => self.searches.to_string(),
            Source::Reports => "SEC and Nasdaq".to_owned(),
        }
    }

    /// The rate of each of Wikimedia's hosts.
    pub(crate) fn wikimedia_rate_per_minute(&self) -> u32 {
        match self.wikimedia_rate_per_minute {
            0 => 0,
            rate if self.edgar_contact.is_none() => rate.min(WIKIMEDIA_ANONYMOUS_PER_MINUTE),
            rate => rate,
        }
    }

    pub(crate) fn addresses(&self) -> [&HttpUrl; 9] {
        [
            &self.yahoo_url,
            &self.eodhd_url,
            &self.trends_url,
            &self.edgar_data_url,
            &self.edgar_www_url,
            &self.nasdaq_url,
            &self.wikimedia_url,
            &self.wikidata_url,
            &self.apewisdom_url,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_the_real_hosts_are_asked_over_tls() {
        let upstreams = Upstreams::default();
        assert_eq!(
            upstreams.addresses().map(|url| url.as_str()),
            [
                "https://query1.finance.yahoo.com/",
                "https://eodhd.com/",
                "https://trends.google.com/",
                "https://data.sec.gov/",
                "https://www.sec.gov/",
                "https://api.nasdaq.com/",
                "https://wikimedia.org/",
                "https://query.wikidata.org/",
                "https://apewisdom.io/",
            ]
        );
    }

    #[test]
    fn wikimedia_is_asked_less_by_those_who_name_no_contact() {
        let rate = |rate, contact: Option<&str>| {
            let edgar_contact = contact.map(|contact| contact.parse().unwrap());
            let upstreams =
                Upstreams { wikimedia_rate_per_minute: rate, edgar_contact, ..Upstreams::default() };
            upstreams.wikimedia_rate_per_minute()
        };
        assert_eq!([rate(100, None), rate(5, None), rate(0, None)], [10, 5, 0]);
        assert_eq!(rate(100, Some("jane@example.com")), 100);
    }
}

//! The upstreams' addresses and budgets, and the five clients made from them.

use std::sync::Arc;

use clap::Args;
use clap::builder::BoolishValueParser;
use config_values::HttpUrl;
use secrecy::SecretString;

use crate::reports::{Calendars, Contact, Edgar};
use crate::{
    Account, CallBudget, Gate, Http, Ledger, News, Prices, Rate, RateBudget, Reports, Searches, Tweets,
};

/// Five requests may go out at once, so that a page with five stocks does not wait.
const YAHOO_BURST: u32 = 5;
/// Enough for the three steps of three stocks.
const TRENDS_BURST: u32 = 10;
/// Enough for one company with its older filings.
const EDGAR_BURST: u32 = 4;
/// One request for each trading day that a report may fall on.
const NASDAQ_BURST: u32 = 15;

/// The upstreams and their budgets.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Upstreams")]
pub struct Upstreams {
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
    /// Whom the SEC may write to, such as `jane@example.com`; it requires that, and reports are missing without it
    #[arg(long, env = "EDGAR_CONTACT")]
    pub edgar_contact: Option<Contact>,
    /// Token of the EODHD account; news is missing without it
    #[arg(long, env = "EODHD_API_TOKEN", hide_env_values = true)]
    pub eodhd_api_token: Option<SecretString>,
    /// Ask EODHD for tweets too, at the cost of as many calls as news; it has served none since 2026
    #[arg(long, env = "EODHD_TWEETS", value_parser = BoolishValueParser::new())]
    pub eodhd_tweets: bool,
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
    /// EODHD calls a day; each request costs 10, the free plan has 20, 0 means no limit
    #[arg(long, env = "EODHD_CALLS_PER_DAY", default_value_t = 20)]
    pub eodhd_calls_per_day: u32,
}

impl Default for Upstreams {
    /// The real hosts, with the budgets they grant for free.
    fn default() -> Self {
        let url = |text: &str| text.parse().expect("the address is written correctly");
        Self {
            yahoo_url: url("https://query1.finance.yahoo.com"),
            eodhd_url: url("https://eodhd.com"),
            trends_url: url("https://trends.google.com"),
            edgar_data_url: url("https://data.sec.gov"),
            edgar_www_url: url("https://www.sec.gov"),
            nasdaq_url: url("https://api.nasdaq.com"),
            edgar_contact: None,
            eodhd_api_token: None,
            eodhd_tweets: false,
            yahoo_rate_per_second: 1,
            trends_rate_per_minute: 60,
            edgar_rate_per_second: 4,
            nasdaq_rate_per_minute: 30,
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
            yahoo_url: url.clone(),
            eodhd_url: url.clone(),
            trends_url: url.clone(),
            edgar_data_url: url.clone(),
            edgar_www_url: url.clone(),
            nasdaq_url: url.clone(),
            edgar_contact: Some("demo@example.com".parse().expect("the contact is written correctly")),
            eodhd_api_token: Some(SecretString::from("stand-in")),
            eodhd_tweets: true,
            yahoo_rate_per_second: 0,
            trends_rate_per_minute: 0,
            edgar_rate_per_second: 0,
            nasdaq_rate_per_minute: 0,
            eodhd_calls_per_day: 0,
        }
    }

    fn addresses(&self) -> [&HttpUrl; 6] {
        [
            &self.yahoo_url,
            &self.eodhd_url,
            &self.trends_url,
            &self.edgar_data_url,
            &self.edgar_www_url,
            &self.nasdaq_url,
        ]
    }
}

/// Says why the clients cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// TLS cannot start, most likely because the system has no certificates.
    #[error("cannot prepare secure connections")]
    Tls(#[from] reqwest::Error),
}

/// The five clients, which share connections; tweets, news and reports share an account, too.
#[derive(Debug)]
pub struct Clients {
    /// Yahoo.
    pub prices: Prices,
    /// EODHD.
    pub tweets: Tweets,
    /// EODHD.
    pub news: News,
    /// Google Trends.
    pub searches: Searches,
    /// The SEC; Nasdaq or EODHD for what is announced.
    pub reports: Reports,
}

impl Clients {
    /// Makes the clients; `ledger` counts what was spent of their budgets.
    ///
    /// # Errors
    /// When TLS cannot start.
    pub fn build(upstreams: &Upstreams, ledger: Arc<dyn Ledger>) -> Result<Self, ClientsError> {
        let http = Http::new(&upstreams.addresses().map(|url| &**url))?;
        // Named by host, so that a stand-in's budget is not the real one's.
        let shared = |rate, url: &HttpUrl| RateBudget::shared(rate, url.authority(), Arc::clone(&ledger));
        let yahoo = Rate::per_second(upstreams.yahoo_rate_per_second, YAHOO_BURST);
        let yahoo = Gate::new("Yahoo Finance", shared(yahoo, &upstreams.yahoo_url));
        let trends = Rate::per_minute(upstreams.trends_rate_per_minute, TRENDS_BURST);
        let trends = Gate::new("Google Trends", shared(trends, &upstreams.trends_url));
        // The SEC counts the requests to all of its hosts together.
        let edgar = Rate::per_second(upstreams.edgar_rate_per_second, EDGAR_BURST);
        let edgar = Gate::new("SEC EDGAR", shared(edgar, &upstreams.edgar_data_url));
        let nasdaq = Rate::per_minute(upstreams.nasdaq_rate_per_minute, NASDAQ_BURST);
        let nasdaq = Gate::new("Nasdaq", shared(nasdaq, &upstreams.nasdaq_url));
        let account = Arc::new(Account::new(
            http.clone(),
            upstreams.eodhd_url.clone().into(),
            upstreams.eodhd_api_token.clone(),
            CallBudget::new(upstreams.eodhd_calls_per_day, ledger),
            // EODHD's own limit of 1,000 a minute is far beyond any daily budget.
            Gate::new("EODHD", Rate::UNLIMITED),
        ));
        Ok(Self {
            prices: Prices::new(http.clone(), upstreams.yahoo_url.clone().into(), yahoo),
            tweets: Tweets::new(upstreams.eodhd_tweets.then(|| Arc::clone(&account))),
            news: News::new(Arc::clone(&account)),
            searches: Searches::new(http.clone(), upstreams.trends_url.clone().into(), trends),
            reports: Reports::new(
                Edgar::new(
                    http.clone(),
                    upstreams.edgar_data_url.clone().into(),
                    upstreams.edgar_www_url.clone().into(),
                    upstreams.edgar_contact.clone(),
                    edgar,
                ),
                Calendars::new(http, upstreams.nasdaq_url.clone().into(), nasdaq, account),
            ),
        })
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
            ]
        );
    }
}

//! The upstreams' addresses and budgets, and the four clients made from them.

use std::sync::Arc;

use clap::Args;
use clap::builder::BoolishValueParser;
use config_values::HttpUrl;
use secrecy::SecretString;

use crate::{Account, CallBudget, Gate, Http, Ledger, News, Prices, Rate, RateBudget, Searches, Tweets};

/// Five requests may go out at once, so that a page with five stocks does not wait.
const YAHOO_BURST: u32 = 5;
/// Enough for the three steps of three stocks.
const TRENDS_BURST: u32 = 10;

/// The four upstreams on three hosts.
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
            eodhd_api_token: None,
            eodhd_tweets: false,
            yahoo_rate_per_second: 1,
            trends_rate_per_minute: 60,
            eodhd_calls_per_day: 20,
        }
    }
}

/// Says why the clients cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// TLS cannot start, most likely because the system has no certificates.
    #[error("cannot prepare secure connections")]
    Tls(#[from] reqwest::Error),
}

/// The four clients, which share connections; tweets and news share an account, too.
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
}

impl Clients {
    /// Makes the clients; `ledger` counts what was spent of their budgets.
    ///
    /// # Errors
    /// When TLS cannot start.
    pub fn build(upstreams: &Upstreams, ledger: Arc<dyn Ledger>) -> Result<Self, ClientsError> {
        let addresses = [&upstreams.yahoo_url, &upstreams.eodhd_url, &upstreams.trends_url].map(|url| &**url);
        let http = Http::new(&addresses)?;
        // Named by host, so that a stand-in's budget is not the real one's.
        let shared = |rate, url: &HttpUrl| RateBudget::shared(rate, url.authority(), Arc::clone(&ledger));
        let yahoo = Rate::per_second(upstreams.yahoo_rate_per_second, YAHOO_BURST);
        let yahoo = Gate::new("Yahoo Finance", shared(yahoo, &upstreams.yahoo_url));
        let trends = Rate::per_minute(upstreams.trends_rate_per_minute, TRENDS_BURST);
        let trends = Gate::new("Google Trends", shared(trends, &upstreams.trends_url));
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
            news: News::new(account),
            searches: Searches::new(http, upstreams.trends_url.clone().into(), trends),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_the_real_hosts_are_asked_over_tls() {
        let upstreams = Upstreams::default();
        let hosts =
            [&upstreams.yahoo_url, &upstreams.eodhd_url, &upstreams.trends_url].map(|url| url.as_str());
        assert_eq!(
            hosts,
            ["https://query1.finance.yahoo.com/", "https://eodhd.com/", "https://trends.google.com/"]
        );
    }
}

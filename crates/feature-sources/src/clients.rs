//! The clients of the five sources, made from the upstreams' addresses and budgets.

use std::sync::Arc;

use config_values::HttpUrl;
use reqwest::header::HeaderValue;

use crate::reports::{Calendars, Contact, Edgar};
use crate::wikipedia::Articles;
use crate::{
    Account, Apewisdom, BulkPrices, CallBudget, Gate, Http, Ledger, News, PriceSeries, Prices, Provide,
    Provider, ProviderList, Providers, Rate, RateBudget, Reports, SearchSeries, Searches, SecFilings,
    SentimentSeries, Tweets, Upstreams, Wikipedia, YahooPrices,
};

/// Five requests may go out at once, so that a page with five stocks does not wait.
const YAHOO_BURST: u32 = 5;
/// Enough for the three steps of three stocks.
const TRENDS_BURST: u32 = 10;
/// Enough for one company with its older filings.
const EDGAR_BURST: u32 = 4;
/// One request for each trading day that a report may fall on.
const NASDAQ_BURST: u32 = 15;
/// Five stocks at once.
const WIKIMEDIA_BURST: u32 = 5;
/// The pages of one list.
const APEWISDOM_BURST: u32 = 10;
/// Histories of stocks are asked for no faster than this, three requests each.
const BULK_PER_MINUTE: u32 = 600;
const BULK_BURST: u32 = 60;

const PRICES_OFF: &str = "prices are off; PRICES=yahoo turns them on";
const TWEETS_OFF: &str = "tweets are off; TWEETS=eodhd,apewisdom turns them on";
const NEWS_OFF: &str = "news is off; NEWS=eodhd,sec-filings turns it on";
const SEARCHES_OFF: &str = "searches are off; SEARCHES=google-trends,wikipedia turns them on";

/// Says why the clients cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// TLS cannot start, most likely because the system has no certificates.
    #[error("cannot prepare secure connections")]
    Tls(#[from] reqwest::Error),
}

/// The clients of the five sources, which share connections and, where they have the same upstream, its budget.
#[derive(Debug)]
pub struct Clients {
    /// Yahoo, EODHD.
    pub prices: Prices,
    /// EODHD, `ApeWisdom`.
    pub tweets: Providers<SentimentSeries>,
    /// EODHD, the SEC.
    pub news: Providers<SentimentSeries>,
    /// Google Trends, Wikipedia.
    pub searches: Providers<SearchSeries>,
    /// The SEC; Nasdaq or EODHD for what is announced.
    pub reports: Reports,
}

impl Clients {
    /// Makes the clients; `ledger` counts what was spent of their budgets.
    ///
    /// # Errors
    /// When TLS cannot start.
    pub fn build(upstreams: &Upstreams, ledger: Arc<dyn Ledger>) -> Result<Self, ClientsError> {
        let common = Common::new(upstreams, ledger)?;
        let nasdaq = Rate::per_minute(upstreams.nasdaq_rate_per_minute, NASDAQ_BURST);
        let nasdaq = common.gate("Nasdaq", nasdaq, &upstreams.nasdaq_url);
        let calendars = Calendars::new(
            common.http.clone(),
            upstreams.nasdaq_url.clone().into(),
            nasdaq,
            Arc::clone(&common.account),
        );
        Ok(Self {
            prices: Prices::new(Providers::new(
                in_order(&upstreams.prices, |provider| common.prices(provider)),
                PRICES_OFF,
            )),
            tweets: Providers::new(
                in_order(&upstreams.tweets, |provider| common.tweets(provider)),
                TWEETS_OFF,
            ),
            news: Providers::new(in_order(&upstreams.news, |provider| common.news(provider)), NEWS_OFF),
            searches: Providers::new(
                in_order(&upstreams.searches, |provider| common.searches(provider)),
                SEARCHES_OFF,
            ),
            reports: Reports::new(Arc::clone(&common.edgar), calendars),
        })
    }
}

type Client<T> = Arc<dyn Provide<T>>;

/// The clients of a list; a list holds none but providers of its source.
fn in_order<T>(list: &ProviderList, client: impl Fn(Provider) -> Option<Client<T>>) -> Vec<Client<T>> {
    list.iter().filter_map(client).collect()
}

/// What several clients share.
struct Common<'a> {
    upstreams: &'a Upstreams,
    http: Http,
    ledger: Arc<dyn Ledger>,
    account: Arc<Account>,
    edgar: Arc<Edgar>,
    /// Says who asks, where an upstream wants to know.
    agent: HeaderValue,
}

impl<'a> Common<'a> {
    fn new(upstreams: &'a Upstreams, ledger: Arc<dyn Ledger>) -> Result<Self, ClientsError> {
        let http = Http::new(&upstreams.addresses().map(|url| &**url))?;
        let account = Account::new(
            http.clone(),
            upstreams.eodhd_url.clone().into(),
            upstreams.eodhd_api_token.clone(),
            CallBudget::new(upstreams.eodhd_calls_per_day, Arc::clone(&ledger)),
            // EODHD's own limit of 1,000 a minute is far beyond any daily budget.
            Gate::new("EODHD", Rate::UNLIMITED),
        );
        let edgar = Rate::per_second(upstreams.edgar_rate_per_second, EDGAR_BURST);
        let contact = upstreams.edgar_contact.as_ref();
        let edgar = Edgar::new(
            http.clone(),
            upstreams.edgar_data_url.clone().into(),
            upstreams.edgar_www_url.clone().into(),
            contact.cloned(),
            // The SEC counts the requests to all of its hosts together.
            gate("SEC EDGAR", edgar, &upstreams.edgar_data_url, &ledger),
        );
        let agent = Contact::agent_of(contact);
        Ok(Self { upstreams, http, ledger, account: Arc::new(account), edgar: Arc::new(edgar), agent })
    }

    fn gate(&self, upstream: &'static str, rate: Rate, url: &HttpUrl) -> Gate {
        gate(upstream, rate, url, &self.ledger)
    }

    fn prices(&self, provider: Provider) -> Option<Client<PriceSeries>> {
        match provider {
            Provider::Yahoo => {
                let url = &self.upstreams.yahoo_url;
                let rate = Rate::per_second(self.upstreams.yahoo_rate_per_second, YAHOO_BURST);
                let gate = self.gate("Yahoo Finance", rate, url);
                Some(Arc::new(YahooPrices::new(self.http.clone(), url.clone().into(), gate)))
            }
            Provider::EodhdBulk => {
                let calls = self.upstreams.eodhd_calls_per_day;
                // Where calls are unlimited, it is no account of EODHD's, which allows 1,000 requests a minute.
                let rate =
                    if calls == 0 { Rate::UNLIMITED } else { Rate::per_minute(BULK_PER_MINUTE, BULK_BURST) };
                let account = Account::new(
                    self.http.clone(),
                    self.upstreams.eodhd_url.clone().into(),
                    self.upstreams.eodhd_api_token.clone(),
                    CallBudget::new(calls, Arc::clone(&self.ledger)),
                    Gate::new("EODHD bulk prices", rate),
                );
                Some(Arc::new(BulkPrices::new(account, self.upstreams.prices_dir.clone())))
            }
            _ => None,
        }
    }

    fn tweets(&self, provider: Provider) -> Option<Client<SentimentSeries>> {
        match provider {
            Provider::Eodhd => Some(Arc::new(Tweets::new(Arc::clone(&self.account)))),
            Provider::Apewisdom => {
                let url = &self.upstreams.apewisdom_url;
                let rate = Rate::per_minute(self.upstreams.apewisdom_rate_per_minute, APEWISDOM_BURST);
                let gate = self.gate("ApeWisdom", rate, url);
                let (http, agent) = (self.http.clone(), self.agent.clone());
                Some(Arc::new(Apewisdom::new(http, url.clone().into(), agent, gate)))
            }
            _ => None,
        }
    }

    fn news(&self, provider: Provider) -> Option<Client<SentimentSeries>> {
        match provider {
            Provider::Eodhd => Some(Arc::new(News::new(Arc::clone(&self.account)))),
            Provider::SecFilings => Some(Arc::new(SecFilings::new(Arc::clone(&self.edgar)))),
            _ => None,
        }
    }

    fn searches(&self, provider: Provider) -> Option<Client<SearchSeries>> {
        match provider {
            Provider::GoogleTrends => {
                let url = &self.upstreams.trends_url;
                let rate = Rate::per_minute(self.upstreams.trends_rate_per_minute, TRENDS_BURST);
                let gate = self.gate("Google Trends", rate, url);
                Some(Arc::new(Searches::new(self.http.clone(), url.clone().into(), gate)))
            }
            Provider::Wikipedia => Some(Arc::new(self.wikipedia())),
            _ => None,
        }
    }

    fn wikipedia(&self) -> Wikipedia {
        let rate = Rate::per_minute(self.upstreams.wikimedia_rate_per_minute(), WIKIMEDIA_BURST);
        let parts = |upstream, url: &HttpUrl| {
            (self.http.clone(), url.clone().into(), self.agent.clone(), self.gate(upstream, rate, url))
        };
        let (http, base, agent, gate) = parts("Wikidata", &self.upstreams.wikidata_url);
        let articles =
            Articles::new(http, base, agent, gate, Arc::clone(&self.edgar), Arc::clone(&self.ledger));
        let (http, base, agent, gate) = parts("Wikimedia", &self.upstreams.wikimedia_url);
        Wikipedia::new(http, base, agent, gate, articles)
    }
}

/// Named by host, so that a stand-in's budget is not the real one's.
fn gate(upstream: &'static str, rate: Rate, url: &HttpUrl, ledger: &Arc<dyn Ledger>) -> Gate {
    Gate::new(upstream, RateBudget::shared(rate, url.authority(), Arc::clone(ledger)))
}

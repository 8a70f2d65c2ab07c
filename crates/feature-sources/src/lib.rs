//! Clients for the five sources: daily prices (Yahoo's chart API or EODHD's bulk API), tweets (EODHD or `ApeWisdom`), news (EODHD or counts of
//! SEC filings), searches (Google Trends or Wikipedia's pageviews), report dates (the SEC's EDGAR; Nasdaq's or EODHD's
//! calendar). Where a source has several [`Providers`], the first that answers wins.
//!
//! Each client turns a [`Symbol`](forecast_types::Symbol) and some [`Days`] into plain series, or into a
//! [`SourceError`] that says what the caller can do about it. On the way it keeps to the upstream's budget, obeys
//! `Retry-After`, stops asking an upstream that refuses or fails (a circuit breaker each), and retries only what a retry can
//! help. Nothing dated after [`Days::last`] ever leaves this crate, except the date of a report that is announced today.
//!
//! There is deliberately no clock here and no knowledge of who asks: [`Moment`] brings the time and the deadline in.
//! Nor is there a cache, except for what serves all stocks (Trends' cookie, the SEC's list of companies, the days of
//! Nasdaq's calendar, `ApeWisdom`'s list, EODHD's prices), two sources (the SEC's answers) or all days (a company's article).

pub mod apewisdom;
mod breaker;
mod budget;
mod check;
mod clients;
mod eodhd;
mod error;
mod fetch;
mod gate;
mod json;
mod moment;
pub mod news;
pub mod prices;
mod provider;
mod providers;
mod rate;
mod refusal;
pub mod reports;
pub mod searches;
mod sec_filings;
mod symbols;
pub mod tweets;
mod upstreams;
pub mod wikipedia;

pub use apewisdom::Apewisdom;
pub use budget::{CallBudget, Ledger, MemoryLedger};
pub use clients::{Clients, ClientsError};
pub use eodhd::{Account, SentimentSeries, parse as parse_sentiments};
pub use error::SourceError;
pub use fetch::Http;
pub use gate::Gate;
pub use moment::{Days, Moment};
pub use news::News;
pub use prices::{BulkPrices, PriceSeries, Prices, YahooPrices};
pub use provider::{Provider, ProviderList, ProviderListError};
pub use providers::{CountSeries, Provide, Provided, Providers, StockDays, Values};
pub use rate::{Rate, RateBudget};
pub use reports::{Contact, ReportSeries, Reports};
pub use searches::{SearchSeries, Searches};
pub use sec_filings::SecFilings;
pub use tweets::Tweets;
pub use upstreams::Upstreams;
pub use wikipedia::Wikipedia;

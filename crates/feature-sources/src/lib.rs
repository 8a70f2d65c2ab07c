//! Clients for the five sources: daily prices (Yahoo's chart API), tweets and news (EODHD), searches (Google Trends),
//! report dates (the SEC's EDGAR; Nasdaq's or EODHD's calendar).
//!
//! Each client turns a [`Symbol`](forecast_types::Symbol) and some [`Days`] into plain series, or into a
//! [`SourceError`] that says what the caller can do about it. On the way it keeps to the upstream's budget, obeys
//! `Retry-After`, stops asking an upstream that refuses or fails (a circuit breaker each), and retries only what a retry can
//! help. Nothing dated after [`Days::last`] ever leaves this crate, except the date of a report that is announced today.
//!
//! There is deliberately no clock here and no knowledge of who asks: [`Moment`] brings the time and the deadline in.
//! Nor is there a cache, except for what serves all stocks: Trends' cookie, the SEC's list of companies, the days of
//! Nasdaq's calendar.

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
mod rate;
mod refusal;
pub mod reports;
pub mod searches;
mod symbols;
pub mod tweets;

pub use budget::{CallBudget, Ledger, MemoryLedger};
pub use clients::{Clients, ClientsError, Upstreams};
pub use eodhd::{Account, SentimentSeries, parse as parse_sentiments};
pub use error::{SourceError, provider};
pub use fetch::Http;
pub use gate::Gate;
pub use moment::{Days, Moment};
pub use news::News;
pub use prices::{PriceSeries, Prices};
pub use rate::{Rate, RateBudget};
pub use reports::{Contact, ReportSeries, Reports};
pub use searches::{SearchSeries, Searches};
pub use tweets::Tweets;

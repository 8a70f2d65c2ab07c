//! Clients for the four upstreams: daily prices (Yahoo's chart API), tweets and news (EODHD), searches (Google
//! Trends).
//!
//! Each client turns a [`Symbol`](forecast_types::Symbol) and some [`Days`] into plain series, or into a
//! [`SourceError`] that says what the caller can do about it. On the way it keeps to the upstream's budget, obeys
//! `Retry-After`, stops asking an upstream that refuses or fails (a circuit breaker each), and retries only what a retry can
//! help. Nothing dated after [`Days::last`] ever leaves this crate.
//!
//! There is deliberately no cache here, no clock, and no knowledge of who asks: [`Moment`] brings the time and
//! the deadline in.

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
pub use searches::{SearchSeries, Searches};
pub use tweets::Tweets;

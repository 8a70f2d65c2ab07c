//! The stand-in market: speaks the wire formats of Yahoo's chart API, EODHD's sentiments and calendar, Google Trends,
//! Wikimedia, `ApeWisdom`, the SEC's EDGAR and Nasdaq's earnings calendar, from a simulated market or a replayed one,
//! with faults on demand. In a replay, views of articles, mentions and insiders' filings are made up.
//!
//! predict-service can tell it from the real hosts by its address only, so demo, tests and production take one code
//! path. Three layers that do not know each other: `market` (what is true), `wire` (how each upstream says it)
//! and `faults` (what goes wrong on the way).
//!
//! ```
//! # async fn example() {
//! use market_sim::{Fault, StandInMarket, Upstream};
//!
//! let market = StandInMarket::start().await;
//! market.fail(Upstream::News, Fault::Status { status: 429, retry_after_seconds: Some(30) });
//! let yahoo_url = market.url();
//! # }
//! ```

pub mod faults;
pub mod market;

mod config;
mod control;
mod error_pages;
mod exchange;
mod received;
mod routes;
mod serve;
mod stand_in;
mod wire;

pub use config::{Config, SimConfig};
pub use exchange::Exchange;
pub use faults::{Fault, Faults, Upstream};
pub use received::{Received, ReceivedLog};
pub use serve::run;
pub use stand_in::{RefusingPort, StandInMarket};

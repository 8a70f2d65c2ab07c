//! The stand-in market: speaks the wire formats of Yahoo's chart API, EODHD's two sentiment endpoints and Google
//! Trends, from a made-up market or a replayed one, with faults on demand.
//!
//! Predict-service cannot tell it from the real hosts but by its address, so there is one code path for play, test
//! and life. Three layers that do not know each other: `market` (what is true), `wire` (how each upstream says it)
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
mod received;
mod serve;
mod stand_in;
mod wire;

pub use config::{Config, SimConfig};
pub use faults::{Fault, Faults, Upstream};
pub use received::{Received, ReceivedLog};
pub use serve::{Exchange, run};
pub use stand_in::{RefusingPort, StandInMarket};

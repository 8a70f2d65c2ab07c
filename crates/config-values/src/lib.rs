//! Types and parsers for configuration values.
//!
//! A value that cannot work is rejected while the configuration is read, so `--check-config` and the start of a
//! service always agree. Every error reads on from `NAME is "value"; `, which whoever prints it puts in front.

mod http_url;
mod numbers;

pub use http_url::{HttpUrl, InvalidUrl};
pub use numbers::{count, milliseconds, seconds};

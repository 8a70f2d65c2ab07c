//! Types and parsers for configuration values.
//!
//! A value that cannot work is rejected while the configuration is read, so `--check-config` and the start of a
//! service always agree. Every error continues `NAME is "value"; `, which the caller prints before it.

mod http_url;
mod numbers;

pub use http_url::{HttpUrl, InvalidUrl};
pub use numbers::{count, milliseconds, seconds};

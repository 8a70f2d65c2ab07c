//! Asks a running predict-service and plot-service: what the terminal and the assistants' server share.
//!
//! Answers are checked here, so that callers can rely on sessions, levels and prices being there.

mod client;
mod error;

pub use client::ForecastClient;
pub use error::{ClientError, Service};

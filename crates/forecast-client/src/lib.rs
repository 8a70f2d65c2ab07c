//! A client of predict-service and plot-service, shared by the terminal commands, the MCP server and nightly runs.
//!
//! Responses are checked here, so callers can rely on complete sessions, levels and prices.

mod client;
mod error;

pub use client::ForecastClient;
pub use error::{ClientError, Service};

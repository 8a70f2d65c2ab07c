//! Serves forecasts to assistants over the Model Context Protocol.
//!
//! An assistant repeats what a tool tells it, so every answer about a stock carries ranges, how often such ranges have
//! held, the state of every source, and the notice that it is not advice. No answer names a single price for a coming
//! day. Names come from the stock list; text of other hosts is never passed on.

mod answer;
mod chance;
mod compare;
mod error;
mod forecast;
mod search;
mod serve;
mod server;
mod track_record;

pub use error::ServeError;
pub use serve::{serve_http, serve_stdio};
pub use server::ForecastServer;

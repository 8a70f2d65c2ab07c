//! What all Fortnight services share: configuration, clock, logs, metrics, health, limits, extractors, start and stop.
//!
//! A service implements [`program::ServiceConfig`], builds an [`axum::Router`], wraps it with
//! [`http_stack::with_http_stack`] and passes it to [`serve::serve`]. The caller owns the socket and the shutdown
//! token, so a test binds port 0 and runs the same service. This crate knows nothing about stocks, forecasts or charts,
//! and has no outgoing HTTP client.

pub mod client_rate;
pub mod clock;
pub mod command_line;
pub mod env_file;
pub mod extract;
pub mod health;
pub mod http_stack;
pub mod log_filter;
pub mod metrics;
pub mod program;
pub mod request_context;
pub mod serve;
pub mod shutdown;
pub mod single_flight;
pub mod telemetry;
pub mod workers;

mod access;
mod connection;
mod log_json;
mod tracing_export;

pub use clock::Clock;
pub use request_context::RequestContext;

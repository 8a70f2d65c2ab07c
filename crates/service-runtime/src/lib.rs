//! What every Fortnight service starts with: the clock, logs, health, limits, extractors, start and stop.
//!
//! A service builds its own [`axum::Router`], wraps it with [`http_stack::with_http_stack`] and hands it to
//! [`serve::serve`]. The caller owns the socket and the shutdown token, so a test binds port 0 and runs the very
//! same service. There is deliberately nothing here about stocks, forecasts or charts, and no outgoing HTTP client.

pub mod client_rate;
pub mod clock;
pub mod command_line;
pub mod extract;
pub mod health;
pub mod http_stack;
pub mod metrics;
pub mod request_context;
pub mod serve;
pub mod shutdown;
pub mod single_flight;
pub mod telemetry;
pub mod workers;

mod access;
mod log_json;
mod tracing_export;

pub use clock::Clock;
pub use request_context::RequestContext;

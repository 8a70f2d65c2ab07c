//! The whole service on a port of its own, against the stand-in market.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bulk_prices;
mod chance;
mod economy;
mod events;
mod fault_matrix;
mod helpers;
mod log_levels;
mod logged;
mod model;
mod persistence;
mod predict;
mod providers;
mod redis_server;
mod reports;
mod secrets;
mod track_record;

//! The whole service on a port of its own, against the stand-in market.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod economy;
mod fault_matrix;
mod helpers;
mod logged;
mod persistence;
mod predict;
mod progress;
mod redis_server;
mod secrets;
mod track_record;

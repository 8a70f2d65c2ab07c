//! The service as clients use it.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

#[path = "../../samples/mod.rs"]
mod samples;

mod compare;
mod plot;
mod service;

//! Nights against a real predict-service and the simulated market, on loopback and at a fixed time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod killed;
mod sealed;
mod world;

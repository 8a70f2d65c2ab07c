//! Nightly runs against a real predict-service and the simulated market, on loopback and at a fixed time.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

#[path = "../../../forecast-store/tests/store/bucket.rs"]
mod bucket;
mod in_bucket;
mod killed;
#[path = "../../../forecast-store/tests/store/python.rs"]
mod python;
mod sealed;
mod world;

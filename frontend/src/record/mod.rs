//! `/record`: everything that was ever forecast for the market, and how it came out.
//!
//! The page leads to the sessions behind each figure, a session to its forecasts, and a forecast to its row in the log.

mod charts;
pub(crate) mod forecast;
mod group;
mod held;
pub(crate) mod page;
mod returns;
pub(crate) mod session;
pub(crate) mod sessions;

pub(crate) use returns::{ReturnScale, Stretch, range};

//! `/record`: every recorded forecast and its outcomes.
//!
//! The page links each figure to its sessions, a session to its forecasts, and a forecast to its entry in the log.

mod charts;
mod coverage;
pub(crate) mod forecast;
mod group;
pub(crate) mod page;
mod returns;
pub(crate) mod session;
pub(crate) mod sessions;

pub(crate) use returns::{ReturnScale, Segment, range};

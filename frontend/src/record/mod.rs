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

pub(crate) use coverage::share;
pub(crate) use returns::{ReturnScale, Segment, range};

use forecast_types::Symbol;

use crate::format;
use crate::state::AppState;

/// Returns the short name of a stock; empty if it is not listed.
fn name(state: &AppState, symbol: &Symbol) -> String {
    let listing = state.stocks.get(symbol);
    listing.map(|listing| format::short_name(&listing.name).to_owned()).unwrap_or_default()
}

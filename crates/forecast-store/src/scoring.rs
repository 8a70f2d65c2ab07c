//! Compares forecasts with outcomes.
//!
//! A forecast is scored once all of its fourteen sessions are over, so each scored forecast counts once at every horizon.
//! Halted sessions count as no change. Forecasts whose stock is delisted within the fourteen sessions, and those with a
//! session that was not recorded, are counted but not scored.

mod figures;
mod outcomes;
mod session;
mod worst;

pub(crate) use outcomes::{ForecastState, HorizonOutcomes, Outcomes, find};
pub(crate) use session::SessionScore;
pub(crate) use worst::Worst;

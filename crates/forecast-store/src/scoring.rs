//! Holds forecasts against what came.
//!
//! A forecast is scored once all of its fourteen sessions are over: the windows of all figures are complete, and each
//! forecast counts once at every horizon. Halted sessions count as no change. A forecast whose stock is delisted on the
//! way is not scored, nor is one with a session that was not recorded; both are counted.

mod figures;
mod outcomes;
mod session;
mod worst;

pub(crate) use figures::Figures;
pub(crate) use outcomes::{Ahead, Course, Outcomes, find};
pub(crate) use session::SessionScore;
pub(crate) use worst::Worst;

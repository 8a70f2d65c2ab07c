//! How good forecasts were. The evaluation of a model, the track record of a stock and the record of the whole market
//! all judge with this crate, so that their figures mean the same and agree to the last digit.
//!
//! - [`loss`]: the loss that forecasts are judged by, and the simple forecasters to beat.
//! - [`Recorded`]: a forecast rounded to the integers in which it is recorded.
//! - [`Tally`]: sums over forecasts: loss, coverage by horizon, shares between the levels.
//! - [`bootstrap`]: intervals from blocks of dates.

pub mod bootstrap;
pub mod loss;
mod recorded;
mod tally;
mod thirds;

pub use recorded::{Outcome, Recorded, SIGMA_SCALE, log_price, simple_return};
pub use tally::Tally;
pub use thirds::Thirds;

use forecast_types::Level;

/// Quantile levels of a forecast.
const LEVELS: usize = Level::ALL.len();

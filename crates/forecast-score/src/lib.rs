//! Scores forecasts against outcomes. The evaluation of a model, the track record of a stock and the record of the whole
//! market all use this crate, so their figures mean the same and agree to the last digit.
//!
//! - [`loss`]: the loss that forecasts are scored by, and the baselines to beat.
//! - [`RecordedForecast`]: a forecast rounded to the integers in which it is recorded.
//! - [`Tally`]: sums over forecasts: loss, coverage by horizon, shares between levels.
//! - [`bootstrap`]: confidence intervals from blocks of dates.

pub mod bootstrap;
pub mod loss;
mod recorded;
mod tally;
mod thirds;

pub use recorded::{Outcome, RecordedForecast, SIGMA_SCALE, log_price, simple_return};
pub use tally::Tally;
pub use thirds::Thirds;

use forecast_types::Level;

/// Quantile levels of a forecast.
const LEVELS: usize = Level::ALL.len();

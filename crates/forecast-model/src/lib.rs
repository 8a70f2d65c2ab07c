//! Raw series in, quantiles of the next fourteen sessions out.
//!
//! [`FeatureWindow::build`] turns what the sources delivered into the four tensors the network reads; the same code
//! serves requests and writes the training set. [`Model`] loads an ONNX file, checks that it speaks the same feature
//! version, and answers [`ReturnQuantiles`], which [`ReturnQuantiles::prices`] turns into prices.
//!
//! Nothing here knows HTTP, async or the clock, and nothing dated after the origin session can reach the network: the
//! bars after it are not even looked at.
//!
//! ```no_run
//! use forecast_model::{FeatureWindow, Model, RawSeries};
//!
//! # let bars: Vec<forecast_types::DailyBar> = Vec::new();
//! let model = Model::load("models/fortnight.onnx".as_ref())?;
//! let series = RawSeries::of_bars(&bars);
//! let window = FeatureWindow::build(&series, bars.len() - 1)?;
//! let returns = model.forecast(&[window])?;
//! let prices = returns[0].prices(bars.last().expect("a window has bars").close);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ahead;
mod earnings_cycle;
mod lstm;
mod manifest;
mod model;
mod recurrence;
mod reports;
mod returns;
mod sentiments;
mod sessions;
mod statics;
mod window;

pub use earnings_cycle::Estimate;
pub use manifest::{Manifest, ManifestError};
pub use model::{Model, ModelError};
pub use reports::{ReportInput, Reports};
pub use returns::ReturnQuantiles;
pub use sentiments::feature_days;
pub use window::{FeatureError, FeatureWindow, RawSeries, static_names};

pub use forecast_score::loss as score;
pub use forecast_types::{HORIZON, WINDOW};

/// Earlier sessions that may scale the window or give it context.
pub const CONTEXT: usize = 250;
/// Sessions read at most.
pub const SESSIONS: usize = WINDOW + CONTEXT;
/// Quantile levels of the answer.
pub const LEVELS: usize = forecast_types::Level::ALL.len();
/// Values a session has in the tensor `series`.
pub const SERIES_FEATURES: usize = 6;
/// Values a session has in the tensor `sentiments`.
pub const SENTIMENT_FEATURES: usize = 8;
/// Values a coming session has in the tensor `ahead`.
pub const AHEAD_FEATURES: usize = 12;
/// Changes whenever the meaning of a tensor does; a model file made for another version is refused.
pub const FEATURE_VERSION: &str = "2";

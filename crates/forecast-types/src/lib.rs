//! The types the Fortnight services share, and the JSON they exchange.
//!
//! Everything here is plain data: a [`Symbol`] names a security, [`DailyBar`], [`SentimentDay`] and [`SearchDay`] are
//! what the sources deliver, [`Forecast`] is what predict-service answers, [`ChartRequest`] what plot-service
//! draws. There is deliberately no I/O, no async and no HTTP in this crate, so every other crate may depend on it.
//!
//! ```
//! use forecast_types::Symbol;
//!
//! let berkshire = Symbol::parse(" brk/b ")?;
//! assert_eq!(berkshire.as_str(), "BRK.B");
//! # Ok::<(), forecast_types::SymbolError>(())
//! ```

mod basis;
mod chance;
mod chart;
mod comparison;
mod distribution;
mod forecast;
pub mod format;
mod interval;
mod market;
mod model;
mod quantiles;
mod report;
mod series;
mod source;
mod symbol;
pub mod table;
mod track_record;

pub use basis::{Basis, InputDigest, InputDigestError};
pub use chance::{Bound, Chance, ChanceAnswer, Question, QuestionError, Side, asked_price};
pub use chart::{ChartRequest, Coverage, Theme};
pub use comparison::{ComparedStock, ComparisonRequest};
pub use distribution::Outlook;
pub use forecast::{
    Bar, Event, EventKind, FeatureDay, Forecast, ForecastSession, ModelSummary, MovingPrice, ShownDay,
    ShownSeries, Stock,
};
pub use interval::Interval;
pub use market::{Market, UnknownMarket};
pub use model::ModelDescription;
pub use quantiles::{Level, LevelError, Quantiles};
pub use report::{Report, ReportBasis, ReportDate, ReportTime};
pub use series::{CountDay, DailyBar, SearchDay, SentimentDay};
pub use source::{Source, SourceReport, SourceStatus};
pub use symbol::{Symbol, SymbolError};
pub use track_record::{
    CoverageByReport, HeldForecasts, HeldInterval, HorizonError, MedianError, PastForecast, PooledSkill,
    TrackRecord,
};

/// Trading sessions the model reads.
pub const WINDOW: usize = 30;
/// Trading sessions a forecast looks ahead.
pub const HORIZON: usize = 14;

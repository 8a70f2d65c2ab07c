use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Bar, Coverage, ForecastSession, Market, ModelSummary, Stock};

/// How good the model's forecasts for one stock have been: the answer of `GET /track-record`.
///
/// Every forecast in it is remade from what was known on its day, then compared with the outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackRecord {
    /// The stock.
    pub stock: Stock,
    /// Whether the prices are real.
    pub market: Market,
    /// The last settled session.
    pub as_of: Date,
    /// The model.
    pub model: ModelSummary,
    /// How many past days a forecast was remade for.
    pub forecasts: u32,
    /// The first of those days.
    pub first: Date,
    /// The last of those days.
    pub last: Date,
    /// Error of the median over all sessions ahead.
    pub error: MedianError,
    /// The same by sessions ahead, 1 to 14.
    pub by_horizon: Vec<HorizonError>,
    /// Mean pinball loss over that of the simple volatility baseline (`ewma`) on the same days; below 1 is better.
    pub score_ratio: f64,
    /// How often the 50%, 80% and 90% intervals held.
    pub coverage: Vec<HeldInterval>,
    /// The 80% interval of forecasts with and without a quarterly report among their sessions; absent where the dates of
    /// past reports are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_report: Option<CoverageByReport>,
    /// The forecast made fourteen sessions ago, and the outcomes.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub past: Option<PastForecast>,
    /// The same figures over all stocks of the model's test part, if the model file carries them.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub pooled: Option<PooledSkill>,
}

/// Mean absolute error of a median, as a share of the price it was made at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MedianError {
    /// Of the model's median.
    pub model: f64,
    /// Of "no change".
    pub no_change: f64,
    /// The first over the second; below 1 is better than "no change".
    pub ratio: f64,
}

/// The error of the median at one horizon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HorizonError {
    /// Sessions ahead, 1 to 14.
    pub sessions: u32,
    /// The error there.
    #[serde(flatten)]
    pub error: MedianError,
}

/// How often an interval held, with the range that sampling alone would explain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldInterval {
    /// The count.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// Lower and upper end of a 95% interval for `held`, from blocks of dates.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 2, max_items = 2))]
    pub between: (f64, f64),
}

/// How often the 80% interval held with and without a quarterly report among a forecast's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageByReport {
    /// Forecasts in whose sessions the price reacted to a report.
    pub with_report: HeldForecasts,
    /// Forecasts without.
    pub without_report: HeldForecasts,
}

/// How often the 80% interval of some of the forecasts held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldForecasts {
    /// How many forecasts.
    pub forecasts: u32,
    /// How often their interval held; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldInterval>,
}

/// One past forecast beside its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastForecast {
    /// The session it was made after.
    pub as_of: Date,
    /// What it said.
    pub forecast: Vec<ForecastSession>,
    /// What came, same sessions, plus the session it was made after in front.
    pub outcome: Vec<Bar>,
}

/// What the model reached on its test part, over all stocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PooledSkill {
    /// Which data, for people: `1,998 stocks, 2022-05-02 to 2024-03-08`.
    pub data: String,
    /// Score over that of the strongest simple baseline (`blend`); below 1 is better.
    pub score_ratio: f64,
    /// Lower and upper end of its 95% bootstrap interval.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<f64>, min_items = 2, max_items = 2))]
    pub score_between: (f64, f64),
    /// Error of the median over that of "no change".
    pub median_ratio: f64,
    /// How often the 50%, 80% and 90% intervals held.
    pub coverage: Vec<Coverage>,
}

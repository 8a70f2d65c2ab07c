//! The data of the page `/market`: the forecasts made after the last session, and how the stocks moved on it.

pub(crate) mod build;

use forecast_types::{Market, ReportBasis, ReportTime, Symbol};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{ModelVersion, Share};

/// The market after one session. Changes and ranges are simple returns: 0.05 is 5% up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketSummary {
    /// Whether the prices are real.
    pub market: Market,
    /// The session the forecasts were made after.
    pub session: Date,
    /// The last session they reach.
    pub last_ahead: Date,
    /// When the session was sealed.
    pub sealed_at: Timestamp,
    /// The model that made most of them.
    pub model: ModelVersion,
    /// Stocks forecast.
    pub forecasts: u64,
    /// The median of all widths of the 80% range after fourteen sessions.
    pub median_width: f64,
    /// The widest 80% ranges after fourteen sessions, widest first; at most 50.
    pub widest: Vec<RankedRange>,
    /// The narrowest ones, narrowest first; at most 50.
    pub narrowest: Vec<RankedRange>,
    /// Stocks whose close was inside the 80% range that was forecast after the session before, of all that had one.
    /// 80% are promised.
    pub held_today: Share,
    /// How many of the others closed below the range.
    pub left_below: u64,
    /// How many above.
    pub left_above: u64,
    /// The farthest outside first, in widths of the range; at most 50.
    pub left_range: Vec<LeftRange>,
    /// Reports in the next fourteen calendar days that the forecasts know of, by day; days without one are absent.
    pub reports: Vec<ReportDay>,
    /// By sector, in order of name. The last entry, with an empty name, has the stocks without a sector.
    pub sectors: Vec<SectorSummary>,
}

/// A stock with its 80% range after fourteen sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedRange {
    /// The stock.
    pub symbol: Symbol,
    /// Its name.
    pub name: String,
    /// Its sector; perhaps empty.
    pub sector: String,
    /// Lower edge.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// Upper edge.
    pub high: f64,
    /// The session that reacts to a report, 1 to 14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<u8>,
}

impl RankedRange {
    /// Returns how wide the range is.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A stock that closed outside the 80% range that was forecast after the session before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftRange {
    /// The stock.
    pub symbol: Symbol,
    /// Its name.
    pub name: String,
    /// Its sector; perhaps empty.
    pub sector: String,
    /// Its return on the session.
    pub change: f64,
    /// Lower edge of the range.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Whether the forecast knew of a report to which the session would react.
    pub report: bool,
}

/// The reports of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportDay {
    /// The day.
    pub date: Date,
    /// The companies, in order of symbol.
    pub reports: Vec<ReportDue>,
}

/// A coming report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportDue {
    /// The stock.
    pub symbol: Symbol,
    /// Its name.
    pub name: String,
    /// When on its day.
    pub when: ReportTime,
    /// Where the date comes from.
    pub basis: ReportBasis,
    /// The session of the forecast that reacts to it, 1 to 14.
    pub session: u8,
    /// Lower edge of the 80% range for that session.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
}

/// One sector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectorSummary {
    /// Its name; empty for stocks without one.
    pub sector: String,
    /// Stocks forecast.
    pub forecasts: u64,
    /// The median of the widths of their 80% ranges after fourteen sessions.
    pub median_width: f64,
    /// The median of their returns on the session; absent if none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_change: Option<f64>,
    /// Like [`MarketSummary::held_today`].
    pub held_today: Share,
    /// Reports within the next fourteen calendar days.
    pub reports: u64,
    /// The stock with the widest range.
    pub widest: RankedRange,
    /// The stock with the narrowest range.
    pub narrowest: RankedRange,
}

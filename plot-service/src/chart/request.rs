//! What may be drawn, and its limits. A [`Chart`] is only made by checking a request: see `check.rs`.

use forecast_types::{Coverage, Event, Market, Report, Theme};
use jiff::civil::Date;

/// Sessions of history accepted; predict-service sends at most 250.
pub const HISTORY_SESSIONS: std::ops::RangeInclusive<usize> = 2..=1_000;
/// Sessions of forecast accepted.
pub const FORECAST_SESSIONS: std::ops::RangeInclusive<usize> = 1..=60;
/// CSS pixels across.
pub const WIDTH: std::ops::RangeInclusive<u32> = 320..=2_400;
/// CSS pixels down.
pub const HEIGHT: std::ops::RangeInclusive<u32> = 240..=1_600;
/// Image pixels per CSS pixel.
pub const SCALE: std::ops::RangeInclusive<f64> = 1.0..=3.0;
/// Total image pixels: 2,400 × 1,350 at scale 2.
pub const MOST_PIXELS: f64 = 13_000_000.0;
/// The size if the request names none.
pub const DEFAULT_SIZE: (u32, u32) = (1_200, 750);
/// Characters of title or subtitle accepted; text that does not fit the canvas ends in an ellipsis.
pub const LONGEST_TEXT: usize = 2_000;
/// Characters of a symbol accepted.
pub const LONGEST_SYMBOL: usize = 32;
/// Characters of a model's name and version accepted.
pub const LONGEST_MODEL: usize = 200;
/// Splits and dividends accepted.
pub const MOST_EVENTS: usize = 200;
/// Coming reports accepted.
pub const MOST_REPORTS: usize = 10;

/// A chart that can be drawn: every number finite, every date in order, every size in bounds.
#[derive(Clone, Debug)]
pub struct Chart {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) show_title: bool,
    pub(crate) currency: String,
    pub(crate) history: Vec<(Date, f64)>,
    pub(crate) forecast: Fan,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scale: f64,
    pub(crate) theme: Theme,
    pub(crate) market: Option<Market>,
    pub(crate) symbol: Option<String>,
    pub(crate) as_of: Option<Date>,
    pub(crate) model: Option<String>,
    pub(crate) coverage: Option<Coverage>,
    pub(crate) moving: Option<(Date, f64)>,
    pub(crate) events: Vec<Event>,
    pub(crate) reports: Vec<Report>,
    /// Closes on the first sessions of the forecast, as `(session of the forecast, close)`.
    pub(crate) outcome: Vec<(usize, f64)>,
}

/// A forecast as it is drawn: its ranges, widest first.
#[derive(Clone, Debug)]
pub(crate) struct Fan {
    pub(crate) dates: Vec<Date>,
    pub(crate) bands: Vec<Band>,
}

impl Fan {
    /// Returns the place of the 80% range, or of the one closest to it.
    pub(crate) fn main(&self) -> usize {
        let miss = |band: &usize| (self.bands[*band].share - 0.8).abs();
        (0..self.bands.len()).min_by(|a, b| miss(a).total_cmp(&miss(b))).unwrap_or(0)
    }

    pub(crate) fn main_range(&self) -> &Band {
        &self.bands[self.main()]
    }
}

/// One central interval over all sessions.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    /// The share it is meant to hold: 0.9 for the quantiles 0.05 to 0.95.
    pub(crate) share: f64,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

/// What is wrong with a request, field by field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} at {}", faults[0].detail, faults[0].pointer)]
pub struct InvalidChart {
    /// One to ten faults.
    pub faults: Vec<Fault>,
}

/// One invalid field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What the field has and what was expected.
    pub detail: String,
}

impl Chart {
    /// Returns the last settled session and its close.
    pub(crate) fn last_close(&self) -> (Date, f64) {
        *self.history.last().expect("a chart has at least two sessions of history")
    }

    /// Says of each close since the forecast whether it is inside the main range of its day.
    pub(crate) fn hits(&self) -> impl Iterator<Item = bool> {
        let range = self.forecast.main_range();
        self.outcome
            .iter()
            .map(|&(session, close)| (range.low[session]..=range.high[session]).contains(&close))
    }
}

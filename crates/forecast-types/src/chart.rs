use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Bar, Event, ForecastSession, Market, MovingPrice};

/// What plot-service draws: the body of `POST /plot`.
///
/// Only `title`, `currency`, `history` and `forecast` are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartRequest {
    /// The headline, set large.
    pub title: String,
    /// A line below it.
    #[serde(default)]
    pub subtitle: String,
    /// ISO 4217 code of the prices' currency.
    pub currency: String,
    /// Recent sessions, oldest first.
    pub history: Vec<Bar>,
    /// Coming sessions, nearest first.
    pub forecast: Vec<ForecastSession>,
    /// Width in CSS pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in CSS pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Image pixels per CSS pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Colours.
    #[serde(default)]
    pub theme: Theme,
    /// Where the prices come from; anything but `live` is written into the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
    /// The symbol, kept in the image's text metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The day of the forecast, kept in the image's text metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The model's name and version, kept in the image's text metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How often such intervals have held, if it has been measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Today's price where a session is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<MovingPrice>,
    /// Splits and dividends in view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// A forecast made earlier, drawn as a ghost beside what came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<GhostForecast>,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near black.
    Dark,
}

/// How often an interval held in the past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// The interval's promise, for example 0.8.
    pub level: f64,
    /// The share of past outcomes inside it, 0..=1.
    pub held: f64,
    /// How many outcomes were counted.
    pub outcomes: u64,
}

/// A forecast of the past, for comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GhostForecast {
    /// The session it was made after.
    pub as_of: Date,
    /// What it said, nearest session first.
    pub forecast: Vec<ForecastSession>,
}

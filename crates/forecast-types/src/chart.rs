use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Bar, Event, ForecastSession, Market, MovingPrice, Report};

/// What plot-service draws: the body of `POST /plot`.
///
/// Only `title`, `currency`, `history` and `forecast` are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChartRequest {
    /// The headline.
    pub title: String,
    /// A line below it.
    #[serde(default)]
    pub subtitle: String,
    /// Whether title and subtitle are drawn; the image's metadata has them in any case. A page that shows them itself
    /// turns this off.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub show_title: bool,
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
    /// Light or dark colors.
    #[serde(default)]
    pub theme: Theme,
    /// Where the prices come from; a market that is not live is named in the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
    /// The symbol, for the image's metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The day of the forecast, for the image's metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// The model's name and version, for the image's metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How often such ranges have held across all stocks, if it has been measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Today's price while a session is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<MovingPrice>,
    /// Splits and dividends to mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Coming quarterly reports to mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
    /// Closes since the forecast, oldest first: drawn over the ranges, each marked as inside or outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcome: Vec<Bar>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near black.
    Dark,
}

/// How often a range held in the past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// The share the range is meant to hold, for example 0.8.
    pub level: f64,
    /// The share of past closes inside it, 0..=1.
    pub held: f64,
    /// How many closes were counted.
    pub outcomes: u64,
}

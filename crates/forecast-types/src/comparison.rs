use serde::{Deserialize, Serialize};

use crate::{Market, Quantiles, Symbol, Theme};

/// What plot-service draws side by side: the body of `POST /plot/compare`.
///
/// Only `title` and `stocks` are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ComparisonRequest {
    /// The headline.
    pub title: String,
    /// A line below it.
    #[serde(default)]
    pub subtitle: String,
    /// Whether title and subtitle are left out of the drawing; the image's metadata has them in any case.
    #[serde(default)]
    pub hide_title: bool,
    /// The stocks, in the order in which they are drawn.
    pub stocks: Vec<ComparedStock>,
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
}

/// One stock of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ComparedStock {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its name.
    pub name: String,
    /// ISO 4217 code of its currency.
    pub currency: String,
    /// Its last close, which the ranges are compared with.
    pub close: f64,
    /// Prices of the day that is compared.
    pub quantiles: Quantiles,
}

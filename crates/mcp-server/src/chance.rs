use forecast_types::{Forecast, Interval, Question, QuestionError, Side};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Basis, PriceRange, Stock, held, last};
use crate::error::ToolError;

/// Which price, on which side of it, by when
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChanceQuestion {
    /// Symbol in any spelling (AAPL, BRK.B), or the name exactly as listed
    pub(crate) stock: String,
    /// Closes above this price count; give either this or below
    #[serde(default)]
    above: Option<f64>,
    /// Closes below this price count; give either this or above
    #[serde(default)]
    below: Option<f64>,
    /// One of the next fourteen trading days; the last of them if absent
    #[serde(default)]
    pub(crate) by: Option<Date>,
    /// Day on which the forecast is made, such as 2024-02-01; today if absent
    #[serde(default)]
    pub(crate) as_of: Option<Date>,
}

/// The chance in words that say no more than the forecast knows: 23%, under 5%, over 95%
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ChanceAnswer {
    summary: String,
    stock: Stock,
    /// The day asked about
    by: Date,
    /// Chance that this day closes on that side of the price
    on_day: String,
    /// Chance that this day or one before it does
    at_least_once: String,
    /// The range for the close of this day
    range_80: PriceRange,
    basis: Basis,
}

impl ChanceQuestion {
    /// The side and the price.
    pub(crate) fn side(&self) -> Result<(Side, f64), ToolError> {
        match (self.above, self.below) {
            (Some(price), None) => Ok((Side::Above, checked(Side::Above, price)?)),
            (None, Some(price)) => Ok((Side::Below, checked(Side::Below, price)?)),
            _ => Err(ToolError::Sides),
        }
    }
}

fn checked(side: Side, price: f64) -> Result<f64, QuestionError> {
    let fits = price.is_finite() && price > 0.0;
    fits.then_some(price).ok_or_else(|| QuestionError::NotAPrice { side, given: price.to_string() })
}

impl ChanceAnswer {
    pub(crate) fn of(
        (side, price): (Side, f64),
        by: Option<Date>,
        forecast: &Forecast,
    ) -> Result<Self, QuestionError> {
        let end = last(forecast).ok_or(QuestionError::NoRanges)?;
        let by = by.unwrap_or(end.date);
        let answer = Question { side, price, by }.answer(forecast)?;
        let session = forecast.forecast.iter().find(|session| session.date == by).unwrap_or(end);
        let range_80 = PriceRange::of(session, Interval::P80);
        let range = range_80.words(&forecast.stock.currency);
        Ok(Self {
            summary: format!("{} The 80% range of that day is {range}. {}", answer.words, held(forecast)),
            stock: Stock::of(forecast),
            by,
            on_day: answer.on_day.words,
            at_least_once: answer.at_least_once.words,
            range_80,
            basis: Basis::of(forecast),
        })
    }
}

//! Daily prices from Yahoo's chart API or from EODHD's bulk API.

mod answer;
mod bars;
mod bulk;
mod finish;
mod losses;
mod placeholders;
mod repair;
mod scale;
mod sessions;
mod yahoo;

use forecast_types::{DailyBar, Event, MovingPrice, Symbol};
use serde::{Deserialize, Serialize};

use crate::{Days, Moment, Provider, Providers, SourceError, StockDays, Values};

pub use answer::parse;
pub use bulk::BulkPrices;
pub use yahoo::YahooPrices;

/// The prices of one stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceSeries {
    /// Who served them.
    pub provider: Provider,
    /// Settled sessions, oldest first, one each; prices adjusted for splits.
    pub bars: Vec<DailyBar>,
    /// The latest price of a session under way.
    pub moving: Option<MovingPrice>,
    /// Splits and dividends among the bars' days, oldest first.
    pub events: Vec<Event>,
    /// ISO 4217 code of the prices' currency.
    pub currency: String,
    /// Whether it is an exchange-traded fund.
    #[serde(default)]
    pub is_fund: bool,
    /// What is missing or had to be corrected, for people; `None` where nothing was.
    pub partial_reason: Option<String>,
    /// Whether the newest settled session is missing, so that it is worth asking again soon.
    pub newest_is_pending: bool,
}

/// The providers of prices in the order in which they are asked.
#[derive(Debug)]
pub struct Prices(Providers<PriceSeries>);

impl Prices {
    pub(crate) fn new(providers: Providers<PriceSeries>) -> Self {
        Self(providers)
    }

    /// Returns the settled bars of some days from the first provider that has them.
    ///
    /// # Errors
    /// Why each of them has none.
    pub async fn fetch(
        &self,
        symbol: &Symbol,
        days: Days,
        moment: Moment,
    ) -> Result<PriceSeries, SourceError> {
        let wanted = StockDays { symbol: symbol.clone(), cik: None, days };
        let provided = self.0.ask(&wanted, moment).await.map_err(|error| match self.0.only() {
            // The error of a list says whose it is; Yahoo's needs no such hint.
            Some(only) if only != Provider::Yahoo => SourceError::NoProvider([(only, error)].into()),
            _ => error,
        })?;
        match provided.values {
            Values::Trained(series) => Ok(series),
            // No provider of prices has counts.
            Values::Shown(_) => Err(SourceError::NoData),
        }
    }
}

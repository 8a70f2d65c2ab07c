use std::path::PathBuf;

use clap::Args;
use forecast_types::Side;
use jiff::civil::Date;

use crate::services::ServiceArgs;

/// Which forecasts, and how to show them.
#[derive(Clone, Debug, Args)]
pub struct ForecastArgs {
    /// Symbols in any spelling, or names exactly as listed
    #[arg(required = true, value_name = "STOCK")]
    pub(super) stocks: Vec<String>,
    /// The forecast made on this day, as in `2024-02-01`; nothing dated later is used
    #[arg(long, value_name = "DATE")]
    pub(super) as_of: Option<Date>,
    /// Also the chance of a close above this price
    #[arg(long, value_name = "PRICE", value_parser = price, conflicts_with_all = ["json", "csv"])]
    above: Option<f64>,
    /// Also the chance of a close below this price
    #[arg(long, value_name = "PRICE", value_parser = price, conflicts_with_all = ["above", "json", "csv"])]
    below: Option<f64>,
    /// Print the answers of predict-service, one a line
    #[arg(long)]
    json: bool,
    /// Print a table for spreadsheets
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Also write the chart of the stock to this file
    #[arg(long, value_name = "FILE")]
    pub(super) png: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
}

/// A price, and the side of it on which a close counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limit {
    pub(super) side: Side,
    pub(super) price: f64,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Table,
    Json,
    Csv,
}

impl ForecastArgs {
    /// The price to tell the chance for.
    pub(super) fn limit(&self) -> Option<Limit> {
        let above = self.above.map(|price| Limit { side: Side::Above, price });
        above.or_else(|| self.below.map(|price| Limit { side: Side::Below, price }))
    }

    pub(super) fn output(&self) -> Output {
        match (self.json, self.csv) {
            (true, _) => Output::Json,
            (_, true) => Output::Csv,
            _ => Output::Table,
        }
    }
}

fn price(text: &str) -> Result<f64, &'static str> {
    let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price > 0.0);
    price.ok_or("expected a positive number such as 920")
}

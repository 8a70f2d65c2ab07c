use std::cmp::Ordering;

use forecast_types::{Forecast, Interval, format};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Basis, NOTICE, PriceRange, Stock, last};

/// Stocks that can be compared at once.
pub(crate) const COUNT: std::ops::RangeInclusive<usize> = 2..=8;

/// Which stocks to compare
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareQuestion {
    /// 2 to 8 symbols, or names exactly as listed
    #[schemars(length(min = 2, max = 8))]
    pub(crate) stocks: Vec<String>,
    /// Day on which the forecasts are made, such as 2024-02-01; today if absent
    #[serde(default)]
    pub(crate) as_of: Option<Date>,
}

/// Stocks by the width of their range, narrowest first
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CompareAnswer {
    summary: String,
    stocks: Vec<Compared>,
    notice: &'static str,
}

/// One of the stocks
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Compared {
    stock: Stock,
    /// Fourteen trading days ahead
    date: Option<Date>,
    range_80: PriceRange,
    /// Lower end of that range as a change from the last close, such as -0.12
    low_change: f64,
    /// Upper end of that range as a change from the last close
    high_change: f64,
    basis: Basis,
}

impl CompareAnswer {
    pub(crate) fn of(forecasts: &[Forecast]) -> Self {
        let mut stocks: Vec<Compared> = forecasts.iter().filter_map(Compared::of).collect();
        stocks.sort_by(|a, b| a.width().partial_cmp(&b.width()).unwrap_or(Ordering::Equal));
        let ranges: Vec<String> = stocks.iter().map(Compared::words).collect();
        let summary = format!(
            "80% ranges fourteen trading days ahead, as changes from the last close, narrowest first: {}. A wider \
             range means that less is known, not that more can be gained.",
            ranges.join("; ")
        );
        Self { summary, stocks, notice: NOTICE }
    }
}

impl Compared {
    fn of(forecast: &Forecast) -> Option<Self> {
        let (end, close) = (last(forecast)?, forecast.history.last()?.close);
        let range_80 = PriceRange::of(end, Interval::P80);
        let change = |price: f64| ((price / close - 1.0) * 10_000.0).round() / 10_000.0;
        Some(Self {
            stock: Stock::of(forecast),
            date: Some(end.date),
            range_80,
            low_change: change(range_80.low),
            high_change: change(range_80.high),
            basis: Basis::of(forecast),
        })
    }

    fn width(&self) -> f64 {
        self.high_change - self.low_change
    }

    fn words(&self) -> String {
        format!(
            "{} {} to {}",
            self.stock.symbol,
            format::signed_percent(self.low_change),
            format::signed_percent(self.high_change)
        )
    }
}

use forecast_types::{Forecast, Interval, table};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Basis, PriceRange, Stock, summary};

/// Which forecast
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockQuestion {
    /// Symbol in any spelling (AAPL, BRK.B), or the name exactly as listed
    pub(crate) stock: String,
    /// Day on which the forecast is made, such as 2024-02-01; today if absent
    #[serde(default)]
    pub(crate) as_of: Option<Date>,
}

/// A forecast as ranges
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ForecastAnswer {
    summary: String,
    stock: Stock,
    last_close: LastClose,
    /// The next fourteen trading days, nearest first
    days: Vec<DayRanges>,
    /// The company's next quarterly report, which often moves the price most
    report: Option<NextReport>,
    basis: Basis,
}

/// A coming quarterly report
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct NextReport {
    date: Date,
    /// announced, or estimated from earlier reports
    basis: &'static str,
}

/// The close that the forecast starts from
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct LastClose {
    date: Option<Date>,
    price: Option<f64>,
}

/// The ranges of one coming trading day
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct DayRanges {
    date: Date,
    range_50: PriceRange,
    range_80: PriceRange,
    range_90: PriceRange,
}

impl ForecastAnswer {
    pub(crate) fn of(forecast: &Forecast) -> Self {
        let last = forecast.history.last();
        let days = forecast.forecast.iter().map(|session| DayRanges {
            date: session.date,
            range_50: PriceRange::of(session, Interval::P50),
            range_80: PriceRange::of(session, Interval::P80),
            range_90: PriceRange::of(session, Interval::P90),
        });
        Self {
            summary: summary(forecast),
            stock: Stock::of(forecast),
            last_close: LastClose {
                date: last.map(|bar| bar.date),
                price: last.map(|bar| table::rounded(bar.close)),
            },
            days: days.collect(),
            report: forecast
                .report
                .map(|report| NextReport { date: report.date, basis: report.basis.as_str() }),
            basis: Basis::of(forecast),
        }
    }
}

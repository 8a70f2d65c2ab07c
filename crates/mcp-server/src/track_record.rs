use forecast_types::{Forecast, Interval, TrackRecord, format};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{Basis, PriceRange, Stock, last};

/// How good past forecasts for a stock have been
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TrackRecordAnswer {
    summary: String,
    stock: Stock,
    /// Past days for which a forecast was remade from what was known then
    #[schemars(with = "i64")]
    forecasts: u32,
    first: Date,
    last: Date,
    /// How often the ranges held for this stock
    held: Vec<Held>,
    /// Error of the ranges over that of a simple volatility forecast on the same days; below 1 is better
    score_ratio: f64,
    /// Today's 80% range fourteen trading days ahead
    range_80: Option<PriceRange>,
    basis: Basis,
}

/// How often one kind of range held for this stock
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Held {
    /// Share of closes the range is meant to hold
    meant: f64,
    /// Share of closes it held
    held: f64,
    /// 95% interval of that share: what chance alone explains
    between: [f64; 2],
    /// Closes counted
    #[schemars(with = "i64")]
    closes: u64,
}

impl TrackRecordAnswer {
    pub(crate) fn of(record: &TrackRecord, forecast: &Forecast) -> Self {
        let held = record.coverage.iter().map(|held| Held {
            meant: held.coverage.level,
            held: held.coverage.held,
            between: [held.between.0, held.between.1],
            closes: held.coverage.outcomes,
        });
        Self {
            summary: summary(record),
            stock: Stock::of(forecast),
            forecasts: record.forecasts,
            first: record.first,
            last: record.last,
            held: held.collect(),
            score_ratio: record.score_ratio,
            range_80: last(forecast).map(|session| PriceRange::of(session, Interval::P80)),
            basis: Basis::of(forecast),
        }
    }
}

fn summary(record: &TrackRecord) -> String {
    let held = record.coverage.iter().find(|held| Interval::P80.is_measured_by(&held.coverage));
    let held = held.map_or_else(String::new, |held| {
        format!(
            " The 80% range held {} of {} closes.",
            format::percent_with(held.coverage.held, 1),
            format::count(held.coverage.outcomes)
        )
    });
    format!(
        "{} forecasts for {} between {} and {} were remade and compared with what happened.{held}",
        format::count(record.forecasts.into()),
        record.stock.symbol,
        format::full_day(record.first),
        format::full_day(record.last)
    )
}

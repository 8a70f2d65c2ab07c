//! What answers have in common. Counts are described as `i64`, as the validators of assistants do not know the formats of
//! unsigned integers.

use forecast_types::{Forecast, ForecastSession, Interval, Market, SourceStatus, format, table};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const NOTICE: &str = "Not investment advice. Nobody can know tomorrow's price; always tell the range and \
                                 how often such ranges have held, never a single price.";

/// A listed stock.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Stock {
    pub(crate) symbol: String,
    pub(crate) name: String,
    /// ISO 4217 code of the currency of all its prices
    pub(crate) currency: String,
}

/// The prices between which the close stays with the probability in its name
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct PriceRange {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The evidence behind an answer; report it with every figure
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Basis {
    /// Whether the prices are real
    pub(crate) market: &'static str,
    /// Last trading day the forecast knows
    pub(crate) as_of: Date,
    /// How often past ranges held, over all stocks of a test the model had not seen
    pub(crate) measured: Vec<Measured>,
    /// The data of that test
    pub(crate) measured_on: Option<String>,
    /// What the forecast was made from
    pub(crate) sources: Vec<SourceState>,
    pub(crate) notice: &'static str,
}

/// How often one kind of range held
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Measured {
    /// Share of closes the range is meant to hold, such as 0.8
    pub(crate) meant: f64,
    /// Share of closes it held
    pub(crate) held: f64,
    /// Closes counted
    #[schemars(with = "i64")]
    pub(crate) closes: u64,
}

/// The state of one source
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SourceState {
    pub(crate) source: &'static str,
    /// ok, partial or missing
    pub(crate) status: &'static str,
    /// Whether the model read it; other data is shown, not used
    pub(crate) used: bool,
    /// Days with a value
    #[schemars(with = "i64")]
    pub(crate) days: u32,
    /// Last day with a value
    pub(crate) last: Option<Date>,
}

impl Stock {
    pub(crate) fn of(forecast: &Forecast) -> Self {
        let stock = &forecast.stock;
        Self { symbol: stock.symbol.to_string(), name: stock.name.clone(), currency: stock.currency.clone() }
    }
}

impl PriceRange {
    pub(crate) fn of(session: &ForecastSession, interval: Interval) -> Self {
        let (low, high) = interval.prices(&session.quantiles).unwrap_or_default();
        Self { low: table::rounded(low), high: table::rounded(high) }
    }

    /// Writes the range as people say it: `$131 to $179`.
    pub(crate) fn words(self, currency: &str) -> String {
        format!("{} to {}", format::price(self.low, currency), format::price(self.high, currency))
    }
}

impl Basis {
    pub(crate) fn of(forecast: &Forecast) -> Self {
        let coverage = forecast.pooled.iter().flat_map(|pooled| &pooled.coverage);
        Self {
            market: match forecast.market {
                Market::Live => "real prices",
                Market::Simulated => "simulated: these prices are made up",
                Market::Replay => "replay of real past prices",
            },
            as_of: forecast.as_of,
            measured: coverage
                .map(|coverage| Measured {
                    meant: coverage.level,
                    held: coverage.held,
                    closes: coverage.outcomes,
                })
                .collect(),
            measured_on: forecast.pooled.as_ref().map(|pooled| pooled.data.clone()),
            sources: forecast
                .sources
                .iter()
                .map(|report| SourceState {
                    source: report.source.as_str(),
                    status: match report.status {
                        SourceStatus::Ok => "ok",
                        SourceStatus::Partial => "partial",
                        SourceStatus::Missing => "missing",
                    },
                    used: report.as_read() != SourceStatus::Missing,
                    days: report.days,
                    last: report.last,
                })
                .collect(),
            notice: NOTICE,
        }
    }
}

/// One sentence about the last day of a forecast, with how often such ranges have held.
pub(crate) fn summary(forecast: &Forecast) -> String {
    let (stock, currency) = (&forecast.stock, &forecast.stock.currency);
    let close = forecast.history.last().map(|bar| {
        format!(
            "{} closed at {} on {}. ",
            stock.symbol,
            format::price(bar.close, currency),
            format::full_day(bar.date)
        )
    });
    let range = last(forecast).map(|session| {
        let range = PriceRange::of(session, Interval::P80).words(currency);
        format!("Its 80% range for the close of {} is {range}. ", format::full_day(session.date))
    });
    close.unwrap_or_default() + &range.unwrap_or_default() + &held(forecast)
}

/// The last session of a forecast.
pub(crate) fn last(forecast: &Forecast) -> Option<&ForecastSession> {
    forecast.forecast.last()
}

/// Says how often 80% ranges have held, and that prices are simulated where they are.
pub(crate) fn held(forecast: &Forecast) -> String {
    let coverage = forecast.pooled.iter().flat_map(|pooled| &pooled.coverage);
    let simulated = if forecast.market == Market::Simulated { " The prices are simulated." } else { "" };
    match coverage.copied().find(|coverage| Interval::P80.is_measured_by(coverage)) {
        Some(coverage) => format!(
            "On past data, 80% ranges held {} of {} closes.{simulated}",
            format::percent_with(coverage.held, 1),
            format::count(coverage.outcomes)
        ),
        None => format!("How often such ranges have held has not been measured.{simulated}"),
    }
}

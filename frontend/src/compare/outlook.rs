//! One stock on one coming trading day, in a few figures.

use forecast_types::{Forecast, ForecastSession, Interval};
use jiff::civil::Date;
use stock_list::Listing;

use crate::format;

/// Closes in a sparkline.
const SPARK_SESSIONS: usize = 30;
/// Size of a sparkline in its own units.
const SPARK: (f64, f64) = (100.0, 30.0);

/// What a row says about a stock; every text as people read it.
pub(super) struct Outlook {
    pub(super) symbol: String,
    pub(super) name: String,
    pub(super) day: Date,
    pub(super) last_close: String,
    /// Change of the last close from the one before; empty where there is only one.
    pub(super) change_words: String,
    pub(super) change: f64,
    /// Prices of the 80% range: `$768–$968`.
    pub(super) prices: String,
    /// The 50%, 80% and 90% range as changes: `−10.2% to +13.1%`.
    pub(super) changes: [String; 3],
    /// Half the width of the 80% range, as a share of the last close.
    pub(super) spread: f64,
    pub(super) spread_words: String,
    pub(super) bars: Bars,
    /// The recent closes as the points of a line.
    pub(super) spark: String,
}

/// The ranges as marks in percent of the last close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bars {
    pub(super) half: Mark,
    pub(super) eighty: Mark,
    pub(super) ninety: Mark,
}

/// A stretch on the scale of percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) x: f64,
    pub(super) width: f64,
}

impl Outlook {
    /// Returns what the forecast says of a trading day, counted from 1.
    pub(super) fn new(listing: &Listing, forecast: &Forecast, session: usize) -> Self {
        let day = session_of(forecast, session);
        let last = forecast.history.last().expect("the client refuses a forecast without history").close;
        let currency = forecast.stock.currency.as_str();
        let change = match forecast.history.as_slice() {
            [.., before, last] if before.close > 0.0 => Some(last.close / before.close - 1.0),
            _ => None,
        };
        let percent = |interval: Interval| {
            let (low, high) = interval.prices(&day.quantiles).unwrap_or((last, last));
            (low / last - 1.0, high / last - 1.0)
        };
        let mark = |interval: Interval| {
            let (low, high) = percent(interval);
            Mark { x: tenths(low * 100.0), width: tenths((high - low) * 100.0) }
        };
        let words = |interval: Interval| {
            let (low, high) = percent(interval);
            format!("{} to {}", format::signed_percent(low), format::signed_percent(high))
        };
        let (low, high) = percent(Interval::P80);
        let spread = (high - low) / 2.0;
        let ends = format::price_range(&day.quantiles, Interval::P80, currency).unwrap_or_default();
        Self {
            symbol: listing.symbol.to_string(),
            name: format::short_name(&listing.name).to_owned(),
            day: day.date,
            last_close: format::price(last, currency),
            change_words: change.map(format::signed_percent).unwrap_or_default(),
            change: change.unwrap_or_default(),
            prices: format!("{}–{}", ends.0, ends.1),
            changes: Interval::ALL.map(words),
            spread,
            spread_words: format!("±{}", format::percent_with(spread, 1)),
            bars: Bars {
                half: mark(Interval::P50),
                eighty: mark(Interval::P80),
                ninety: mark(Interval::P90),
            },
            spark: spark(forecast),
        }
    }
}

/// Returns a coming session, counted from 1.
pub(super) fn session_of(forecast: &Forecast, session: usize) -> &ForecastSession {
    let last = forecast.forecast.len().saturating_sub(1);
    &forecast.forecast[session.saturating_sub(1).min(last)]
}

fn spark(forecast: &Forecast) -> String {
    let from = forecast.history.len().saturating_sub(SPARK_SESSIONS);
    let closes: Vec<f64> = forecast.history[from..].iter().map(|bar| bar.close).collect();
    let low = closes.iter().copied().fold(f64::INFINITY, f64::min);
    let high = closes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = if high > low { high - low } else { 1.0 };
    let step = SPARK.0 / (closes.len().max(2) - 1) as f64;
    let point = |(at, close): (usize, &f64)| {
        // Room for the stroke at both edges.
        let y = 2.0 + (SPARK.1 - 4.0) * (high - close) / height;
        format!("{} {}", tenths(at as f64 * step), tenths(y))
    };
    closes.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

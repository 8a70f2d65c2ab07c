//! The addresses and descriptions of the pictures in the page.

use exchange_calendar::sessions_between;
use forecast_types::{Forecast, HORIZON, Interval, Theme};
use jiff::civil::Date;

use super::cache::HISTORY;
use super::headline::{end, midpoint};
use super::links::{View, address, path, theme_word};
use crate::caching::content_hash;
use crate::format;

/// The chart in the sizes and themes a reader may need.
pub(crate) struct Chart {
    pub(crate) alt: String,
    pub(crate) wide_light: String,
    pub(crate) wide_dark: String,
    pub(crate) medium_light: String,
    pub(crate) medium_dark: String,
    pub(crate) narrow_light: String,
    pub(crate) narrow_dark: String,
}

/// A picture further down the page, light and dark.
pub(crate) struct Picture {
    pub(crate) light: String,
    pub(crate) dark: String,
    pub(crate) caption: String,
}

/// Size of the chart on a desktop, a tablet and a phone, in CSS pixels.
const WIDE: (u32, u32) = (1040, 520);
const MEDIUM: (u32, u32) = (720, 480);
const NARROW: (u32, u32) = (400, 400);
/// Size of the pictures further down.
const SMALL: (u32, u32) = (1040, 420);

impl Chart {
    pub(super) fn of(forecast: &Forecast, view: View) -> Self {
        // The address changes with the numbers, so a cached picture never contradicts the table below it.
        let version = version(forecast);
        let address = |(width, height): (u32, u32), theme: Theme| {
            let pairs = [
                ("as_of", forecast.as_of.to_string()),
                ("range", view.range.to_string()),
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("theme", theme_word(view.theme.unwrap_or(theme)).to_owned()),
                ("title", "off".to_owned()),
                ("v", version.clone()),
            ];
            address(&path(&forecast.stock.symbol, "plot.png"), pairs)
        };
        Self {
            alt: alt_text(forecast, view.range),
            wide_light: address(WIDE, Theme::Light),
            wide_dark: address(WIDE, Theme::Dark),
            medium_light: address(MEDIUM, Theme::Light),
            medium_dark: address(MEDIUM, Theme::Dark),
            narrow_light: address(NARROW, Theme::Light),
            narrow_dark: address(NARROW, Theme::Dark),
        }
    }
}

impl Picture {
    /// A picture under a stock's page, as of a day.
    pub(super) fn new(forecast: &Forecast, name: &str, view: View, caption: String) -> Self {
        let address = |theme: Theme| {
            let (width, height) = SMALL;
            let view = View { theme: Some(view.theme.unwrap_or(theme)), ..view };
            let size = [("width", width.to_string()), ("height", height.to_string())];
            view.file(&forecast.stock.symbol, name, size)
        };
        Self { light: address(Theme::Light), dark: address(Theme::Dark), caption }
    }

    /// What happened after a forecast of the past; only where some days have passed since, and not so many that
    /// today's history leaves them out.
    pub(super) fn outcome(forecast: &Forecast, view: View, newest: Date) -> Option<Self> {
        let since = sessions_between(forecast.as_of, newest).len().saturating_sub(1);
        let in_history = usize::from(HISTORY).saturating_sub(HORIZON);
        view.as_of.filter(|_| (1..in_history).contains(&since))?;
        let closes = format::plural(u64::try_from(since).unwrap_or_default(), "close");
        let caption =
            format!("The forecast made after {}, and the {closes} since.", format::full_day(forecast.as_of));
        Some(Self::new(forecast, "outcome.png", view, caption))
    }
}

/// Returns a short name of a forecast's numbers.
fn version(forecast: &Forecast) -> String {
    let numbers = serde_json::to_vec(&(&forecast.history, &forecast.forecast, &forecast.model))
        .expect("a forecast that was read from JSON can be written as JSON");
    content_hash(&numbers)
}

fn alt_text(forecast: &Forecast, range: u16) -> String {
    let currency = forecast.stock.currency.as_str();
    let shown = forecast.history.len().min(usize::from(range));
    let history = &forecast.history[forecast.history.len() - shown..];
    let (first, last) = (&history[0], &history[shown - 1]);
    let end = end(forecast);
    let (low, high) = format::price_range(&end.quantiles, Interval::P80, currency).unwrap_or_default();
    format!(
        "Chart: {} closed at {} on {} and at {} on {}. From there the ranges widen over {} trading days; on {} \
         the 80% range is {low} to {high}, with its midpoint at {}.",
        forecast.stock.symbol,
        format::price(first.close, currency),
        format::day(first.date),
        format::price(last.close, currency),
        format::day(last.date),
        forecast.forecast.len(),
        format::day(end.date),
        format::round_price(midpoint(end), currency),
    )
}

//! The sentences a chart tells: footer, description for screen readers, notes in the file.

use forecast_types::{Market, format};

use crate::chart::layout::date_axis::day;
use crate::chart::request::Chart;

/// What stands at the foot of every chart.
const NOT_ADVICE: &str = "A forecast is a range of outcomes, not advice.";

/// Returns the footer: how often the bands have held, where it is known, what a forecast is, and what is gray where
/// the drawing has no room to say so.
pub(crate) fn footer(chart: &Chart, explain_ghost: bool) -> String {
    let ghost = match &chart.past {
        Some((as_of, _)) if explain_ghost => format!("Gray: the forecast of {}. ", day(*as_of, false)),
        _ => String::new(),
    };
    ghost + &coverage(chart)
}

fn coverage(chart: &Chart) -> String {
    match chart.coverage {
        Some(coverage) => format!(
            "The {} band held {} of {} past outcomes. {NOT_ADVICE}",
            format::level(coverage.level),
            format::percent_with(coverage.held, 1),
            format::count(coverage.outcomes),
        ),
        None => NOT_ADVICE.to_owned(),
    }
}

/// Returns the chart in words.
pub(crate) fn description(chart: &Chart) -> String {
    let price = |amount: f64| format::price(amount, &chart.currency);
    let (first, _) = chart.history[0];
    let (last, close) = chart.last_close();
    let end = chart.forecast.dates.len() - 1;
    let mut words = format!(
        "Daily closes from {} to {}, the last one {}. Forecast for {} sessions, to {}: median {}",
        long_day(first),
        long_day(last),
        price(close),
        chart.forecast.dates.len(),
        long_day(chart.forecast.dates[end]),
        price(chart.forecast.median[end]),
    );
    for band in chart.forecast.bands.iter().rev() {
        let (low, high) = (price(band.low[end]), price(band.high[end]));
        words.push_str(&format!("; {} of outcomes between {low} and {high}", format::level(band.share)));
    }
    words.push_str(". ");
    if let Some((date, moving)) = chart.moving {
        words.push_str(&format!("Moving price on {}: {}. ", long_day(date), price(moving)));
    }
    match chart.market {
        Some(Market::Simulated) => words.push_str("The market is simulated. "),
        Some(Market::Replay) => words.push_str("Past prices, replayed. "),
        Some(Market::Live) | None => {}
    }
    words.push_str(&coverage(chart));
    words
}

/// Returns the notes that a PNG carries.
pub(crate) fn notes(chart: &Chart) -> Vec<(&'static str, String)> {
    let mut notes = vec![("Title", chart.title.clone()), ("Description", description(chart))];
    notes.extend(chart.symbol.clone().map(|symbol| ("symbol", symbol)));
    notes.extend(chart.as_of.map(|day| ("as_of", day.to_string())));
    notes.extend(chart.model.clone().map(|model| ("model", model)));
    notes.extend(chart.market.map(|market| ("market", market.to_string())));
    notes.push(("Software", concat!("Fortnight plot-service ", env!("CARGO_PKG_VERSION")).to_owned()));
    notes
}

fn long_day(date: jiff::civil::Date) -> String {
    format!("{} {}", day(date, false), date.year())
}

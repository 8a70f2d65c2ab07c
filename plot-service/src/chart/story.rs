//! The sentences a chart tells: footer, description for screen readers, notes in the file.

use forecast_types::Market;

use crate::chart::date_axis::day;
use crate::chart::money::{Money, count};
use crate::chart::request::Chart;

/// What stands at the foot of every chart.
const NOT_ADVICE: &str = "A forecast is a range of outcomes, not advice.";

/// Returns the footer: how often the bands have held, where it is known, what a forecast is, and what is grey where
/// the drawing has no room to say so.
pub(crate) fn footer(chart: &Chart, explain_ghost: bool) -> String {
    let ghost = match &chart.past {
        Some((as_of, _)) if explain_ghost => format!("Grey: the forecast of {}. ", day(*as_of, false)),
        _ => String::new(),
    };
    ghost + &coverage(chart)
}

fn coverage(chart: &Chart) -> String {
    match chart.coverage {
        Some(coverage) => format!(
            "The {}% band held {:.1}% of {} past outcomes. {NOT_ADVICE}",
            percent(coverage.level),
            coverage.held * 100.0,
            count(coverage.outcomes),
        ),
        None => NOT_ADVICE.to_owned(),
    }
}

/// Returns the chart in words.
pub(crate) fn description(chart: &Chart) -> String {
    let money = Money::of(&chart.currency);
    let (first, _) = chart.history[0];
    let (last, close) = chart.last_close();
    let end = chart.forecast.dates.len() - 1;
    let mut words = format!(
        "Daily closes from {} to {}, the last one {}. Forecast for {} sessions, to {}: median {}",
        long_day(first),
        long_day(last),
        money.quote(close),
        chart.forecast.dates.len(),
        long_day(chart.forecast.dates[end]),
        money.quote(chart.forecast.median[end]),
    );
    for band in chart.forecast.bands.iter().rev() {
        let (low, high) = (money.quote(band.low[end]), money.quote(band.high[end]));
        words.push_str(&format!("; {}% of outcomes between {low} and {high}", band.percent));
    }
    words.push_str(". ");
    if let Some((date, price)) = chart.moving {
        words.push_str(&format!("Moving price on {}: {}. ", long_day(date), money.quote(price)));
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

fn percent(level: f64) -> f64 {
    (level * 1000.0).round() / 10.0
}

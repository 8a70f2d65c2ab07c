//! The forecast in a few sentences.

use exchange_calendar::{MarketState, market_state};
use forecast_types::format::month_day;
use forecast_types::{Chance, Forecast, ForecastSession, Interval, Market, Outlook, Side};
use jiff::Timestamp;

use super::cache::RecordState;
use super::track_record::{Verdict, measured};
use crate::format;

/// Less than this between midpoint and last close is no difference.
const SAME_PRICE: f64 = 0.002;

/// Says where the price will probably be; without "probably" where such ranges have not held for this stock.
pub(super) fn headline(forecast: &Forecast, verdict: Verdict) -> String {
    let days = forecast.forecast.len();
    let range = format::price_range(&end(forecast).quantiles, Interval::P80, &forecast.stock.currency);
    match range {
        Some((low, high)) if verdict.breaks_promise() => {
            format!("In {days} trading days, the model’s 80% range is {low} to {high}.")
        }
        Some((low, high)) => format!("In {days} trading days, probably between {low} and {high}."),
        None => format!("The next {days} trading days."),
    }
}

/// The forecast in one line, for the title of the page and of a shared link: `NVDA: 80% chance of $768–$968 by Mar 28`.
pub(super) fn share_title(forecast: &Forecast, verdict: Verdict) -> String {
    let symbol = &forecast.stock.symbol;
    let end = end(forecast);
    let date = month_day(end.date);
    match format::price_range(&end.quantiles, Interval::P80, &forecast.stock.currency) {
        Some((low, high)) if verdict.breaks_promise() => {
            format!("{symbol}: the model’s 80% range is {low}–{high} by {date}")
        }
        Some((low, high)) => format!("{symbol}: 80% chance of {low}–{high} by {date}"),
        None => format!("{symbol}: the next {} trading days", forecast.forecast.len()),
    }
}

/// The forecast in one line without a track record: `NVDA: 80% range $768–$968 by Mar 28`.
pub(crate) fn range_title(forecast: &Forecast) -> String {
    let end = end(forecast);
    let range = format::price_range(&end.quantiles, Interval::P80, &forecast.stock.currency);
    let (low, high) = range.unwrap_or_default();
    format!("{}: 80% range {low}–{high} by {}", forecast.stock.symbol, month_day(end.date))
}

/// The forecast in two sentences, for search results and shared links.
pub(crate) fn share_description(forecast: &Forecast, name: &str, record: &RecordState) -> Option<String> {
    let end = end(forecast);
    let currency = forecast.stock.currency.as_str();
    let (low, high) = format::price_range(&end.quantiles, Interval::P80, currency)?;
    let last = forecast.history.last()?;
    Some(format!(
        "{name} closed at {} on {}; its 80% range for {} is {low} to {high}. {} Not investment advice.",
        format::price(last.close, currency),
        month_day(last.date),
        month_day(end.date),
        measured(forecast, record)
    ))
}

/// Returns the last session of the forecast.
pub(crate) fn end(forecast: &Forecast) -> &ForecastSession {
    forecast.forecast.last().expect("the client refuses a forecast without sessions")
}

/// Returns the middle of a session's ranges.
pub(super) fn midpoint(session: &ForecastSession) -> f64 {
    session.quantiles.median().expect("the client refuses a session without a median")
}

/// Says how the midpoint of the last session compares with the last close.
pub(super) fn midpoint_change(forecast: &Forecast, last_close: f64) -> String {
    let change = midpoint(end(forecast)) / last_close - 1.0;
    if change.abs() < SAME_PRICE {
        "same as last close".to_owned()
    } else {
        format!("{} from last close", format::signed_percent(change))
    }
}

/// Says which way the price leans, if it does.
pub(super) fn direction(forecast: &Forecast, last_close: f64) -> String {
    chance(forecast, Side::Above, last_close).map(|chance| direction_words(chance.chance)).unwrap_or_default()
}

/// Says how likely the last session closes below the last close, for readers who cannot see that the ranges straddle it.
pub(super) fn chance_below(forecast: &Forecast, last_close: f64) -> String {
    let Some(chance) = chance(forecast, Side::Below, last_close) else { return String::new() };
    format!("The chance of a close below the last close is {}.", chance.words)
}

fn chance(forecast: &Forecast, side: Side, price: f64) -> Option<Chance> {
    let outlook = Outlook::of([&end(forecast).quantiles]);
    outlook.map(|outlook| Chance::of(outlook.on_day(0, side, price)))
}

fn direction_words(chance_up: f64) -> String {
    let (chance, more, less) =
        if chance_up < 0.5 { (1.0 - chance_up, "fall", "rise") } else { (chance_up, "rise", "fall") };
    match (chance * 100.0).round() {
        hundredths if hundredths > 65.0 => {
            format!("More likely to {more} than to {less} ({hundredths:.0}% chance).")
        }
        hundredths if hundredths > 55.0 => {
            format!("Slightly more likely to {more} than to {less} ({hundredths:.0}% chance).")
        }
        _ => "We can’t tell whether it will rise or fall.".to_owned(),
    }
}

/// Returns the change of the last close from the one before.
pub(super) fn last_change(forecast: &Forecast) -> Option<String> {
    let [.., before, last] = forecast.history.as_slice() else { return None };
    (before.close > 0.0).then(|| format::signed_percent(last.close / before.close - 1.0))
}

/// Says whether the exchanges trade at the moment the forecast was made.
pub(super) fn market_hours(market: Market, now: Timestamp) -> String {
    if market == Market::Replay {
        return String::new();
    }
    match market_state(now) {
        MarketState::Open { closes, .. } => {
            format!("Markets are open and close in {}.", format::time_until(closes.duration_since(now)))
        }
        MarketState::Closed { session, opens } => format!(
            "Markets are closed. They open on {} at 9:30 a.m. in New York, in {}.",
            format::day(session),
            format::time_until(opens.duration_since(now))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_lean_is_not_exaggerated() {
        assert_eq!(direction_words(0.5), "We can’t tell whether it will rise or fall.");
        assert_eq!(direction_words(0.552), "We can’t tell whether it will rise or fall.");
        assert_eq!(direction_words(0.57), "Slightly more likely to rise than to fall (57% chance).");
        assert_eq!(direction_words(0.3), "More likely to fall than to rise (70% chance).");
    }
}

//! From the rows of an answer to settled bars.

use exchange_calendar::{date_in_new_york, is_session};
use forecast_types::{DailyBar, Event, EventKind, MovingPrice};
use jiff::civil::Date;
use yahoo_finance_api::Quote;

use super::losses::Losses;
use super::sessions::Sessions;
use crate::check::is_price;

/// Keeps one bar a settled session; of two for the same day the later one, which was stamped after the close.
///
/// An adjusted close of 0 stands for a missing one until [`with_adjusted_closes`].
pub(super) fn sort_out(
    quotes: &[Quote],
    sessions: &Sessions,
    unit: f64,
    losses: &mut Losses,
) -> (Vec<DailyBar>, Option<MovingPrice>) {
    let today = date_in_new_york(sessions.now);
    let mut bars: Vec<DailyBar> = Vec::with_capacity(quotes.len());
    let mut moving = None;
    for quote in quotes {
        let Some(date) = sessions.date(quote.timestamp).filter(|&date| sessions.days.contains(date)) else {
            continue;
        };
        if !is_session(date) {
            continue;
        }
        if date > sessions.settled || sessions.is_unfinished(quote.timestamp, date) {
            let price = quote.close * unit;
            if date == today && is_price(price) {
                moving = Some(MovingPrice { date, price });
            }
            continue;
        }
        // In order, except that a row may appear twice.
        if let Some(bar) = bar(quote, date, unit, losses) {
            match bars.partition_point(|held| held.date < date) {
                at if bars.get(at).is_some_and(|held| held.date == date) => bars[at] = bar,
                at => bars.insert(at, bar),
            }
        }
    }
    (bars, moving)
}

/// A bar needs a close; an open, high or low that is absent or impossible takes its place.
fn bar(quote: &Quote, date: Date, unit: f64, losses: &mut Losses) -> Option<DailyBar> {
    let mut close = Some(quote.close * unit).filter(|&close| is_price(close))?;
    let mut others =
        [quote.open, quote.high, quote.low].map(|price| Some(price * unit).filter(|&price| is_price(price)));
    match others.map(|price| price.and_then(|price| unit_off(price / close))) {
        // All the others agree: it is the close that is in another unit.
        [Some(open), Some(high), Some(low)] if open == high && high == low => {
            close *= open;
            losses.corrected += 1;
        }
        [Some(_), None, None] => others[0] = None,
        [None, Some(_), None] => others[1] = None,
        [None, None, Some(_)] => others[2] = None,
        _ => {}
    }
    if others.iter().any(Option::is_none) {
        losses.incomplete += 1;
    }
    let [open, high, low] = others;
    let open = open.unwrap_or(close);
    // Rounding upstream was seen to leave the close a hair outside.
    let high = high.unwrap_or(close).max(open).max(close);
    let low = low.unwrap_or(close).min(open).min(close);
    if quote.volume == 0 && high > low {
        losses.without_volume += 1;
    }
    let adjusted = quote.adjclose * unit;
    let adjusted_close = if is_price(adjusted) { adjusted } else { 0.0 };
    Some(DailyBar { date, open, high, low, close, adjusted_close, volume: quote.volume })
}

/// 10, 100 or 1,000, or one of these parts, where a ratio is within 5% of it: no move within a day hits that.
fn unit_off(ratio: f64) -> Option<f64> {
    // All but a few, without the price of a logarithm.
    if (0.5..2.0).contains(&ratio) {
        return None;
    }
    let unit = 10_f64.powf(ratio.log10().round());
    let is_unit = (1e-3..=1e3).contains(&unit) && !(0.5..2.0).contains(&unit);
    (is_unit && (0.95..1.05).contains(&(ratio / unit))).then_some(unit)
}

/// Works out absent adjusted closes from the newest bar back: a dividend on the next session lowers the factor by
/// its share of this session's close. Source: CRSP, "Data Definitions", adjustment factors. One that contradicts
/// its neighbor by more than any dividend is taken for absent.
pub(super) fn with_adjusted_closes(
    mut bars: Vec<DailyBar>,
    events: &[Event],
    losses: &mut Losses,
) -> Vec<DailyBar> {
    let dividend_on = |date: Date| -> f64 {
        let amount = |event: &Event| match event.kind {
            EventKind::Dividend { amount } if event.date == date => amount,
            _ => 0.0,
        };
        events.iter().map(amount).sum()
    };
    let mut factor = None;
    let mut next: Option<Date> = None;
    for bar in bars.iter_mut().rev() {
        let paid = next.map_or(0.0, dividend_on) / bar.close;
        let expected = factor.unwrap_or(1.0) * if paid < 1.0 { 1.0 - paid } else { 1.0 };
        let given = bar.adjusted_close / bar.close;
        let is_given = bar.adjusted_close > 0.0;
        let is_plausible = factor.is_none() || (0.2..5.0).contains(&(given / expected));
        if is_given && is_plausible {
            factor = Some(given);
        } else {
            factor = Some(expected);
            bar.adjusted_close = bar.close * expected;
            losses.adjusted_closes += 1;
        }
        next = Some(bar.date);
    }
    bars
}

//! From the text of a query to values.

use exchange_calendar::date_in_new_york;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use stock_list::{Listing, Resolution, StockList};

use crate::error::ForecastError;

/// Sessions returned unless asked otherwise.
const HISTORY: usize = 30;
const SHORTEST_HISTORY: usize = 7;
const LONGEST_HISTORY: usize = 250;

const EARLIEST: Date = date(2000, 1, 3);
const SUGGESTIONS: usize = 5;
/// Listed names have about 200 characters at most; longer text is not searched for.
const LONGEST_NAME: usize = 300;
const LONGEST_QUOTE: usize = 80;

pub(super) fn listing<'a>(text: &str, stocks: &'a StockList) -> Result<&'a Listing, ForecastError> {
    let text = text.trim();
    if text.is_empty() {
        let detail = "is missing; expected a symbol such as AAPL or a listed company name";
        return Err(ForecastError::bad_input("stock", detail));
    }
    if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(ForecastError::UnknownStock { given: quotable(text), suggestions: Vec::new() });
    }
    let named = |listing: &Listing| format!("{} ({})", listing.symbol, listing.name.trim());
    match stocks.resolve(text) {
        Resolution::Found(listing) => Ok(listing),
        Resolution::Ambiguous(candidates) => Err(ForecastError::AmbiguousName {
            given: quotable(text),
            candidates: candidates.into_iter().map(named).collect(),
        }),
        Resolution::Unknown => Err(ForecastError::UnknownStock {
            given: quotable(text),
            suggestions: stocks.search(&quotable(text), SUGGESTIONS).into_iter().map(named).collect(),
        }),
    }
}

pub(super) fn as_of(text: &str, now: Timestamp) -> Result<Date, ForecastError> {
    let invalid = |detail: String| ForecastError::bad_input("as_of", &detail);
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day: Date = is_plain.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        invalid(format!("\"{}\" is not a date; expected one such as 2024-02-01", quotable(text)))
    })?;
    let today = date_in_new_york(now);
    if day > today {
        return Err(invalid(format!("{day} is in the future; today is {today} in New York")));
    }
    if day < EARLIEST {
        return Err(invalid(format!("{day} is too early; the earliest day is {EARLIEST}")));
    }
    Ok(day)
}

pub(super) fn history(text: Option<&str>) -> Result<usize, ForecastError> {
    let Some(text) = text else { return Ok(HISTORY) };
    let sessions =
        text.parse().ok().filter(|sessions| (SHORTEST_HISTORY..=LONGEST_HISTORY).contains(sessions));
    sessions.ok_or_else(|| {
        let expected = format!("expected {SHORTEST_HISTORY} to {LONGEST_HISTORY}");
        let detail = format!("\"{}\" is not a number of sessions; {expected}", quotable(text));
        ForecastError::bad_input("history", &detail)
    })
}

/// Returns input that an error can quote: short, on one line.
fn quotable(text: &str) -> String {
    let mut short: String =
        text.chars().take(LONGEST_QUOTE).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > LONGEST_QUOTE {
        short.push('…');
    }
    short
}

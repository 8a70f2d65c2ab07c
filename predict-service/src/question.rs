//! What a client asks for, checked before anything is fetched.

use exchange_calendar::{date_in_new_york, is_session, last_settled, previous_session, sessions_back};
use feature_sources::Days;
use forecast_types::{Symbol, WINDOW};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use stock_list::{Listing, Resolution, StockList};

use crate::error::ForecastError;

/// Sessions shown unless asked otherwise, and the bounds of the choice.
const HISTORY: usize = 30;
const LEAST_HISTORY: usize = 7;
const MOST_HISTORY: usize = 250;

/// Sessions asked of Yahoo: the model's window and context, with some to spare for days without trade.
const SESSIONS_ASKED: usize = 300;
/// The same for the track record: the first of its forecasts has its context, too.
const RECORD_SESSIONS_ASKED: usize = crate::track_record::SESSIONS + SESSIONS_ASKED;
/// Calendar days asked of the other sources: half a year, the span on which search interest was scaled in training.
const OTHER_DAYS_ASKED: i64 = 180;

const EARLIEST: Date = date(2000, 1, 3);
const SUGGESTIONS: usize = 5;
const LONGEST_ECHO: usize = 80;

/// The query string, word for word.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ask {
    stock: Option<String>,
    as_of: Option<String>,
    history: Option<String>,
}

/// A question that makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ForecastQuestion {
    pub(crate) symbol: Symbol,
    /// `None` is now.
    pub(crate) as_of: Option<Date>,
    pub(crate) history: usize,
}

impl ForecastQuestion {
    /// Checks a query against the list and the calendar.
    ///
    /// # Errors
    /// One [`ForecastError`] for each way a query makes no sense.
    pub(crate) fn check(ask: &Ask, stocks: &StockList, now: Timestamp) -> Result<Self, ForecastError> {
        let listing = listing(ask.stock.as_deref().unwrap_or_default(), stocks)?;
        let as_of =
            ask.as_of.as_deref().filter(|text| !text.is_empty()).map(|text| as_of(text, now)).transpose()?;
        let history = ask.history.as_deref().map_or(Ok(HISTORY), history)?;
        Ok(Self { symbol: listing.symbol.clone(), as_of, history })
    }

    /// The newest session the forecast may know.
    pub(crate) fn origin(&self, now: Timestamp) -> Date {
        let settled = last_settled(now);
        match self.as_of {
            Some(day) if day < settled => {
                if is_session(day) {
                    day
                } else {
                    previous_session(day)
                }
            }
            _ => settled,
        }
    }

    /// The days asked of Yahoo; today's moving price comes along where the question is about now.
    pub(crate) fn price_days(&self, now: Timestamp) -> Days {
        self.days_back(SESSIONS_ASKED, now)
    }

    /// The days asked of Yahoo for the track record.
    pub(crate) fn record_days(&self, now: Timestamp) -> Days {
        self.days_back(RECORD_SESSIONS_ASKED, now)
    }

    fn days_back(&self, sessions: usize, now: Timestamp) -> Days {
        let last = self.as_of.unwrap_or_else(|| date_in_new_york(now));
        Days { first: sessions_back(self.origin(now), sessions), last }
    }

    /// The days asked of the other sources.
    pub(crate) fn other_days(&self, now: Timestamp) -> Days {
        let last = self.origin(now);
        Days { first: last.saturating_sub(OTHER_DAYS_ASKED.days()), last }
    }

    /// The calendar days that fall into the model's window.
    pub(crate) fn window(&self, now: Timestamp) -> Days {
        let last = self.origin(now);
        let before = sessions_back(last, WINDOW);
        Days { first: before.saturating_add(1.day()), last }
    }
}

fn listing<'a>(text: &str, stocks: &'a StockList) -> Result<&'a Listing, ForecastError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ForecastError::bad_input(
            "stock",
            "is absent; expected a symbol such as AAPL or a listed company name",
        ));
    }
    // The longest listed names have some 200 characters; a search in more would be wasted.
    if text.chars().count() > 300 || text.chars().any(char::is_control) {
        return Err(ForecastError::UnknownStock { given: echo(text), suggestions: Vec::new() });
    }
    let named = |listing: &Listing| format!("{} ({})", listing.symbol, listing.name.trim());
    match stocks.resolve(text) {
        Resolution::Found(listing) => Ok(listing),
        Resolution::Ambiguous(candidates) => Err(ForecastError::AmbiguousName {
            given: echo(text),
            candidates: candidates.into_iter().map(named).collect(),
        }),
        Resolution::Unknown => Err(ForecastError::UnknownStock {
            given: echo(text),
            suggestions: stocks.search(&echo(text), SUGGESTIONS).into_iter().map(named).collect(),
        }),
    }
}

fn as_of(text: &str, now: Timestamp) -> Result<Date, ForecastError> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day: Date = is_plain.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        ForecastError::bad_input(
            "as_of",
            &format!("`{}` is not a date; expected one such as 2024-02-01", echo(text)),
        )
    })?;
    let today = date_in_new_york(now);
    if day > today {
        let detail = format!("{day} lies in the future; today is {today} in New York");
        return Err(ForecastError::bad_input("as_of", &detail));
    }
    if day < EARLIEST {
        let detail = format!("{day} lies too far back; the earliest day is {EARLIEST}");
        return Err(ForecastError::bad_input("as_of", &detail));
    }
    Ok(day)
}

fn history(text: &str) -> Result<usize, ForecastError> {
    text.parse().ok().filter(|sessions| (LEAST_HISTORY..=MOST_HISTORY).contains(sessions)).ok_or_else(|| {
        let detail = format!(
            "`{}` is not a number of sessions; expected {LEAST_HISTORY} to {MOST_HISTORY}",
            echo(text)
        );
        ForecastError::bad_input("history", &detail)
    })
}

/// Quotes input in an error without letting it flood or forge anything.
fn echo(text: &str) -> String {
    let mut short: String =
        text.chars().take(LONGEST_ECHO).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > LONGEST_ECHO {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T16:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn stocks() -> StockList {
        StockList::read(
            "symbol,name,exchange,sector\nAAPL,Apple Inc. Common Stock,NASDAQ,Technology\n\
             GOOG,Alphabet Inc. Common Stock,NASDAQ,Technology\nGOOGL,Alphabet Inc. Common Stock,NASDAQ,Technology\n\
             BRK.B,Berkshire Hathaway Inc.,NYSE,Finance\n"
                .as_bytes(),
        )
        .unwrap()
    }

    fn check(
        stock: &str,
        as_of: Option<&str>,
        history: Option<&str>,
    ) -> Result<ForecastQuestion, ForecastError> {
        let text = |text: &str| text.to_owned();
        let ask = Ask { stock: Some(stock.to_owned()), as_of: as_of.map(text), history: history.map(text) };
        ForecastQuestion::check(&ask, &stocks(), now())
    }

    #[test]
    fn symbols_in_any_case_and_listed_names_are_found() {
        for (given, symbol) in
            [("aapl", "AAPL"), (" AAPL ", "AAPL"), ("brk-b", "BRK.B"), ("Apple Inc. Common Stock", "AAPL")]
        {
            assert_eq!(check(given, None, None).unwrap().symbol.as_str(), symbol, "{given}");
        }
    }

    #[test]
    fn what_names_no_stock_or_several_is_refused() {
        assert!(matches!(check("Alphabet Inc. Common Stock", None, None),
            Err(ForecastError::AmbiguousName { candidates, .. }) if candidates.len() == 2));
        let long = "é".repeat(10_000);
        for hostile in
            ["../../etc/passwd", "%2e%2e/AAPL", "AAPL?x=1", "AAPL#", "AAPL/../MSFT", "Ａ", "A\nB", &long]
        {
            match check(hostile, None, None) {
                Err(ForecastError::UnknownStock { given, .. }) => {
                    assert!(given.chars().count() <= LONGEST_ECHO + 1 && !given.contains('\n'));
                }
                other => panic!("{hostile:?}: {other:?}"),
            }
        }
        assert!(matches!(check("  ", None, None), Err(ForecastError::BadInput { .. })));
    }

    #[test]
    fn dates_and_lengths_that_make_no_sense_are_refused_with_what_was_expected() {
        for as_of in
            ["2026-11-24", "1999-12-31", "2024-02-30", "yesterday", "20240201", "2024-02-01T00:00:00Z"]
        {
            let error = check("AAPL", Some(as_of), None).unwrap_err();
            assert!(matches!(error, ForecastError::BadInput { field: "as_of", .. }), "{as_of}: {error}");
        }
        for history in ["6", "251", "-30", "many", "1e2", ""] {
            let error = check("AAPL", None, Some(history)).unwrap_err();
            assert!(matches!(error, ForecastError::BadInput { field: "history", .. }), "{history}: {error}");
        }
    }

    #[test]
    fn the_origin_is_the_last_settled_session_of_the_day_asked_for() {
        for (as_of, origin) in [
            (None, "2026-11-20"),
            (Some("2026-11-23"), "2026-11-20"),
            (Some("2026-11-22"), "2026-11-20"),
            (Some("2024-02-01"), "2024-02-01"),
            (Some("2024-02-04"), "2024-02-02"),
        ] {
            let question = check("AAPL", as_of, None).unwrap();
            assert_eq!(question.origin(now()).to_string(), origin, "{as_of:?}");
            let window = question.window(now());
            assert_eq!(exchange_calendar::sessions_between(window.first, window.last).len(), WINDOW);
        }
    }

    #[test]
    fn nothing_after_the_day_asked_for_is_ever_asked_of_a_source() {
        let question = check("AAPL", Some("2024-02-03"), None).unwrap();
        assert!(question.price_days(now()).last <= date(2024, 2, 3));
        assert_eq!(question.other_days(now()).last, date(2024, 2, 2));
    }
}

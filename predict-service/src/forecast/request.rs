//! What a client asks for, checked before anything is fetched.

mod parse;

use exchange_calendar::{
    MarketState, is_session, last_settled, market_state, previous_session, sessions_back,
};
use feature_sources::Days;
use forecast_types::{Symbol, WINDOW};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use stock_list::StockList;
use utoipa::IntoParams;

use super::record;
use crate::error::ForecastError;

/// Sessions asked of Yahoo: the model's window and context, and some more for days without trade.
const PRICE_SESSIONS: usize = 300;
/// The same for the track record, whose first forecast needs its context, too.
const RECORD_SESSIONS: usize = record::SESSIONS + PRICE_SESSIONS;
/// Calendar days asked of the other sources: half a year, the span over which search interest was scaled in training.
const OTHER_DAYS: i64 = 180;
/// Years of reports before a forecast that say when the next one comes.
const REPORT_YEARS: i64 = 3;

/// The query string as it was sent.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForecastQuery {
    /// A symbol in any case and any usual spelling (AAPL, brk.b, BRK/B), or the company's name as listed.
    #[param(required, value_type = String, min_length = 1, max_length = 300, pattern = r"\S", example = "AAPL")]
    stock: Option<String>,
    /// The day on which the forecast is made; nothing dated later is used. Default: now.
    #[param(value_type = Option<Date>, example = "2024-02-01")]
    as_of: Option<String>,
    /// How many past sessions to return with a forecast.
    #[param(value_type = Option<u16>, minimum = 7, maximum = 250, default = 30)]
    history: Option<String>,
}

/// A query that has been checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ForecastRequest {
    pub(crate) symbol: Symbol,
    /// `None` is now.
    as_of: Option<Date>,
    /// Sessions of history to return.
    pub(crate) history: usize,
    /// The company's number at the SEC, where the list has it.
    pub(crate) cik: Option<u32>,
}

#[cfg(test)]
impl ForecastQuery {
    pub(crate) fn of(stock: &str) -> Self {
        Self { stock: Some(stock.to_owned()), as_of: None, history: None }
    }
}

impl ForecastRequest {
    /// Checks a query against the stock list and the calendar.
    ///
    /// # Errors
    /// One [`ForecastError`] for each way a query is wrong.
    pub(crate) fn check(
        query: &ForecastQuery,
        stocks: &StockList,
        now: Timestamp,
    ) -> Result<Self, ForecastError> {
        let listing = parse::listing(query.stock.as_deref().unwrap_or_default(), stocks)?;
        let as_of = query.as_of.as_deref().filter(|text| !text.is_empty());
        let as_of = as_of.map(|text| parse::as_of(text, now)).transpose()?;
        let history = parse::history(query.history.as_deref())?;
        Ok(Self { symbol: listing.symbol.clone(), as_of, history, cik: listing.cik })
    }

    /// Returns the newest session the forecast may know.
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

    /// Returns the days to ask Yahoo for. While a session is in progress, its moving price comes along if the request
    /// is about now; otherwise the days stay the same until the next session, so that cached prices keep serving.
    pub(crate) fn price_days(&self, now: Timestamp) -> Days {
        self.days_back(PRICE_SESSIONS, now)
    }

    /// Returns the days to ask Yahoo for to make a track record.
    pub(crate) fn record_days(&self, now: Timestamp) -> Days {
        self.days_back(RECORD_SESSIONS, now)
    }

    fn days_back(&self, sessions: usize, now: Timestamp) -> Days {
        let origin = self.origin(now);
        let newest = match market_state(now) {
            MarketState::Open { session, .. } => session,
            MarketState::Closed { .. } => origin,
        };
        Days { first: sessions_back(origin, sessions), last: self.as_of.unwrap_or(newest) }
    }

    /// Returns the days to ask Yahoo for without the session in progress.
    pub(crate) fn settled_days(&self, now: Timestamp) -> Days {
        let origin = self.origin(now);
        Days { first: sessions_back(origin, PRICE_SESSIONS), last: origin }
    }

    /// Returns the days to ask the other sources for.
    pub(crate) fn other_days(&self, now: Timestamp) -> Days {
        let last = self.origin(now);
        Days { first: last.saturating_sub(OTHER_DAYS.days()), last }
    }

    /// Returns the days to ask for reports: the same for a forecast of the past and for a track record, so that one
    /// answer serves all. What a forecast may not know yet is left out where it is made.
    pub(crate) fn report_days(&self, now: Timestamp) -> Days {
        let first = self.origin(now).min(sessions_back(last_settled(now), record::SESSIONS));
        Days { first: first.saturating_sub(REPORT_YEARS.years()), last: last_settled(now) }
    }

    /// Says whether later sessions have settled since.
    pub(crate) fn is_past(&self, now: Timestamp) -> bool {
        self.origin(now) < last_settled(now)
    }

    /// Returns the calendar days of the model's window.
    pub(crate) fn window(&self, now: Timestamp) -> Days {
        let last = self.origin(now);
        let before = sessions_back(last, WINDOW);
        Days { first: before.saturating_add(1.day()), last }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

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
    ) -> Result<ForecastRequest, ForecastError> {
        let text = |text: &str| text.to_owned();
        let query = ForecastQuery {
            stock: Some(stock.to_owned()),
            as_of: as_of.map(text),
            history: history.map(text),
        };
        ForecastRequest::check(&query, &stocks(), now())
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
    fn unknown_and_ambiguous_names_are_rejected() {
        assert!(matches!(check("Alphabet Inc. Common Stock", None, None),
            Err(ForecastError::AmbiguousName { candidates, .. }) if candidates.len() == 2));
        let long = "é".repeat(10_000);
        for hostile in
            ["../../etc/passwd", "%2e%2e/AAPL", "AAPL?x=1", "AAPL#", "AAPL/../MSFT", "Ａ", "A\nB", &long]
        {
            match check(hostile, None, None) {
                Err(ForecastError::UnknownStock { given, .. }) => {
                    assert!(given.chars().count() <= 81 && !given.contains('\n'));
                }
                other => panic!("{hostile:?}: {other:?}"),
            }
        }
        assert!(matches!(check("  ", None, None), Err(ForecastError::BadInput { .. })));
    }

    #[test]
    fn invalid_dates_and_lengths_are_rejected() {
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
    fn the_origin_is_the_last_session_settled_by_as_of() {
        for (as_of, origin) in [
            (None, "2026-11-20"),
            (Some("2026-11-23"), "2026-11-20"),
            (Some("2026-11-22"), "2026-11-20"),
            (Some("2024-02-01"), "2024-02-01"),
            (Some("2024-02-04"), "2024-02-02"),
        ] {
            let request = check("AAPL", as_of, None).unwrap();
            assert_eq!(request.origin(now()).to_string(), origin, "{as_of:?}");
            let window = request.window(now());
            assert_eq!(exchange_calendar::sessions_between(window.first, window.last).len(), WINDOW);
        }
    }

    #[test]
    fn the_days_stay_the_same_from_one_close_to_the_next_open() {
        let request = check("AAPL", None, None).unwrap();
        let days = |now: &str| request.price_days(now.parse().unwrap());
        let friday_evening = days("2026-11-20T22:00:00Z");
        assert_eq!(friday_evening.last, date(2026, 11, 20));
        for later in ["2026-11-21T12:00:00Z", "2026-11-22T23:00:00Z", "2026-11-23T14:00:00Z"] {
            assert_eq!(days(later), friday_evening, "{later}");
        }
        assert_eq!(days("2026-11-23T16:00:00Z").last, date(2026, 11, 23), "the session is in progress");
    }

    #[test]
    fn no_source_is_asked_for_days_after_as_of() {
        let request = check("AAPL", Some("2024-02-03"), None).unwrap();
        assert!(request.price_days(now()).last <= date(2024, 2, 3));
        assert_eq!(request.other_days(now()).last, date(2024, 2, 2));
    }
}

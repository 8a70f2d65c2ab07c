//! EODHD's prices: `/api/eod-bulk-last-day/US`, and `/api/eod`, `/api/splits` and `/api/div` of one stock.
//!
//! Open, high, low and close are as traded; adjusted closes and volumes are as known today.

use std::sync::Arc;

use axum::response::Response;
use exchange_calendar::{date_in_new_york, last_settled};
use forecast_types::{DailyBar, Symbol};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use super::{Parameters, respond, to_json};
use crate::market::{Market, Split, StockSeries};

const JSON: &str = "application/json";
const TEXT: &str = "text/html; charset=UTF-8";

/// What all four endpoints are asked with.
pub(crate) struct Asked<'a> {
    query: Parameters,
    market: &'a Market,
    /// The token wanted; any but none where there is no particular one.
    token: Option<&'a str>,
    today: Date,
    settled: Date,
}

impl<'a> Asked<'a> {
    pub(crate) fn of(
        query: Option<&str>,
        market: &'a Market,
        token: Option<&'a str>,
        now: Timestamp,
    ) -> Self {
        let (today, settled) = (date_in_new_york(now), last_settled(now));
        Self { query: Parameters::of(query), market, token, today, settled }
    }

    fn refusal(&self) -> Option<Response> {
        let given = self.query.get("api_token").unwrap_or_default();
        let is_wrong = given.is_empty() || self.token.is_some_and(|wanted| wanted != given);
        is_wrong.then(|| respond(401, TEXT, "Unauthenticated"))
    }

    /// The stock of a name such as `BRK-B.US`.
    fn stock(&self, name: &str) -> Option<Arc<StockSeries>> {
        let root = name.strip_suffix(".US")?;
        let spellings = [root.to_owned(), root.replacen('-', ".", 1)];
        spellings.iter().find_map(|text| self.market.stock(&Symbol::parse(text).ok()?, self.today))
    }

    fn contains(&self, day: Date) -> bool {
        let limit = |key| self.query.parsed::<Date>(key).ok().flatten();
        let first = limit("from").unwrap_or(Date::MIN);
        let last = limit("to").unwrap_or(Date::MAX).min(self.settled);
        (first..=last).contains(&day)
    }

    /// Answers with rows of one stock.
    fn rows<T: Serialize>(&self, name: &str, rows: impl FnOnce(&StockSeries) -> Vec<T>) -> Response {
        match (self.refusal(), self.stock(name)) {
            (Some(refusal), _) => refusal,
            (None, Some(stock)) => respond(200, JSON, to_json(&rows(&stock))),
            (None, None) => respond(404, TEXT, "Ticker Not Found."),
        }
    }
}

#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_short_name: Option<&'static str>,
    date: Date,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    adjusted_close: f64,
    volume: u64,
}

impl Row {
    fn of(stock: &StockSeries, bar: &DailyBar) -> Self {
        let later = stock.splits.iter().filter(|split| split.date > bar.date);
        let scale: f64 =
            later.map(|split| f64::from(split.numerator) / f64::from(split.denominator)).product();
        Self {
            code: None,
            exchange_short_name: None,
            date: bar.date,
            open: bar.open * scale,
            high: bar.high * scale,
            low: bar.low * scale,
            close: bar.close * scale,
            adjusted_close: bar.adjusted_close,
            volume: bar.volume,
        }
    }
}

/// Answers `GET /api/eod/{name}`.
pub(crate) fn history(name: &str, asked: &Asked<'_>) -> Response {
    asked.rows(name, |stock| {
        stock.bars.iter().filter(|bar| asked.contains(bar.date)).map(|bar| Row::of(stock, bar)).collect()
    })
}

/// Answers `GET /api/splits/{name}`.
pub(crate) fn splits(name: &str, asked: &Asked<'_>) -> Response {
    asked.rows(name, |stock| {
        let splits = stock.splits.iter().filter(|split| asked.contains(split.date));
        splits.map(|split| json!({ "date": split.date, "split": ratio(split) })).collect()
    })
}

/// Answers `GET /api/div/{name}`.
pub(crate) fn dividends(name: &str, asked: &Asked<'_>) -> Response {
    asked.rows(name, |stock| {
        let dividends = stock.dividends.iter().filter(|(date, _)| asked.contains(*date));
        let row = |&(date, value): &(Date, f64)| json!({ "date": date, "value": value, "currency": "USD" });
        dividends.map(row).collect()
    })
}

/// Answers `GET /api/eod-bulk-last-day/US`: all bars of a day, or its splits or dividends.
pub(crate) fn market_day(asked: &Asked<'_>) -> Response {
    if let Some(refusal) = asked.refusal() {
        return refusal;
    }
    let Ok(date) = asked.query.parsed::<Date>("date") else {
        return respond(422, TEXT, "The date must have the format YYYY-MM-DD");
    };
    let date = date.unwrap_or(asked.settled);
    if date > asked.settled {
        return respond(200, JSON, "[]");
    }
    let stocks = asked.market.listings().filter_map(|listing| {
        let code = listing.symbol.as_str().replace('.', "-");
        Some((code, asked.market.stock(&listing.symbol, asked.today)?))
    });
    match asked.query.get("type") {
        Some("splits") => {
            let rows = stocks.filter_map(|(code, stock)| {
                let split = stock.splits.iter().find(|split| split.date == date)?;
                Some(json!({ "code": code, "exchange": "US", "date": date, "split": ratio(split) }))
            });
            respond(200, JSON, to_json(&rows.collect::<Vec<_>>()))
        }
        Some("dividends") => {
            let rows = stocks.filter_map(|(code, stock)| {
                let (_, amount) = stock.dividends.iter().find(|(paid, _)| *paid == date)?;
                Some(json!({ "code": code, "exchange": "US", "date": date, "dividend": amount }))
            });
            respond(200, JSON, to_json(&rows.collect::<Vec<_>>()))
        }
        _ => {
            let rows = stocks.filter_map(|(code, stock)| {
                let at = stock.bars.binary_search_by_key(&date, |bar| bar.date).ok()?;
                let row = Row::of(&stock, &stock.bars[at]);
                Some(Row { code: Some(code), exchange_short_name: Some("US"), ..row })
            });
            respond(200, JSON, to_json(&rows.collect::<Vec<_>>()))
        }
    }
}

/// `1.000000/20.000000`: new shares for old ones.
fn ratio(split: &Split) -> String {
    format!("{:.6}/{:.6}", f64::from(split.numerator), f64::from(split.denominator))
}

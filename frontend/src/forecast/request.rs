//! What an address under `/forecast/` asks for, checked against the stock list.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use forecast_types::{Symbol, Theme};
use jiff::civil::Date;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::{Path, Query};
use stock_list::{Listing, StockList};
use url::form_urlencoded;

use super::cache::ForecastKey;
use super::chance::Asked;
use super::links::{DEFAULT_RANGE, RANGES, View, theme_word};
use crate::error::{bad_input, unknown_stock};
use crate::origin::public_origin;
use crate::state::AppState;

/// The query of the page and of everything under it, not yet checked.
#[derive(Clone, Debug, Default, Deserialize)]
struct ForecastQuery {
    as_of: Option<String>,
    range: Option<String>,
    theme: Option<String>,
    wait: Option<String>,
}

/// A listed stock, and how its forecast is to be shown.
#[derive(Clone, Debug)]
pub(crate) struct ForecastRequest {
    pub(crate) listing: Listing,
    pub(crate) view: View,
    /// Whether the address spells the symbol as the list does.
    pub(crate) is_canonical: bool,
    /// Whether the answer should wait for the forecast, as a browser without JavaScript asks for.
    pub(crate) waits: bool,
    /// The question about a price, if there is one.
    pub(crate) asked: Asked,
    /// The address the public sees, where it is known.
    pub(crate) origin: Option<String>,
}

impl FromRequestParts<AppState> for ForecastRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Path(symbol) = Path::<String>::from_request_parts(parts, state).await?;
        let Query(query) = Query::<ForecastQuery>::from_request_parts(parts, state).await?;
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state).await?;
        let mut request = Self::check(&state.stocks, &symbol, &query, asked)?;
        request.origin = public_origin(&state.config, &parts.headers);
        Ok(request)
    }
}

impl ForecastRequest {
    fn check(stocks: &StockList, symbol: &str, query: &ForecastQuery, asked: Asked) -> Result<Self, Problem> {
        let listing = stocks.find(symbol).ok_or_else(|| unknown_stock(symbol))?.clone();
        let view = View {
            as_of: query.as_of.as_deref().filter(|text| !text.is_empty()).map(parse_day).transpose()?,
            range: query.range.as_deref().map_or(Ok(DEFAULT_RANGE), parse_range)?,
            theme: query.theme.as_deref().map(parse_theme).transpose()?,
        };
        let is_canonical = listing.symbol.as_str() == symbol;
        Ok(Self { listing, view, is_canonical, waits: query.wait.is_some(), asked, origin: None })
    }

    /// Reads the symbol and the query of an address that was named by another one.
    pub(crate) fn at(stocks: &StockList, symbol: &str, query: &str) -> Result<Self, Problem> {
        let value = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let query =
            ForecastQuery { as_of: value("as_of"), range: value("range"), theme: value("theme"), wait: None };
        Self::check(stocks, symbol, &query, Asked::default())
    }

    pub(crate) fn symbol(&self) -> &Symbol {
        &self.listing.symbol
    }

    /// Returns the address of the page, or of a file under it, that asks the same question.
    pub(crate) fn address(&self, name: &str, more: Option<(&'static str, String)>) -> String {
        self.view.file(self.symbol(), name, self.asked.pairs().chain(more))
    }

    /// Returns the forecast that is shown.
    pub(crate) fn key(&self) -> ForecastKey {
        ForecastKey { symbol: self.listing.symbol.clone(), as_of: self.view.as_of }
    }
}

fn parse_day(text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| {
        bad_input("as_of", format!("{} is not a date; expected one such as 2026-11-20", quoted(text)))
    })
}

fn parse_range(text: &str) -> Result<u16, Problem> {
    RANGES.into_iter().find(|range| range.to_string() == text).ok_or_else(|| {
        bad_input("range", format!("unknown range {}; expected 7, 30, 90 or 250 trading days", quoted(text)))
    })
}

fn parse_theme(text: &str) -> Result<Theme, Problem> {
    [Theme::Light, Theme::Dark]
        .into_iter()
        .find(|&theme| theme_word(theme) == text)
        .ok_or_else(|| bad_input("theme", format!("unknown theme {}; expected light or dark", quoted(text))))
}

/// Quotes the start of a value from outside.
fn quoted(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
    format!("\"{shown}\"")
}

//! Which stocks an address names, and which trading day it is about.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use forecast_types::HORIZON;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::Query;
use stock_list::{Listing, StockList};
use url::form_urlencoded;

use crate::error::bad_input;
use crate::state::AppState;

/// Most stocks side by side: more bars than this cannot be told apart on a phone.
pub(crate) const MOST_COMPARED: usize = 6;
/// Longest text that is read as a list of stocks.
const LONGEST: usize = 600;

#[derive(Debug, Default, Deserialize)]
struct CompareQuery {
    #[serde(default)]
    stocks: String,
    session: Option<String>,
}

/// Stocks to put side by side, each once, in the order they are named.
#[derive(Clone, Debug)]
pub(crate) struct CompareRequest {
    pub(crate) stocks: Vec<Listing>,
    /// What names no stock.
    pub(crate) unknown: Vec<String>,
    /// Stocks beyond the most that are shown.
    pub(crate) left_out: Vec<Listing>,
    /// The trading day, counted from 1.
    pub(crate) session: usize,
    /// Whether the address is the one a link would have.
    pub(crate) is_canonical: bool,
}

impl FromRequestParts<AppState> for CompareRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Query(query) = Query::<CompareQuery>::from_request_parts(parts, state).await?;
        let session = query.session.as_deref().filter(|text| !text.is_empty());
        let session = session.map_or(Ok(HORIZON), parse_session)?;
        let (mut stocks, unknown) = named(&state.stocks, &query.stocks);
        let left_out = stocks.split_off(stocks.len().min(MOST_COMPARED));
        let symbols = stocks.iter().chain(&left_out).map(|listing| listing.symbol.as_str());
        let is_canonical = !unknown.is_empty() || symbols.eq(query.stocks.split(','));
        Ok(Self { stocks, unknown, left_out, session, is_canonical: is_canonical || query.stocks.is_empty() })
    }
}

impl CompareRequest {
    /// Returns the address of these stocks on this day.
    pub(crate) fn page(&self) -> String {
        page(self.stocks.iter().chain(&self.left_out), self.session)
    }

    /// Returns the address without one of the stocks.
    pub(crate) fn without(&self, symbol: &str) -> String {
        page(self.stocks.iter().filter(|listing| listing.symbol.as_str() != symbol), self.session)
    }
}

/// Returns the address of a comparison; commas stay readable, and what is usual is left out.
fn page<'a>(stocks: impl Iterator<Item = &'a Listing>, session: usize) -> String {
    let symbols: Vec<&str> = stocks.map(|listing| listing.symbol.as_str()).collect();
    let session = if session == HORIZON { String::new() } else { format!("&session={session}") };
    format!("/compare?stocks={}{session}", symbols.join(","))
}

/// Returns the address of the picture of these stocks.
pub(super) fn picture<'a>(
    request: &CompareRequest,
    more: impl IntoIterator<Item = (&'a str, String)>,
) -> String {
    let more: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(more).finish();
    format!("{}&{more}", request.page().replacen("/compare?", "/compare/plot.png?", 1))
}

fn parse_session(text: &str) -> Result<usize, Problem> {
    text.parse().ok().filter(|session| (1..=HORIZON).contains(session)).ok_or_else(|| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
        bad_input(
            "session",
            format!("\"{shown}\" is not a trading day; expected a number from 1 to {HORIZON}"),
        )
    })
}

/// Reads a list of symbols or names, separated by commas; each stock once.
pub(crate) fn named(list: &StockList, text: &str) -> (Vec<Listing>, Vec<String>) {
    let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let (mut stocks, mut unknown): (Vec<Listing>, Vec<String>) = (Vec::new(), Vec::new());
    for part in text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        match list.clearly_meant(part) {
            Some(listing) if stocks.contains(listing) => {}
            Some(listing) => stocks.push(listing.clone()),
            None => unknown.push(part.chars().take(40).collect()),
        }
    }
    (stocks, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stocks_are_named_by_symbol_or_name_and_each_counts_once() {
        let list = StockList::read(
            "symbol,name,exchange,sector\nNVDA,NVIDIA Corporation Common Stock,NASDAQ,\nBRK.B,Berkshire Hathaway Inc.,NYSE,\n\
             KO,Coca-Cola Company (The) Common Stock,NYSE,\n"
                .as_bytes(),
        )
        .unwrap();
        let (stocks, unknown) = named(&list, "nvda, coke,brk/b;;NVIDIA, moonshot");
        let symbols: Vec<&str> = stocks.iter().map(|listing| listing.symbol.as_str()).collect();
        assert_eq!((symbols, unknown), (vec!["NVDA", "KO", "BRK.B"], vec!["moonshot".to_owned()]));
    }
}

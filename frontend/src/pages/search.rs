//! `GET /search`: the picker without JavaScript. `GET /stocks`: what the picker's list is filled from.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};
use service_runtime::extract::Query;
use stock_list::{Listing, Resolution};

use super::frame::{Frame, page};
use crate::caching::{CachePolicy, respond};
use crate::state::AppState;

/// What is searched for.
#[derive(Debug, Deserialize)]
pub(crate) struct SearchQuery {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

/// One match, as the picker shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Match<'a> {
    pub(crate) symbol: &'a str,
    pub(crate) name: &'a str,
    pub(crate) exchange: &'a str,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    searched: String,
    /// What happened to a company that is no longer listed.
    delisted: Option<&'static str>,
    matches: Vec<Found>,
}

/// One match, as the page lists it.
pub(crate) struct Found {
    pub(crate) symbol: String,
    pub(crate) name: String,
    pub(crate) exchange: String,
}

/// Most matches returned.
const MOST: usize = 20;
/// The picker's list shows this many; typing on narrows them down.
const USUAL: usize = 10;
/// No name is longer than this; the rest is ignored.
const LONGEST: usize = 100;

/// `GET /stocks?q=`: at most twenty matches, best first.
pub(crate) async fn stocks(
    State(state): State<AppState>,
    Query(query): Query<SearchQuery>,
    headers: HeaderMap,
) -> Response {
    let limit = query.limit.unwrap_or(USUAL).min(MOST);
    let found = state.stocks.search(cut(&query.q), limit);
    let matches: Vec<Match<'_>> = found
        .iter()
        .map(|listing| Match {
            symbol: listing.symbol.as_str(),
            name: &listing.name,
            exchange: &listing.exchange,
        })
        .collect();
    let body = serde_json::to_vec(&matches).expect("matches are only strings");
    respond(&headers, CachePolicy::List, "application/json", body)
}

/// `GET /search?q=`: goes to the stock that is clearly meant, or lists the matches.
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<SearchQuery>,
    headers: HeaderMap,
) -> Response {
    let searched = cut(&query.q).trim();
    if searched.is_empty() {
        return Redirect::to("/").into_response();
    }
    let meant = match state.stocks.resolve(searched) {
        Resolution::Found(listing) => Some(listing),
        Resolution::Ambiguous(_) => None,
        Resolution::Unknown => state.stocks.clearly_meant(searched),
    };
    if let Some(listing) = meant {
        return Redirect::to(&format!("/forecast/{}", listing.symbol)).into_response();
    }
    let mut frame =
        Frame::new(&state, &headers, "/search", "Search · Fortnight", "Listed US stocks.").unlisted();
    searched.clone_into(&mut frame.searched);
    let matches = matches(&state, searched, MOST);
    let (searched, delisted) = (searched.to_owned(), state.stocks.delisted(searched));
    page(&headers, CachePolicy::Page, &SearchPage { frame, searched, delisted, matches })
}

/// Returns the best matches for a text.
pub(crate) fn matches(state: &AppState, text: &str, limit: usize) -> Vec<Found> {
    state.stocks.search(cut(text), limit).into_iter().map(Found::of).collect()
}

impl Found {
    fn of(listing: &Listing) -> Self {
        Self {
            symbol: listing.symbol.to_string(),
            name: listing.name.clone(),
            exchange: listing.exchange.clone(),
        }
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

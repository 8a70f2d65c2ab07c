//! `GET /search`: the picker without JavaScript. `GET /stocks`: what the picker's list is filled from.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};
use service_runtime::extract::Query;
use stock_list::{Listing, Resolution};

use super::frame::{Frame, page};
use crate::caching::{Keep, cached};
use crate::state::App;

/// What is looked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Words {
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
    asked: String,
    matches: Vec<Found>,
}

/// One match, as the page lists it.
pub(crate) struct Found {
    pub(crate) symbol: String,
    pub(crate) name: String,
    pub(crate) exchange: String,
}

/// Most matches given.
const MOST: usize = 20;
/// The picker's list shows this many; the rest is a keystroke away.
const USUAL: usize = 10;
/// No name is longer than this; what is longer is not searched for.
const LONGEST: usize = 100;

/// `GET /stocks?q=`: at most twenty matches, best first.
pub(crate) async fn stocks(
    State(app): State<App>,
    Query(words): Query<Words>,
    headers: HeaderMap,
) -> Response {
    let limit = words.limit.unwrap_or(USUAL).min(MOST);
    let found = app.stocks.search(cut(&words.q), limit);
    let matches: Vec<Match<'_>> = found
        .iter()
        .map(|listing| Match {
            symbol: listing.symbol.as_str(),
            name: &listing.name,
            exchange: &listing.exchange,
        })
        .collect();
    let body = serde_json::to_vec(&matches).expect("matches hold only strings");
    cached(&headers, Keep::List, "application/json", body)
}

/// `GET /search?q=`: goes to the one match, or lists the matches.
pub(crate) async fn show(State(app): State<App>, Query(words): Query<Words>, headers: HeaderMap) -> Response {
    let asked = cut(&words.q).trim();
    if asked.is_empty() {
        return Redirect::to("/").into_response();
    }
    if let Resolution::Found(listing) = app.stocks.resolve(asked) {
        return Redirect::to(&format!("/forecast/{}", listing.symbol)).into_response();
    }
    let mut frame =
        Frame::new(&app, &headers, "/search", "Search · Fortnight", "Listed US stocks.").unlisted();
    asked.clone_into(&mut frame.asked);
    let matches = matches(&app, asked, MOST);
    page(&headers, Keep::Page, &SearchPage { frame, asked: asked.to_owned(), matches })
}

/// Returns the best matches for a text.
pub(crate) fn matches(app: &App, text: &str, limit: usize) -> Vec<Found> {
    app.stocks.search(cut(text), limit).into_iter().map(Found::of).collect()
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

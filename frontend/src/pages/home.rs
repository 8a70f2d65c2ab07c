//! `GET /`: the picker.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::frame::{Frame, page};
use crate::caching::CachePolicy;
use crate::format;
use crate::state::AppState;

/// Well-known stocks offered to a first visitor, where the list holds them.
const EXAMPLES: [&str; 8] = ["AAPL", "MSFT", "NVDA", "AMZN", "BRK.B", "JPM", "KO", "TSLA"];

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    listings: String,
    examples: Vec<Example>,
}

struct Example {
    symbol: String,
    name: String,
}

/// Shows the picker.
pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let frame = Frame::new(
        &state,
        &headers,
        "/",
        "Fortnight: price ranges of US stocks for the next 14 trading days",
        "Pick a US stock to see the range its price may stay within over the next 14 trading days, and how often \
         such ranges have held.",
    );
    let examples = EXAMPLES
        .iter()
        .filter_map(|symbol| state.stocks.get(&symbol.parse().ok()?))
        .map(|listing| Example {
            symbol: listing.symbol.to_string(),
            name: format::short_name(&listing.name).to_owned(),
        })
        .collect();
    let listings = format::count(state.stocks.len() as u64);
    page(&headers, CachePolicy::Page, &HomePage { frame, listings, examples })
}

//! `GET /`: the picker.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::frame::{Frame, page};
use crate::caching::Keep;
use crate::state::App;
use crate::words;

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
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let frame = Frame::new(
        &app,
        &headers,
        "/",
        "Fortnight: the next fourteen sessions of any US stock, and how sure anyone can be",
        "Pick a listed US stock and see the range its price may take over the next fourteen trading sessions.",
    );
    let examples = EXAMPLES
        .iter()
        .filter_map(|symbol| app.stocks.get(&symbol.parse().ok()?))
        .map(|listing| Example {
            symbol: listing.symbol.to_string(),
            name: words::short_name(&listing.name).to_owned(),
        })
        .collect();
    let listings = words::count(app.stocks.len() as u64);
    page(&headers, Keep::Page, &HomePage { frame, listings, examples })
}

//! `ApeWisdom`: the stocks that are mentioned most, a hundred a page.

use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::{respond, to_json};
use crate::market::Market;

const JSON: &str = "application/json";
const PER_PAGE: usize = 100;

/// Answers `GET /api/v1.0/filter/all-stocks/page/{number}`.
pub(crate) fn page(market: &Market, number: usize, now: Timestamp) -> Response {
    let mentions = market.mentions(now);
    let skipped = number.saturating_sub(1).saturating_mul(PER_PAGE);
    let results = mentions.iter().zip(1..).skip(skipped).take(PER_PAGE).map(|(mentioned, rank)| Row {
        rank,
        ticker: mentioned.listing.symbol.as_str().replace('.', "-"),
        name: mentioned.listing.name.replace('&', "&amp;"),
        // Both forms have been seen.
        mentions: if rank % 7 == 0 {
            Count::Text(mentioned.now.to_string())
        } else {
            Count::Number(mentioned.now)
        },
        upvotes: mentioned.now.saturating_mul(4),
        rank_24h_ago: None,
        mentions_24h_ago: (mentioned.a_day_ago > 0).then_some(mentioned.a_day_ago),
    });
    let page = Page {
        count: mentions.len(),
        pages: mentions.len().div_ceil(PER_PAGE),
        current_page: number,
        results: results.collect(),
    };
    respond(200, JSON, to_json(&page))
}

#[derive(Serialize)]
struct Page {
    count: usize,
    pages: usize,
    current_page: usize,
    results: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    rank: u32,
    ticker: String,
    name: String,
    mentions: Count,
    upvotes: u32,
    rank_24h_ago: Option<u32>,
    mentions_24h_ago: Option<u32>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

//! EODHD's `/api/sentiments` and `/api/tweets-sentiments`: counts and sentiments by calendar day, newest first.

use std::collections::BTreeMap;

use axum::response::Response;
use forecast_types::Symbol;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::{Parameters, respond, to_json};
use crate::Upstream;
use crate::market::{AttentionDay, Market};

const JSON: &str = "application/json";
const TEXT: &str = "text/html; charset=UTF-8";
/// Documented limit of one request.
const MOST_SYMBOLS: usize = 100;

/// What the endpoint is asked with beside the query.
pub(crate) struct Terms<'a> {
    /// Tweets or news.
    pub(crate) upstream: Upstream,
    /// The token wanted; any but none where there is no particular one.
    pub(crate) token: Option<&'a str>,
    /// The bearer token given, if any.
    pub(crate) bearer: Option<&'a str>,
    /// Answers with nothing, as the tweets endpoint did in 2026.
    pub(crate) nothing: bool,
}

/// Answers either endpoint.
pub(crate) fn sentiments(
    market: &Market,
    query: Option<&str>,
    terms: &Terms<'_>,
    now: Timestamp,
) -> Response {
    let query = Parameters::of(query);
    let given = query.get("api_token").or(terms.bearer).unwrap_or_default();
    if given.is_empty() || terms.token.is_some_and(|wanted| wanted != given) {
        return respond(401, TEXT, "Unauthenticated");
    }
    let symbols: Vec<&str> =
        query.get("s").unwrap_or_default().split(',').filter(|text| !text.is_empty()).collect();
    if symbols.is_empty() || symbols.len() > MOST_SYMBOLS {
        return respond(422, TEXT, format!("The parameter s must name 1 to {MOST_SYMBOLS} tickers"));
    }
    let today = exchange_calendar::date_in_new_york(now);
    let (Ok(first), Ok(last)) = (query.parsed::<Date>("from"), query.parsed::<Date>("to")) else {
        return respond(400, TEXT, "from and to must be dates in the format YYYY-MM-DD");
    };
    let last = last.unwrap_or(today).min(today);
    let first = first.unwrap_or_else(|| last.checked_sub(jiff::Span::new().days(30)).unwrap_or(last));

    let mut answer = BTreeMap::new();
    if !terms.nothing {
        for text in symbols {
            let rows = rows(market, text, first, last, today, terms.upstream);
            if !rows.is_empty() {
                answer.insert(text.to_ascii_uppercase(), rows);
            }
        }
    }
    match (answer.is_empty(), terms.upstream) {
        // The backend words an empty map as an empty list; seen for tweets.
        (true, Upstream::Tweets) => respond(200, JSON, "[]"),
        (true, _) => respond(200, JSON, "{}"),
        (false, _) => respond(200, JSON, to_json(&answer)),
    }
}

#[derive(Serialize)]
struct Row {
    date: Date,
    count: u32,
    normalized: f64,
}

fn rows(market: &Market, text: &str, first: Date, last: Date, today: Date, upstream: Upstream) -> Vec<Row> {
    let symbol = text.to_ascii_uppercase();
    let Some(stock) = symbol
        .strip_suffix(".US")
        .filter(|root| !root.contains('.'))
        .and_then(|root| Symbol::parse(root).ok())
        .and_then(|symbol| market.stock(&symbol, today))
    else {
        return Vec::new();
    };
    let Some(attention) = &stock.attention else { return Vec::new() };
    let mut rows: Vec<Row> = attention
        .between(first, last)
        .filter_map(|(day, attention)| {
            let (count, normalized) = count_and_sentiment(&attention, upstream);
            // Days on which nothing was written have no row.
            (count > 0).then(|| Row { date: day, count, normalized: four_digits(normalized) })
        })
        .collect();
    rows.reverse();
    rows
}

fn count_and_sentiment(attention: &AttentionDay, upstream: Upstream) -> (u32, f32) {
    match upstream {
        Upstream::Tweets => (attention.tweets, attention.tweet_sentiment),
        _ => (attention.news, attention.news_sentiment),
    }
}

fn four_digits(sentiment: f32) -> f64 {
    (f64::from(sentiment) * 1e4).round() / 1e4
}

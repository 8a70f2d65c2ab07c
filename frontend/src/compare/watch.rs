//! `GET /watch?stocks=`: the rows of a watchlist, as a part of a page. The list itself stays on the reader's device.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_types::HORIZON;
use problem_details::Problem;
use serde::Deserialize;
use service_runtime::extract::Query;

use super::gather::gather;
use super::outlook::Outlook;
use super::request::named;
use crate::caching::{CachePolicy, HTML, respond};
use crate::error::bad_input;
use crate::format;
use crate::pages::frame::render;
use crate::pages::problem::in_short;
use crate::state::AppState;

/// Stocks answered at once; a longer list is requested in parts.
const MOST: usize = 20;

/// The stocks of a part of a watchlist.
#[derive(Debug, Deserialize)]
pub(crate) struct WatchQuery {
    #[serde(default)]
    stocks: String,
}

#[derive(Template)]
#[template(path = "watch_rows.html")]
struct Rows {
    rows: Vec<Row>,
    unknown: Vec<String>,
}

struct Row {
    symbol: String,
    name: String,
    outlook: Result<Outlook, String>,
}

/// Answers with one row for each stock.
pub(crate) async fn rows(
    State(state): State<AppState>,
    Query(query): Query<WatchQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (stocks, unknown) = named(&state.stocks, &query.stocks);
    if stocks.len() + unknown.len() > MOST {
        return Err(bad_input("stocks", format!("more than {MOST} stocks at once")));
    }
    let rows = gather(&state, &stocks).await.into_iter().map(|gathered| Row {
        symbol: gathered.listing.symbol.to_string(),
        name: format::short_name(&gathered.listing.name).to_owned(),
        outlook: match gathered.forecast {
            Ok(forecast) => Ok(Outlook::new(&gathered.listing, &forecast, HORIZON)),
            Err(problem) => Err(in_short(&problem).to_owned()),
        },
    });
    let rows = render(&Rows { rows: rows.collect(), unknown });
    Ok(respond(&headers, CachePolicy::Page, HTML, rows))
}

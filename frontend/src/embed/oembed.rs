//! `GET /oembed?url=…`: describes the card of a forecast page ([oEmbed 1.0](https://oembed.com)).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use problem_details::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};
use service_runtime::extract::Query;
use url::Url;

use super::snippet::{HEIGHT, Snippet, WIDTH};
use crate::caching::{CachePolicy, respond};
use crate::error::bad_input;
use crate::forecast::links::address;
use crate::forecast::page::share_picture;
use crate::forecast::request::ForecastRequest;
use crate::format;
use crate::origin::public_origin;
use crate::state::AppState;

/// Seconds after which a site should ask again.
const FRESH_SECONDS: u32 = 3_600;
/// The smallest width of the card.
const NARROWEST: u32 = 240;

/// The request, not yet checked.
#[derive(Debug, Deserialize)]
pub(crate) struct OembedQuery {
    url: String,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
    format: Option<String>,
}

/// The response, of type `rich`.
#[derive(Debug, Serialize)]
struct Oembed {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    provider_name: &'static str,
    provider_url: String,
    cache_age: u32,
    html: String,
    width: u32,
    height: u32,
    thumbnail_url: String,
    thumbnail_width: u32,
    thumbnail_height: u32,
}

/// Describes the card of a forecast page of this host. Makes no forecast.
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<OembedQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if query.format.as_deref().is_some_and(|format| format != "json") {
        return Err(bad_input("format", "only json is offered".to_owned()));
    }
    let origin = public_origin(&state.config, &headers).ok_or_else(|| {
        Problem::new(ProblemKind::NotFound).detail("this host offers no cards; set PUBLIC_URL")
    })?;
    let request = forecast_at(&state, &origin, &query.url)?;
    let width = query.maxwidth.unwrap_or(WIDTH).min(WIDTH);
    if width < NARROWEST || query.maxheight.is_some_and(|height| height < HEIGHT) {
        return Err(Problem::new(ProblemKind::NotFound)
            .detail(format!("the card needs {NARROWEST} by {HEIGHT} pixels")));
    }
    let (symbol, name) = (request.symbol(), format::short_name(&request.listing.name));
    let response = Oembed {
        version: "1.0",
        kind: "rich",
        title: format!("{name} ({symbol}): price ranges for 14 trading days"),
        provider_name: "Fortnight",
        html: Snippet::new(&origin, symbol.as_str(), request.view, width).markup(),
        width,
        height: HEIGHT,
        thumbnail_url: share_picture(&origin, symbol, request.view),
        thumbnail_width: 1200,
        thumbnail_height: 630,
        cache_age: FRESH_SECONDS,
        provider_url: origin,
    };
    let body = serde_json::to_vec(&response).map_err(|error| crate::error::internal().caused_by(error))?;
    Ok(respond(&headers, CachePolicy::List, "application/json", body))
}

/// Parses the address of a forecast page of this host.
fn forecast_at(state: &AppState, origin: &str, text: &str) -> Result<ForecastRequest, Problem> {
    let not_ours =
        || Problem::new(ProblemKind::NotFound).detail("this is not the address of a forecast here");
    let url = Url::parse(text).map_err(|_| bad_input("url", "not an absolute address".to_owned()))?;
    let page =
        text.strip_prefix(origin).and_then(|rest| rest.strip_prefix("/forecast/")).ok_or_else(not_ours)?;
    let symbol = page.split(['?', '#']).next().unwrap_or_default();
    ForecastRequest::at(&state.stocks, symbol, url.query().unwrap_or_default())
}

/// Returns the address that describes the card of a page.
pub(crate) fn discovery(origin: &str, page: &str) -> String {
    format!("{origin}{}", address("/oembed", [("url", format!("{origin}{page}"))]))
}

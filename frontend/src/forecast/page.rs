//! `GET /forecast/{symbol}`: the forecast page.
//!
//! An available forecast is sent as one complete page. If it must be made first, a browser immediately gets the page
//! with a list of the sources; its script then listens to `/forecast/{symbol}/events`, and a browser without
//! JavaScript is sent on to the same address with `wait=1`, which answers when all is ready. A client that does not
//! ask for HTML by name (a script, a link preview) gets the complete page when it is ready, too.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse as _, Redirect, Response};
use forecast_types::{Bar, Forecast, Market, SourceReport, Symbol, Theme};
use problem_details::Problem;
use stock_list::Listing;

use super::cache::{ForecastProgress, RecordState, finished_record, outcome};
use super::headline::{share_description, share_title};
use super::links::{View, theme_word};
use super::outcome::closes_since;
use super::rendered::PageKey;
use super::request::ForecastRequest;
use super::sources::{SourceRow, rows_so_far};
use super::track_record::Verdict;
use super::view::ForecastBody;
use crate::assets;
use crate::caching::CachePolicy;
use crate::compression::Encoding;
use crate::embed::oembed::discovery;
use crate::format;
use crate::pages::frame::{Alternate, Frame, notice, page, render};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "forecast.html")]
struct ForecastPage {
    frame: Frame,
    css: String,
    chart_js: String,
    chance_js: String,
    name: String,
    symbol: String,
    kind: String,
    previous: Option<Neighbor>,
    next: Option<Neighbor>,
    /// Where the script finds what is still missing.
    events: Option<String>,
    wait: String,
    body: String,
}

struct Neighbor {
    symbol: String,
    name: String,
    href: String,
}

/// The list of sources while they are loading.
#[derive(Template)]
#[template(path = "loading.html")]
struct Loading {
    sources: Vec<SourceRow>,
}

/// A page that is not followed by a script waits this long for the track record.
const RECORD_TIMEOUT: Duration = Duration::from_secs(3);

/// Shows the page.
pub(crate) async fn show(
    State(state): State<AppState>,
    request: ForecastRequest,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !request.is_canonical {
        return Ok(Redirect::permanent(&request.address("", None)).into_response());
    }
    let key = request.key();
    let mut progress = state.forecasts.watch(&key);
    let mut record = state.forecasts.watch_record(&key);
    let can_follow = !request.waits && accepts_html(&headers);
    let forecast = if can_follow {
        match tokio::time::timeout(state.config.first_byte, outcome(&mut progress)).await {
            Ok(forecast) => forecast?,
            Err(_not_yet) => {
                let progress = progress.progress.borrow().clone();
                return Ok(unfinished_page(&state, &request, &headers, &progress).await);
            }
        }
    } else {
        outcome(&mut progress).await?
    };
    let time = if can_follow { state.config.first_byte } else { RECORD_TIMEOUT };
    let record = finished_record(&mut record, time).await;
    let outcome = closes_since(&state.forecasts, &request, &forecast).await;
    Ok(if can_follow && record.is_pending() {
        page_without_record(&state, &request, &headers, &forecast, &outcome)
    } else {
        whole_page(&state, &request, &headers, (&forecast, &outcome), &record)
    })
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// The complete page, rendered once for everyone who asks for it.
fn whole_page(
    state: &AppState,
    request: &ForecastRequest,
    headers: &HeaderMap,
    (forecast, outcome): (&Arc<Forecast>, &[Bar]),
    record: &RecordState,
) -> Response {
    let key = PageKey {
        symbol: request.symbol().clone(),
        view: request.view,
        origin: request.origin.clone(),
        encoding: Encoding::accepted(headers),
    };
    // For a reader who has already waited, a late record counts as missing.
    let record = if record.is_pending() { &RecordState::Missing } else { record };
    let whole = || build(state, request, headers, Content::of(forecast, outcome, request, record));
    if !request.asked.is_empty() {
        // There are too many questions to keep a page for each.
        return page(headers, CachePolicy::Page, &whole());
    }
    state.pages.respond(headers, key, forecast, record.record(), || render(&whole()))
}

/// The page with its forecast, whose script waits for the track record.
fn page_without_record(
    state: &AppState,
    request: &ForecastRequest,
    headers: &HeaderMap,
    forecast: &Forecast,
    outcome: &[Bar],
) -> Response {
    let content = Content::of(forecast, outcome, request, &RecordState::Pending);
    page(headers, CachePolicy::Never, &build(state, request, headers, content))
}

/// The page while its forecast is being made: what is known so far, and a script that waits for the rest.
async fn unfinished_page(
    state: &AppState,
    request: &ForecastRequest,
    headers: &HeaderMap,
    progress: &ForecastProgress,
) -> Response {
    let content = match &progress.preliminary {
        Some(forecast) => {
            let outcome = closes_since(&state.forecasts, request, forecast).await;
            Content::preliminary(forecast, &outcome, request, &progress.reports)
        }
        None => Content {
            title: format!("{}: the next 14 trading days", request.symbol()),
            description: None,
            market: state.config.market,
            body: render(&Loading { sources: rows_so_far(&progress.reports) }),
            is_pending: true,
        },
    };
    page(headers, CachePolicy::Never, &build(state, request, headers, content))
}

/// What a page shows within its frame.
struct Content {
    title: String,
    description: Option<String>,
    market: Market,
    body: String,
    /// Whether a script should wait for more.
    is_pending: bool,
}

impl Content {
    fn of(forecast: &Forecast, outcome: &[Bar], request: &ForecastRequest, record: &RecordState) -> Self {
        let body = ForecastBody::new(forecast, outcome, request, forecast.market, record);
        Self {
            title: share_title(forecast, Verdict::of(record)),
            description: describe(forecast, request, record),
            market: forecast.market,
            body: render(&body),
            is_pending: record.is_pending(),
        }
    }

    /// A forecast that some sources may still change.
    fn preliminary(
        forecast: &Forecast,
        outcome: &[Bar],
        request: &ForecastRequest,
        ended: &[SourceReport],
    ) -> Self {
        let body = ForecastBody::new(forecast, outcome, request, forecast.market, &RecordState::Pending);
        Self {
            title: share_title(forecast, Verdict::Unknown),
            description: describe(forecast, request, &RecordState::Pending),
            market: forecast.market,
            body: render(&body.still_loading(ended)),
            is_pending: true,
        }
    }
}

fn describe(forecast: &Forecast, request: &ForecastRequest, record: &RecordState) -> Option<String> {
    share_description(forecast, format::short_name(&request.listing.name), record)
}

/// Returns the address of the picture shown where a forecast is shared.
pub(crate) fn share_picture(origin: &str, symbol: &Symbol, view: View) -> String {
    let theme = view.theme.is_none().then(|| ("theme", theme_word(Theme::Light).to_owned()));
    let size = [("width", "1200".to_owned()), ("height", "630".to_owned())];
    format!("{origin}{}", view.file(symbol, "plot.png", size.into_iter().chain(theme)))
}

fn build(state: &AppState, request: &ForecastRequest, headers: &HeaderMap, content: Content) -> ForecastPage {
    let Listing { symbol, name, .. } = &request.listing;
    let view = request.view;
    let title = format!("{} · Fortnight", content.title);
    let description = content.description.unwrap_or_else(|| {
        format!(
            "The range {} may stay within over the next 14 trading days, and how often such ranges have held.",
            format::short_name(name)
        )
    });
    let mut frame = Frame::new(state, headers, &view.page(symbol), &title, &description).themed(view.theme);
    frame.notice = notice(content.market);
    if let Some(origin) = &request.origin {
        frame.picture = Some(share_picture(origin, symbol, view));
        frame.alternates = vec![
            Alternate::card(discovery(origin, &view.page(symbol))),
            Alternate::feed(format!("{symbol} on Fortnight"), format!("/feed.atom?stocks={symbol}")),
        ];
    }
    let neighbors = state.stocks.neighbours(symbol);
    ForecastPage {
        frame,
        css: assets::address("forecast.css"),
        chart_js: assets::address("chart.js"),
        chance_js: assets::address("chance.js"),
        name: format::short_name(name).to_owned(),
        symbol: symbol.to_string(),
        kind: kind(&request.listing),
        previous: neighbors.and_then(|around| around.previous).map(|listing| neighbor(listing, view)),
        next: neighbors.and_then(|around| around.next).map(|listing| neighbor(listing, view)),
        events: content.is_pending.then(|| request.address("events", None)),
        wait: request.address("", Some(("wait", "1".to_owned()))),
        body: content.body,
    }
}

fn neighbor(listing: &Listing, view: View) -> Neighbor {
    Neighbor {
        symbol: listing.symbol.to_string(),
        name: listing.name.clone(),
        href: view.page(&listing.symbol),
    }
}

/// The name as listed, exchange and sector, as far as they add something to the heading.
fn kind(listing: &Listing) -> String {
    let full = if format::short_name(&listing.name) == listing.name { "" } else { listing.name.as_str() };
    [full, listing.exchange.as_str(), listing.sector.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

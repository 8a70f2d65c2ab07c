//! Failures as pages: what happened, in plain words, and what to do next.

use askama::Template;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use problem_details::{Body, MEDIA_TYPE, Problem};

use super::frame::{Frame, page_with_status, render};
use super::search::{Found, matches};
use crate::embed::card;
use crate::format;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    /// The stock the page would have been about.
    stock: Option<Stock>,
    body: String,
}

struct Stock {
    symbol: String,
    name: String,
}

/// The failure itself; also swapped into a page whose forecast could not be made.
#[derive(Template)]
#[template(path = "problem_body.html")]
struct ProblemBody {
    /// Whether it is part of a page that has a first heading already.
    part: bool,
    heading: &'static str,
    advice: &'static str,
    detail: Option<String>,
    parts: Vec<String>,
    retry: Option<String>,
    retry_seconds: u64,
    /// What happened to a company that is no longer listed.
    delisted: Option<&'static str>,
    suggestions: Vec<Found>,
    /// The page of the stock without a day or range that does not work.
    newest: Option<String>,
    request_id: Option<String>,
}

const LONGEST_PROBLEM_BYTES: usize = 64 * 1024;
const SUGGESTIONS: usize = 6;
/// A page that is available only after this time does not reload by itself.
const LONGEST_RETRY_SECONDS: u64 = 600;

/// Turns problem responses into pages for readers who look at pages.
pub(crate) async fn as_page(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let wanted = wants_page(request.uri().path(), request.headers());
    let headers = if wanted { request.headers().clone() } else { HeaderMap::new() };
    let path = if wanted { request.uri().path().to_owned() } else { String::new() };
    let has_query = request.uri().query().is_some_and(|query| !query.is_empty());
    let response = next.run(request).await;
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    if !wanted || !is_problem {
        return response;
    }
    let (parts, body) = response.into_parts();
    let problem = to_bytes(body, LONGEST_PROBLEM_BYTES)
        .await
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(problem): Option<Body> = problem else { return parts.status.into_response() };

    if path.starts_with("/embed/") {
        let heading = explanation(problem.slug().unwrap_or_default(), problem.status).0;
        let detail = problem.detail.as_deref().map(|detail| format::sentence(&format::with_days(detail)));
        return card::problem(parts.status, heading, detail.unwrap_or_default());
    }
    let searched = searched_stock(&path);
    let stock = state.stocks.find(&searched).map(|listing| Stock {
        symbol: listing.symbol.to_string(),
        name: format::short_name(&listing.name).to_owned(),
    });
    let title = format!("{} · Fortnight", problem.title);
    let mut frame = Frame::new(&state, &headers, &path, &title, "This page could not be made.").unlisted();
    frame.reload_after = problem.retry_after_seconds.filter(|&seconds| seconds <= LONGEST_RETRY_SECONDS);
    let mut body = ProblemBody::new(&state, &problem, &searched, stock.is_some());
    body.newest = stock.as_ref().filter(|_| has_query).map(|stock| format!("/forecast/{}", stock.symbol));
    let body = render(&body);
    let mut page = page_with_status(parts.status, &ProblemPage { frame, stock, body });
    for name in [RETRY_AFTER, ALLOW, HeaderName::from_static("x-request-id")] {
        if let Some(value) = parts.headers.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

/// Renders a failure for a page that is already displayed.
pub(crate) fn problem_part(state: &AppState, problem: &Problem, searched: &str) -> String {
    let mut body = problem.body().clone();
    body.request_id = service_runtime::RequestContext::current().map(|context| context.request_id);
    render(&ProblemBody::new(state, &body, searched, true))
}

impl ProblemBody {
    fn new(state: &AppState, problem: &Body, searched: &str, part: bool) -> Self {
        let slug = problem.slug().unwrap_or_default();
        let (heading, advice) = explanation(slug, problem.status);
        let suggestions =
            if slug == "unknown-stock" { matches(state, searched, SUGGESTIONS) } else { Vec::new() };
        Self {
            part,
            heading,
            advice,
            detail: problem.detail.as_deref().map(|detail| format::sentence(&format::with_days(detail))),
            parts: problem
                .errors
                .iter()
                .map(|part| format!("{}: {}.", label(&part.field), format::with_days(&part.detail)))
                .collect(),
            retry: problem.retry_after_seconds.map(format::waiting_time),
            retry_seconds: problem.retry_after_seconds.unwrap_or_default(),
            delisted: state.stocks.delisted(searched),
            suggestions,
            newest: None,
            request_id: problem.request_id.clone(),
        }
    }
}

/// Returns a problem in a few words, for a list that has room for no more.
pub(crate) fn in_short(problem: &Problem) -> &'static str {
    explanation(problem.body().slug().unwrap_or_default(), problem.body().status).0
}

/// What people call a part of an address.
fn label(field: &str) -> &str {
    match field {
        "as_of" => "Day",
        "range" => "History",
        "theme" => "Theme",
        "session" => "Trading day",
        "stocks" => "Stocks",
        "stock" => "Stock",
        other => other,
    }
}

/// A heading and what to do, by kind of problem; `docs/problems.md` lists the kinds.
fn explanation(slug: &str, status: u16) -> (&'static str, &'static str) {
    match slug {
        "unknown-stock" => (
            "We don’t know this stock",
            "It may be listed under another symbol or name, or not be listed in the US. Search again above.",
        ),
        "ambiguous-name" => ("Several stocks have this name", "Pick one by its symbol."),
        "too-little-history" => (
            "Too new for a forecast",
            "The model needs 30 trading days of prices. Come back when this stock has traded that long.",
        ),
        "before-listing" => (
            "This stock was not traded yet",
            "There are no prices for the days this forecast needs. Pick a later date.",
        ),
        "not-a-stock" => (
            "This is not a stock",
            "The price source uses this symbol for something else, so there is no forecast.",
        ),
        "no-prices" => (
            "No prices for this stock",
            "The stock is listed, but the price source has no prices for it. It may be delisted, renamed or suspended.",
        ),
        "no-track-record" => {
            ("No track record yet", "There are too few past trading days to compare forecasts with.")
        }
        "bad-input" => (
            "This address does not work",
            "Check the date and the range in the address, or start from the newest forecast.",
        ),
        "prices-rate-limited" => (
            "The price source asks us to wait",
            "We have used up our requests for the moment. We never make a forecast from old or made-up prices.",
        ),
        "prices-late" | "service-late" | "request-timeout" => {
            ("This took too long", "Something did not respond in time. Trying again often works.")
        }
        "not-found" => ("There is nothing here", "Check the address, or search for a stock above."),
        "too-many-requests" => (
            "Too many requests",
            "Many requests came from your network in a short time. Please wait a moment.",
        ),
        "overloaded" | "stopping" => {
            ("We’re very busy right now", "Many people are using Fortnight. Please try again in a moment.")
        }
        "service-unreachable" | "identity-unavailable" | "identity-refused" | "service-malformed" => (
            "We can’t make forecasts right now",
            "Part of Fortnight is not working. It is not your fault; please try again soon.",
        ),
        slug if slug.starts_with("prices-") => {
            ("We can’t get prices right now", "Without prices there is no forecast. Please try again soon.")
        }
        _ if status == StatusCode::METHOD_NOT_ALLOWED.as_u16() => {
            ("This address does not work that way", "Go back and follow a link.")
        }
        _ if status < 500 => ("This did not work", "Check the address, or search for a stock above."),
        _ => ("Something went wrong", "It is not your fault. Please try again soon."),
    }
}

/// Pages are for clients that ask for HTML, and for those that ask for nothing in particular at a page's address.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    if accepts.contains("text/html") {
        return true;
    }
    let is_file = matches!(path, "/stocks" | "/watch" | "/oembed" | "/feed.atom" | "/reports.ics")
        || path.starts_with("/static/")
        || path.starts_with("/store/")
        || path.ends_with("/events")
        || [".json", ".csv", ".png", ".svg", ".js", ".txt", ".xml"]
            .iter()
            .any(|extension| path.ends_with(extension))
        || matches!(path, "/health" | "/ready");
    accepts.contains("*/*") && !accepts.contains("json") && !is_file
}

/// Returns the part of a path under `/forecast/` that names the stock.
fn searched_stock(path: &str) -> String {
    let rest = path.strip_prefix("/forecast/").unwrap_or_default();
    let symbol = rest.split('/').next().unwrap_or_default();
    percent_encoding::percent_decode_str(symbol).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_go_to_people_and_problems_to_programs() {
        let accepting = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            headers
        };
        let browser = accepting("text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(
            wants_page("/forecast/NOPE", &browser) && wants_page("/forecast/NOPE/forecast.json", &browser)
        );
        assert!(
            wants_page("/forecast/NOPE", &HeaderMap::new())
                && wants_page("/forecast/NOPE", &accepting("*/*"))
        );
        assert!(!wants_page("/forecast/NOPE", &accepting("application/json")));
        assert!(!wants_page("/forecast/NOPE/forecast.json", &accepting("*/*")));
        assert!(!wants_page("/forecast/NOPE/plot.png", &accepting("image/avif,image/*,*/*;q=0.8")));
        assert!(!wants_page("/stocks", &accepting("*/*")) && !wants_page("/watch", &accepting("*/*")));
    }

    #[test]
    fn the_stock_is_read_back_from_the_path() {
        assert_eq!(searched_stock("/forecast/apple%20inc"), "apple inc");
        assert_eq!(searched_stock("/forecast/A+B/plot.png"), "A+B");
        assert_eq!(searched_stock("/model"), "");
    }
}

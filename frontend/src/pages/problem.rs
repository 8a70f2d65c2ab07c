//! Failures as pages: what happened, in plain words, and what can be done about it.

use askama::Template;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use problem_details::{Body, MEDIA_TYPE, Problem};

use super::frame::{Frame, page_with_status, render};
use super::search::{Found, matches};
use crate::state::App;
use crate::words;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    body: String,
}

/// The failure itself; also swapped into a page whose forecast did not come.
#[derive(Template)]
#[template(path = "problem_body.html")]
struct ProblemBody {
    /// Whether it stands in a page that has a first heading already.
    part: bool,
    heading: &'static str,
    advice: &'static str,
    detail: Option<String>,
    parts: Vec<String>,
    retry: Option<String>,
    retry_seconds: u64,
    suggestions: Vec<Found>,
    request_id: Option<String>,
}

const LONGEST_PROBLEM_BYTES: usize = 64 * 1024;
const SUGGESTIONS: usize = 6;

/// Turns problem responses into pages for readers who look at pages.
pub(crate) async fn as_page(State(app): State<App>, request: Request, next: Next) -> Response {
    let wanted = wants_page(request.uri().path(), request.headers());
    let headers = request.headers().clone();
    let path = request.uri().path().to_owned();
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

    let asked = path.strip_prefix("/forecast/").unwrap_or_default();
    let title = format!("{} · Fortnight", problem.title);
    let frame = Frame::new(&app, &headers, &path, &title, "This page could not be made.").unlisted();
    let body = ProblemBody::new(&app, &problem, &unescaped(asked), false);
    let mut page = page_with_status(parts.status, &ProblemPage { frame, body: render(&body) });
    for name in [RETRY_AFTER, axum::http::header::ALLOW, "x-request-id".parse().expect("a header name")] {
        if let Some(value) = parts.headers.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

/// Renders a failure for a page that stands already.
pub(crate) fn problem_part(app: &App, problem: &Problem, asked: &str) -> String {
    let mut body = problem.body().clone();
    body.request_id = service_runtime::RequestContext::current().map(|context| context.request_id);
    render(&ProblemBody::new(app, &body, asked, true))
}

impl ProblemBody {
    fn new(app: &App, problem: &Body, asked: &str, part: bool) -> Self {
        let slug = problem.slug().unwrap_or_default();
        let (heading, advice) = explanation(slug, problem.status);
        let suggestions = if slug == "unknown-stock" { matches(app, asked, SUGGESTIONS) } else { Vec::new() };
        Self {
            part,
            heading,
            advice,
            detail: problem.detail.clone(),
            parts: problem.errors.iter().map(|part| format!("{}: {}", part.field, part.detail)).collect(),
            retry: problem.retry_after_seconds.map(words::waiting_time),
            retry_seconds: problem.retry_after_seconds.unwrap_or_default(),
            suggestions,
            request_id: problem.request_id.clone(),
        }
    }
}

/// A heading and what to do, by kind of problem; the kinds stand in `docs/problems.md`.
fn explanation(slug: &str, status: u16) -> (&'static str, &'static str) {
    match slug {
        "unknown-stock" => (
            "No such stock in the list",
            "It may be listed under another symbol or name, or not be listed in the US. Search again:",
        ),
        "ambiguous-name" => ("More than one stock has that name", "Pick one by its symbol:"),
        "too-little-history" => (
            "Too young for a forecast",
            "The model reads the last 30 sessions. Come back once this stock has traded that long.",
        ),
        "before-listing" => (
            "Before its first trade",
            "This stock was not traded on the sessions that forecast would need. Pick a later day.",
        ),
        "not-a-stock" => (
            "Not a stock at the price source",
            "The price source uses this symbol for something else, so no forecast is made.",
        ),
        "no-prices" => (
            "No prices for this stock",
            "It is in the list, but the price source does not know it: delisted, renamed or not covered.",
        ),
        "no-track-record" => {
            ("No track record yet", "There are too few past sessions to hold forecasts against.")
        }
        "bad-input" => (
            "That address asks for something that cannot be",
            "Check the day and the range in the address, or start from the newest forecast.",
        ),
        "prices-rate-limited" => (
            "The price source asks us to wait",
            "Too many questions were asked there in a short time. No forecast is made from old or made-up prices.",
        ),
        "prices-late" | "service-late" | "request-timeout" => {
            ("That took too long", "A source or service did not answer in time. A second try often succeeds.")
        }
        "not-found" => ("There is nothing here", "The address may be mistyped. Look a stock up instead:"),
        "too-many-requests" => (
            "Too many requests from your address",
            "Pages for others are still made. Yours is too, once you have waited a moment.",
        ),
        "overloaded" | "stopping" => ("Too many readers at once", "Please try again in a moment."),
        "service-unreachable" | "identity-unavailable" | "identity-refused" | "service-malformed" => (
            "Forecasts cannot be made at the moment",
            "A service behind this page does not answer as it should. The page itself works; please try again soon.",
        ),
        slug if slug.starts_with("prices-") => (
            "Prices cannot be had at the moment",
            "Without prices there is no forecast, and none is made up. Please try again soon.",
        ),
        _ if status == StatusCode::METHOD_NOT_ALLOWED.as_u16() => {
            ("That is not how this address is used", "Go back and follow a link.")
        }
        _ if status < 500 => ("That did not work", "Check the address, or look a stock up:"),
        _ => ("Something broke", "It is not your doing. Please try again soon."),
    }
}

/// Pages are for those who ask for HTML, and for those who ask for nothing in particular at a page's address.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    if accepts.contains("text/html") {
        return true;
    }
    let is_file = path == "/stocks"
        || path.starts_with("/static/")
        || path.ends_with("/events")
        || [".json", ".csv", ".png", ".svg", ".js", ".txt", ".xml"]
            .iter()
            .any(|ending| path.ends_with(ending))
        || matches!(path, "/health" | "/ready");
    accepts.contains("*/*") && !accepts.contains("json") && !is_file
}

fn unescaped(path: &str) -> String {
    let symbol = path.split('/').next().unwrap_or_default();
    url::form_urlencoded::parse(symbol.replace('+', "%2B").as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
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
        assert!(!wants_page("/stocks", &accepting("*/*")));
    }

    #[test]
    fn the_stock_asked_for_is_read_back_from_the_path() {
        assert_eq!(unescaped("apple%20inc"), "apple inc");
        assert_eq!(unescaped("A+B/plot.png"), "A+B");
    }
}

//! `GET /sitemap.xml` and `GET /robots.txt`: what search engines should know.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use problem_details::{Problem, ProblemKind};

use crate::caching::{CachePolicy, respond};
use crate::origin::public_origin;
use crate::state::AppState;

/// Lists the page of every stock. A sitemap may hold 50,000 addresses (sitemaps.org), the list about 8,000.
pub(crate) async fn sitemap(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let origin = public_origin(&state.config, &headers).ok_or_else(|| {
        Problem::new(ProblemKind::NotFound).detail("there is no sitemap for this host; set PUBLIC_URL")
    })?;
    let origin = escaped(&origin);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let _ = writeln!(xml, "<url><loc>{origin}/</loc></url>\n<url><loc>{origin}/model</loc></url>");
    if state.store.is_some() {
        let _ = writeln!(xml, "<url><loc>{origin}/market</loc></url>\n<url><loc>{origin}/record</loc></url>");
    }
    for listing in &state.stocks {
        let _ = writeln!(xml, "<url><loc>{origin}/forecast/{}</loc></url>", listing.symbol);
    }
    xml.push_str("</urlset>\n");
    Ok(respond(&headers, CachePolicy::List, "application/xml", xml))
}

/// Keeps crawlers from making a forecast for every day and every form of a picture. The one picture that a shared
/// page names is allowed; of the rules that match, the longest one counts (RFC 9309, section 2.2.2).
pub(crate) async fn robots(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let mut text = "User-agent: *\nDisallow: /forecast/*?\nDisallow: /forecast/*/\nDisallow: /search\nDisallow: /watch\nDisallow: /oembed\n\
                    Disallow: /store/\nDisallow: /record/\n\
                    Disallow: /feed.atom?\nDisallow: /reports.ics\n\
                    Allow: /forecast/*/plot.png?*width=1200\nAllow: /\n"
        .to_owned();
    if let Some(origin) = public_origin(&state.config, &headers) {
        let _ = write!(text, "\nSitemap: {origin}/sitemap.xml\n");
    }
    respond(&headers, CachePolicy::List, "text/plain; charset=utf-8", text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

//! `GET /sitemap.xml` and `GET /robots.txt`: what search engines should know.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::caching::{Keep, cached};
use crate::origin::public_origin;
use crate::state::App;

/// Lists the page of every stock. A sitemap may hold 50,000 addresses (sitemaps.org), the list about 8,000.
pub(crate) async fn sitemap(State(app): State<App>, headers: HeaderMap) -> Response {
    let origin = escaped(&public_origin(app.config.public_url.as_ref(), &headers));
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let _ = writeln!(xml, "<url><loc>{origin}/</loc></url>\n<url><loc>{origin}/model</loc></url>");
    for listing in &app.stocks {
        let _ = writeln!(xml, "<url><loc>{origin}/forecast/{}</loc></url>", listing.symbol);
    }
    xml.push_str("</urlset>\n");
    cached(&headers, Keep::List, "application/xml", xml)
}

/// Keeps crawlers from making a forecast for every day and every form of a picture.
pub(crate) async fn robots(State(app): State<App>, headers: HeaderMap) -> Response {
    let origin = public_origin(app.config.public_url.as_ref(), &headers);
    let text = format!(
        "User-agent: *\nDisallow: /forecast/*?\nDisallow: /forecast/*/\nDisallow: /search\nAllow: /\n\nSitemap: {origin}/sitemap.xml\n"
    );
    cached(&headers, Keep::List, "text/plain; charset=utf-8", text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

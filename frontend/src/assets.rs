//! The files that come with the page, embedded in the binary.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::{Path, Query};

use crate::caching::{Keep, cached, content_hash};

/// One embedded file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    hash: LazyLock<String>,
}

macro_rules! asset {
    ($name:literal, $media_type:literal) => {
        Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../static/", $name)),
            hash: LazyLock::new(|| content_hash(include_bytes!(concat!("../static/", $name)))),
        }
    };
}

static ASSETS: [Asset; 6] = [
    asset!("site.css", "text/css; charset=utf-8"),
    asset!("theme.js", "text/javascript; charset=utf-8"),
    asset!("site.js", "text/javascript; charset=utf-8"),
    asset!("picker.js", "text/javascript; charset=utf-8"),
    asset!("favicon.svg", "image/svg+xml"),
    asset!("offline.js", "text/javascript; charset=utf-8"),
];

/// The part of the query that makes an address unique to its content.
#[derive(Debug, Deserialize)]
pub(crate) struct Version {
    v: Option<String>,
}

/// `GET /static/{name}`.
pub(crate) async fn show(
    Path(name): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset =
        find(&name).ok_or_else(|| Problem::new(ProblemKind::NotFound).detail("there is no such file"))?;
    // Only the address that names this very content may be kept for good.
    let keep = if version.v.as_deref() == Some(asset.hash.as_str()) { Keep::Immutable } else { Keep::Page };
    Ok(cached(&headers, keep, asset.media_type, asset.bytes))
}

/// `GET /favicon.ico` and `/favicon.svg`.
pub(crate) async fn favicon(headers: HeaderMap) -> Response {
    let asset = find("favicon.svg").expect("the icon is embedded");
    cached(&headers, Keep::List, asset.media_type, asset.bytes)
}

/// `GET /offline.js`: the worker that shows a page without a connection. A worker rules the folder it lies in, so
/// it stands at the root.
pub(crate) async fn worker(headers: HeaderMap) -> Response {
    let asset = find("offline.js").expect("the worker is embedded");
    cached(&headers, Keep::Page, asset.media_type, asset.bytes).into_response()
}

/// Returns the address of a file, unique to its content.
pub(crate) fn address(name: &str) -> String {
    let asset = find(name).expect("templates name embedded files only");
    format!("/static/{}?v={}", asset.name, asset.hash.as_str())
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

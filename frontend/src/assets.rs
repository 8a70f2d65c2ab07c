//! The files that come with the page: compiled in for releases, read from disk in development.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header::{CONTENT_ENCODING, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use moka::sync::Cache;
use problem_details::{Problem, ProblemKind};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;
use service_runtime::extract::{Path, Query};

use crate::caching::{CachePolicy, respond};
use crate::compression::Encoding;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Assets;

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
    let file = Assets::get(&name).ok_or_else(not_found)?;
    // Only an address with this content's hash may be cached forever.
    let is_this_content = version.v.is_some_and(|version| version == hash(&file));
    let policy = if is_this_content { CachePolicy::Immutable } else { CachePolicy::Page };
    Ok(send(&headers, policy, &name, file))
}

/// `GET /favicon.ico` and `/favicon.svg`.
pub(crate) async fn favicon(headers: HeaderMap) -> Result<Response, Problem> {
    let file = Assets::get("favicon.svg").ok_or_else(not_found)?;
    Ok(send(&headers, CachePolicy::List, "favicon.svg", file))
}

/// `GET /offline.js`: the worker that shows a page without a connection. A worker controls the folder it is in, so
/// it is served from the root.
pub(crate) async fn worker(headers: HeaderMap) -> Result<Response, Problem> {
    let file = Assets::get("offline.js").ok_or_else(not_found)?;
    Ok(send(&headers, CachePolicy::Page, "offline.js", file))
}

/// Returns the address of a file, unique to its content.
pub(crate) fn address(name: &str) -> String {
    let file = Assets::get(name).expect("templates name files of this folder only");
    format!("/static/{name}?v={}", hash(&file))
}

fn send(headers: &HeaderMap, policy: CachePolicy, name: &str, file: EmbeddedFile) -> Response {
    let encoding = if name.ends_with(".png") { Encoding::Identity } else { Encoding::accepted(headers) };
    let body = match (encoding, file.data) {
        (Encoding::Identity, Cow::Borrowed(bytes)) => Bytes::from_static(bytes),
        (Encoding::Identity, Cow::Owned(bytes)) => Bytes::from(bytes),
        (_, data) => COMPRESSED
            .get_with((file.metadata.sha256_hash(), encoding), || encoding.compress_best(&data).into()),
    };
    let mut response = respond(headers, policy, media_type(name), body);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding.as_str()
        && response.status() == StatusCode::OK
    {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Files in the form they are sent, by the hash of their content: each is compressed once.
static COMPRESSED: LazyLock<Cache<([u8; 32], Encoding), Bytes>> = LazyLock::new(|| Cache::new(MOST_FILES));
const MOST_FILES: u64 = 100;

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn not_found() -> Problem {
    Problem::new(ProblemKind::NotFound).detail("there is no such file")
}

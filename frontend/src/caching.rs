//! Entity tags and cache headers, one policy for each kind of response.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use headers::{HeaderMapExt as _, IfNoneMatch};

use crate::compression::Encoding;

/// The media type of every page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// How long a response may be stored, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CachePolicy {
    /// A page: revalidated each time, but not sent again if unchanged.
    Page,
    /// A picture or download of a forecast.
    Forecast,
    /// Search results of the list.
    List,
    /// A file whose address includes the hash of its content.
    Immutable,
    /// A page that only bridges a wait; going back must not show it again.
    Never,
}

impl CachePolicy {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page => "no-cache",
            Self::Forecast => "public, max-age=60, stale-while-revalidate=300",
            Self::List => "public, max-age=3600",
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Never => "no-store",
        })
    }
}

/// A page that is ready to send, with its entity tag.
#[derive(Clone, Debug)]
pub(crate) struct CachedBody {
    bytes: Bytes,
    tag: HeaderValue,
    encoding: Encoding,
}

impl CachedBody {
    /// Takes a page and its compressed form.
    pub(crate) fn new(page: &[u8], bytes: Bytes, encoding: Encoding) -> Self {
        Self { bytes, tag: entity_tag(page), encoding }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Responds with the page, or with 304 if the client has it.
    pub(crate) fn respond(&self, requested: &HeaderMap) -> Response {
        let body = Body::from(self.bytes.clone());
        let mut response = unless_unchanged(requested, CachePolicy::Page, HTML, self.tag.clone(), body);
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        if let Some(encoding) = self.encoding.as_str()
            && response.status() == StatusCode::OK
        {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// A body that is sent many times, with its entity tag.
#[derive(Clone, Debug)]
pub(crate) struct TaggedBody {
    bytes: Bytes,
    tag: HeaderValue,
}

impl TaggedBody {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { tag: entity_tag(&bytes), bytes }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Responds with the body, or with 304 if the client has it.
    pub(crate) fn respond(&self, requested: &HeaderMap, policy: CachePolicy, media_type: &str) -> Response {
        unless_unchanged(requested, policy, media_type, self.tag.clone(), Body::from(self.bytes.clone()))
    }
}

/// Responds with a body, or with 304 if the client has it.
pub(crate) fn respond(
    requested: &HeaderMap,
    policy: CachePolicy,
    media_type: &str,
    body: impl Into<Body> + AsRef<[u8]>,
) -> Response {
    let tag = entity_tag(body.as_ref());
    unless_unchanged(requested, policy, media_type, tag, body.into())
}

fn unless_unchanged(
    requested: &HeaderMap,
    policy: CachePolicy,
    media_type: &str,
    tag: HeaderValue,
    body: Body,
) -> Response {
    let may_revalidate = policy != CachePolicy::Never;
    let unchanged = may_revalidate && has(requested, &tag);
    let mut response = Response::new(if unchanged { Body::empty() } else { body });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).expect("media types are visible ASCII"));
    headers.insert(CACHE_CONTROL, policy.header());
    if may_revalidate {
        headers.insert(ETAG, tag);
    }
    response
}

/// Returns whether the client names this tag in `If-None-Match`.
fn has(requested: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(known) = requested.typed_get::<IfNoneMatch>() else { return false };
    let tag = tag.to_str().ok().and_then(|tag| tag.parse().ok());
    tag.is_some_and(|tag| !known.precondition_passes(&tag))
}

/// Weak, because compression changes the bytes and not the meaning (RFC 9110, section 8.8.1).
fn entity_tag(bytes: &[u8]) -> HeaderValue {
    let tag = format!("W/\"{}\"", content_hash(bytes));
    HeaderValue::try_from(tag).expect("a tag is hexadecimal text in quotes")
}

/// Returns a hash of the content that is the same in every process of this build.
pub(crate) fn content_hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use axum::http::header::IF_NONE_MATCH;

    use super::*;

    #[test]
    fn a_client_that_has_the_body_gets_only_its_headers() {
        let first = respond(&HeaderMap::new(), CachePolicy::Forecast, "text/plain", "hello");
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].clone();

        let mut requested = HeaderMap::new();
        let tags = format!("\"x\", {}", tag.to_str().unwrap());
        requested.insert(IF_NONE_MATCH, HeaderValue::try_from(tags).unwrap());

        let status = |policy, body| respond(&requested, policy, "text/plain", body).status();
        assert_eq!(status(CachePolicy::Forecast, "hello"), StatusCode::NOT_MODIFIED);
        assert_eq!(status(CachePolicy::Forecast, "other"), StatusCode::OK);
        let never = respond(&requested, CachePolicy::Never, "text/plain", "hello");
        assert_eq!((never.status(), never.headers().get(ETAG)), (StatusCode::OK, None));
    }
}

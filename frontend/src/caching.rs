//! Entity tags and cache headers, one rule for each kind of answer.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

/// How long an answer may be kept, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// A page: ask each time, but do not send it twice.
    Page,
    /// A picture or download of a forecast.
    Forecast,
    /// Search results of the list.
    List,
    /// A file whose address holds the hash of its content.
    Immutable,
    /// A page that only bridges a wait; going back must not show it again.
    Never,
}

impl Keep {
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

/// Answers with a body, or with 304 where the reader has the very same one.
pub(crate) fn cached(
    asked: &HeaderMap,
    keep: Keep,
    media_type: &'static str,
    body: impl Into<Body> + AsRef<[u8]>,
) -> Response {
    let tag = entity_tag(body.as_ref());
    let unchanged = keep != Keep::Never && matches(asked, &tag);
    let mut response = Response::new(if unchanged { Body::empty() } else { body.into() });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, keep.header());
    if keep != Keep::Never {
        headers.insert(ETAG, HeaderValue::try_from(tag).expect("a tag is hexadecimal text in quotes"));
    }
    response
}

/// Weak, because compression changes the bytes and not the meaning (RFC 9110, section 8.8.1).
fn entity_tag(bytes: &[u8]) -> String {
    format!("W/\"{}\"", content_hash(bytes))
}

/// Returns a hash of the content that is the same in every process of this build.
pub(crate) fn content_hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn matches(asked: &HeaderMap, tag: &str) -> bool {
    let opaque = tag.trim_start_matches("W/");
    asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|candidate| candidate.trim() == "*" || candidate.trim().trim_start_matches("W/") == opaque)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_has_it_gets_only_the_news_that_nothing_changed() {
        let first = cached(&HeaderMap::new(), Keep::Forecast, "text/plain", "hello");
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].clone();

        let mut asked = HeaderMap::new();
        asked.insert(
            IF_NONE_MATCH,
            HeaderValue::try_from(format!("\"x\", {}", tag.to_str().unwrap())).unwrap(),
        );

        assert_eq!(cached(&asked, Keep::Forecast, "text/plain", "hello").status(), StatusCode::NOT_MODIFIED);
        assert_eq!(cached(&asked, Keep::Forecast, "text/plain", "other").status(), StatusCode::OK);
        let never = cached(&asked, Keep::Never, "text/plain", "hello");
        assert_eq!((never.status(), never.headers().get(ETAG)), (StatusCode::OK, None));
    }
}

//! Turns the answer an upstream would have given into the one its fault gives.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::{Fault, Upstream};
use crate::error_pages::{NO_SUCH_KEY, RATE_EXCEEDED, UNDECLARED};

/// Put into a response's extensions, it makes the server drop the connection instead of sending the response.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is dropped on purpose")]
pub(crate) struct ConnectionReset;

/// Returns what the client gets; `truth` makes the right answer and is only asked where the fault needs it.
pub(crate) async fn apply(
    fault: Fault,
    upstream: Upstream,
    truth: impl AsyncFnOnce() -> Response,
) -> Response {
    match fault {
        Fault::Reset => {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(ConnectionReset);
            response
        }
        Fault::Delay { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            truth().await
        }
        Fault::Drip { bytes, milliseconds } => {
            drip(truth().await, bytes.max(1), Duration::from_millis(milliseconds)).await
        }
        Fault::MovedTo { location } => redirect(StatusCode::MOVED_PERMANENTLY, &location),
        Fault::Sorry => redirect(StatusCode::FOUND, "https://www.google.com/sorry/index?continue=x"),
        Fault::Status { status, retry_after_seconds } => error(upstream, status, retry_after_seconds),
        Fault::EmptyBody => answer(200, media_type(upstream), ""),
        Fault::Html => answer(200, "text/html; charset=utf-8", PAGE),
        Fault::TruncatedJson => {
            let (parts, body) = whole(truth().await).await;
            let half = body.slice(..body.len() / 2);
            with_body(parts, half)
        }
        Fault::BrokenOff => break_off(truth().await).await,
        Fault::WrongTypes => wrong_types(truth().await).await,
        Fault::HugeBody { mebibytes } => huge(upstream, mebibytes),
        Fault::EmptyArray => answer(200, "application/json", "[]"),
        Fault::Answer { status, content_type, body } => answer(status, &content_type, &body),
    }
}

const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Before you continue</title></head><body>Maintenance</body></html>";

fn media_type(upstream: Upstream) -> &'static str {
    match upstream {
        Upstream::Prices => "application/json;charset=utf-8",
        Upstream::Bulk | Upstream::News | Upstream::Tweets | Upstream::Reports | Upstream::Mentions => {
            "application/json"
        }
        Upstream::Articles => "application/sparql-results+json;charset=utf-8",
        Upstream::Searches | Upstream::Pageviews => "application/json; charset=utf-8",
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static("text/plain"));
    (status, [(header::CONTENT_TYPE, content_type)], body.to_owned()).into_response()
}

fn redirect(status: StatusCode, location: &str) -> Response {
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
    (status, [(header::LOCATION, location)]).into_response()
}

/// The bodies the upstreams were seen to send; nearly none of them is JSON.
fn error(upstream: Upstream, status: u16, retry_after_seconds: Option<u32>) -> Response {
    let mut response = match (upstream, status) {
        (Upstream::Prices, 404) => answer(
            404,
            media_type(upstream),
            r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#,
        ),
        (Upstream::Prices, 429) => answer(429, "text/plain", "Edge: Too Many Requests"),
        (Upstream::Bulk | Upstream::News | Upstream::Tweets, 401) => {
            answer(401, "text/html; charset=UTF-8", "Unauthenticated")
        }
        (Upstream::Bulk | Upstream::News | Upstream::Tweets, 402) => answer(
            402,
            "text/html; charset=UTF-8",
            "You exceeded your daily API requests limit.  Please contact support@eodhistoricaldata.com",
        ),
        (Upstream::Bulk | Upstream::News | Upstream::Tweets, 403) => answer(
            403,
            "text/html; charset=UTF-8",
            "Only EOD data allowed for free users. Please, contact our support team: support@eodhistoricaldata.com",
        ),
        (Upstream::Reports, 403) => answer(403, "text/html", UNDECLARED),
        (Upstream::Reports, 404) => answer(404, "application/xml", NO_SUCH_KEY),
        (Upstream::Reports, 429) => answer(429, "text/html", RATE_EXCEEDED),
        (_, status) => answer(
            status,
            "text/html; charset=utf-8",
            &format!(
                "<!DOCTYPE html><html lang=en><title>Error {status}</title><p><b>{status}.</b> That’s an error."
            ),
        ),
    };
    if let Some(seconds) = retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

type Parts = axum::http::response::Parts;

async fn whole(response: Response) -> (Parts, Bytes) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    // The body was made in this process, so it neither fails nor is without bounds.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts, bytes)
}

fn with_body(parts: Parts, body: impl Into<Body>) -> Response {
    Response::from_parts(parts, body.into())
}

async fn drip(response: Response, bytes: usize, pause: Duration) -> Response {
    let (parts, body) = whole(response).await;
    let drops = stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = rest.split_to(bytes.min(rest.len()));
        Some((Ok::<_, std::convert::Infallible>(drop), rest))
    });
    with_body(parts, Body::from_stream(drops))
}

async fn break_off(response: Response) -> Response {
    let (mut parts, body) = whole(response).await;
    // The client notices, because the announced length does not match.
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len().max(2)));
    let half = body.slice(..body.len() / 2);
    let begun = stream::iter([Ok(half)]);
    let broken = stream::once(async {
        // While it waits for more the server sends what it has; without the pause, none of the answer might arrive.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("broken off on purpose"))
    });
    with_body(parts, Body::from_stream(begun.chain(broken)))
}

async fn wrong_types(response: Response) -> Response {
    let (parts, body) = whole(response).await;
    let text = String::from_utf8_lossy(&body);
    // Google puts a line before its JSON.
    let (guard, json) = match text.split_once('\n') {
        Some((guard, json)) if guard.starts_with(")]}'") => (format!("{guard}\n"), json),
        _ => (String::new(), &*text),
    };
    match serde_json::from_str::<Value>(json) {
        Ok(value) => with_body(parts, format!("{guard}{}", swapped(value))),
        Err(_) => with_body(parts, body.clone()),
    }
}

fn swapped(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(format!("about {number}")),
        Value::String(text) => Value::from(text.len()),
        Value::Bool(_) | Value::Null => value,
        Value::Array(items) => items.into_iter().map(swapped).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, field)| (key, swapped(field))).collect(),
    }
}

fn huge(upstream: Upstream, mebibytes: usize) -> Response {
    const CHUNK: usize = 64 * 1024;
    static BLANKS: [u8; CHUNK] = [b' '; CHUNK];
    let blanks = stream::repeat_with(|| Bytes::from_static(&BLANKS)).take(mebibytes * (1024 * 1024 / CHUNK));
    let chunks = stream::once(async { Bytes::from_static(b"{") })
        .chain(blanks)
        .chain(stream::once(async { Bytes::from_static(b"}") }))
        .map(Ok::<_, std::convert::Infallible>);
    let content_type: (HeaderName, _) = (header::CONTENT_TYPE, media_type(upstream));
    ([content_type], Body::from_stream(chunks)).into_response()
}

//! One HTTP exchange with an upstream: bounded in time and size, never following a redirect.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, redirect};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::SourceError;

/// Upstreams refuse clients that do not look like a browser.
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// Three years of daily bars are 0.2 MB, the largest honest answer about one stock.
pub(crate) const BODY_LIMIT_BYTES: usize = 2 * 1024 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The connections to the upstreams, pooled and shared by all clients.
#[derive(Clone, Debug)]
pub struct Http(reqwest::Client);

/// What an upstream answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Http {
    /// Makes the pool. Certificates come from the system's store unless all `upstreams` are plain HTTP.
    ///
    /// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` apply, unless all `upstreams` are on this machine.
    ///
    /// # Errors
    /// When the TLS back end cannot start, for example because the system has no certificates.
    pub fn new(upstreams: &[&Url]) -> Result<Self, reqwest::Error> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/plain, */*"));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en-US,en;q=0.9"));
        let mut client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers)
            .gzip(true)
            // A redirect is an answer in itself here: a consent page or a block.
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(64)
            .tcp_nodelay(true);
        if upstreams.iter().all(|url| is_loopback(url)) {
            client = client.no_proxy();
        }
        if upstreams.iter().all(|url| url.scheme() == "http") {
            // Reading the system's certificates takes longer than everything else at the start.
            client = client.tls_certs_only([]);
        }
        client.build().map(Self)
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.0.get(url)
    }

    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.0.post(url)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Sends a request and reads the whole answer, within the deadline and the size limit.
pub(crate) async fn exchange(request: RequestBuilder, deadline: Instant) -> Result<Answer, SourceError> {
    exchange_up_to(BODY_LIMIT_BYTES, request, deadline).await
}

/// Like [`exchange`], with the caller's limit of the body in bytes.
pub(crate) async fn exchange_up_to(
    limit: usize,
    request: RequestBuilder,
    deadline: Instant,
) -> Result<Answer, SourceError> {
    timeout_at(deadline, send_and_read(request, limit)).await.map_err(|_| SourceError::Late)?
}

/// Sends a request and reads no more than the head of its answer.
pub(crate) async fn exchange_head(request: RequestBuilder, deadline: Instant) -> Result<Answer, SourceError> {
    let response = timeout_at(deadline, request.send()).await.map_err(|_| SourceError::Late)?;
    let mut response = response.map_err(broken)?;
    let headers = std::mem::take(response.headers_mut());
    Ok(Answer { status: response.status(), headers, body: Bytes::new() })
}

async fn send_and_read(request: RequestBuilder, limit: usize) -> Result<Answer, SourceError> {
    let mut response = request.send().await.map_err(broken)?;
    let body = match read_body(&mut response, limit).await {
        // A refusal counts as one, even if its page is too large or its compression is broken.
        Err(_) if !response.status().is_success() => Bytes::new(),
        body => body?,
    };
    let headers = std::mem::take(response.headers_mut());
    Ok(Answer { status: response.status(), headers, body })
}

async fn read_body(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, SourceError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(SourceError::malformed("the body is too large"));
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        // Counted after decompression, so a small bomb does not pass.
        if body.len() + chunk.len() > limit {
            return Err(SourceError::malformed("the body is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The address is taken out of the error before anything else sees it: it holds the token.
fn broken(error: reqwest::Error) -> SourceError {
    if error.is_timeout() && !error.is_connect() {
        return SourceError::Late;
    }
    let is_decode = error.is_decode();
    let is_no_http = is_no_http(&error);
    let what = if error.is_connect() { "no connection" } else { "the connection broke" };
    let cause: Arc<dyn Error + Send + Sync> = Arc::new(error.without_url());
    if is_decode {
        return SourceError::Malformed {
            what: "the body breaks off or is not compressed as it says",
            cause: Some(cause),
        };
    }
    if is_no_http {
        return SourceError::Malformed { what: "not an HTTP answer", cause: Some(cause) };
    }
    SourceError::Unreachable { what, cause: Some(cause) }
}

/// A status line that is none, for example, which a second request would not improve.
fn is_no_http(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return true;
        }
        next = cause.source();
    }
    false
}

impl Answer {
    pub(crate) fn is_json(&self) -> bool {
        self.headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/json"))
    }

    /// The wait that `Retry-After` asks for, in seconds or as a date.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let asked = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Some(seconds) = asked.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0) {
            return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
        }
        let date = rfc2822::DateTimeParser::new().parse_timestamp(asked).ok()?;
        Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
    }

    /// The body without surrounding white space and without a byte-order mark.
    pub(crate) fn trimmed(&self) -> &[u8] {
        trim(&self.body)
    }
}

pub(crate) fn trim(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (asked, seconds) in [
            ("90", Some(90)),
            (" 5 ", Some(5)),
            ("86400.0", Some(86_400)),
            ("Mon, 23 Nov 2026 12:02:00 GMT", Some(120)),
            ("Mon, 23 Nov 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, asked.parse().unwrap());
            let answer = Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, body: Bytes::new() };
            assert_eq!(answer.retry_after(now), seconds.map(Duration::from_secs), "{asked}");
        }
    }
}

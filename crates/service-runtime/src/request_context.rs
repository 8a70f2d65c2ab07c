//! The ids that follow a request through all three services.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::client_rate::ClientKey;

/// Carries our request id.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C Trace Context.
pub static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The older header of Google Cloud: `TRACE_ID/SPAN_ID;o=1`.
pub static CLOUD_TRACE: HeaderName = HeaderName::from_static("x-cloud-trace-context");

const LONGEST_REQUEST_ID: usize = 64;

/// The ids of a request and its trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestContext {
    /// Identifies the request in the logs of all services and in problem responses.
    pub request_id: String,
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits: the caller's span.
    pub span_id: String,
    /// The client it is made for, where a service in front or the connection says so.
    pub client: Option<ClientKey>,
    sampled: bool,
    /// Whether the caller started the trace.
    from_caller: bool,
}

tokio::task_local! {
    static CURRENT: RequestContext;
}

impl RequestContext {
    /// Reads the ids from a request's headers and makes new ones for those that are missing or malformed.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let given = text(&TRACEPARENT)
            .and_then(parse_traceparent)
            .or_else(|| text(&CLOUD_TRACE).and_then(parse_cloud_trace));
        let from_caller = given.is_some();
        let (trace_id, span_id, sampled) = given.unwrap_or_else(|| {
            (hex(rand::random::<u128>(), 32), hex(u128::from(rand::random::<u64>()), 16), false)
        });
        let request_id = text(&REQUEST_ID)
            .filter(|id| is_request_id(id))
            .map_or_else(|| hex(u128::from(rand::random::<u64>()), 16), str::to_owned);
        let client = ClientKey::from_headers(headers);
        Self { request_id, trace_id, span_id, client, sampled, from_caller }
    }

    /// Returns the context of the request that this task handles, if it handles one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs a future with this context as the current one.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// Returns the caller's trace, span and sampling decision, if the caller started the trace.
    #[cfg(feature = "otel")]
    pub(crate) fn caller(&self) -> Option<(&str, &str, bool)> {
        self.from_caller.then_some((self.trace_id.as_str(), self.span_id.as_str(), self.sampled))
    }

    /// Replaces the ids that are logged and passed on with those of our own span.
    #[cfg(feature = "otel")]
    pub(crate) fn continue_in(&mut self, trace_id: String, span_id: String, sampled: bool) {
        (self.trace_id, self.span_id, self.sampled) = (trace_id, span_id, sampled);
    }

    /// Returns the headers that pass the ids to the next service.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let flag = u8::from(self.sampled);
        let span = u64::from_str_radix(&self.span_id, 16).unwrap_or_default();
        let pairs = [
            (REQUEST_ID.clone(), self.request_id.clone()),
            (TRACEPARENT.clone(), format!("00-{}-{}-{flag:02x}", self.trace_id, self.span_id)),
            (CLOUD_TRACE.clone(), format!("{}/{span};o={flag}", self.trace_id)),
        ];
        let value = |text: String| HeaderValue::try_from(text).expect("ids hold visible ASCII only");
        let ids = pairs.into_iter().map(|(name, text)| (name, value(text)));
        ids.chain(self.client.map(ClientKey::header)).collect()
    }
}

fn is_request_id(id: &str) -> bool {
    (1..=LONGEST_REQUEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Reads `00-<32 hex>-<16 hex>-<2 hex>`; all-zero ids are invalid. Source: W3C Trace Context, section 3.2.
fn parse_traceparent(text: &str) -> Option<(String, String, bool)> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed =
        is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    let not_zero = |id: &str| id.bytes().any(|byte| byte != b'0');
    (well_formed && not_zero(trace) && not_zero(span)).then(|| {
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|bits| bits & 1 == 1);
        (trace.to_owned(), span.to_owned(), sampled)
    })
}

/// Reads `<32 hex>/<decimal span>;o=<0|1>`, the last part optional.
fn parse_cloud_trace(text: &str) -> Option<(String, String, bool)> {
    let (trace, rest) = text.split_once('/')?;
    let (span, options) = rest.split_once(';').unwrap_or((rest, ""));
    let span: u64 = span.parse().ok()?;
    is_hex(trace, 32).then(|| (trace.to_owned(), hex(u128::from(span), 16), options == "o=1"))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn hex(number: u128, width: usize) -> String {
    let mut text = String::with_capacity(width);
    write!(text, "{number:0width$x}").expect("writing to a string succeeds");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_trace_is_taken_over_and_passed_on_unchanged() {
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context =
            RequestContext::from_headers(&headers(&[(&TRACEPARENT, traceparent), (&REQUEST_ID, "abc-1")]));

        assert_eq!(context.request_id, "abc-1");
        assert_eq!(context.headers()[&TRACEPARENT], traceparent);
        assert_eq!(RequestContext::from_headers(&context.headers()), context);
    }

    #[test]
    fn the_header_of_google_cloud_is_understood() {
        let cloud = "105445aa7843bc8bf206b12000100000/1;o=1";
        let context = RequestContext::from_headers(&headers(&[(&CLOUD_TRACE, cloud)]));
        assert_eq!(context.trace_id, "105445aa7843bc8bf206b12000100000");
        assert_eq!(context.span_id, "0000000000000001");
        assert_eq!(context.headers()[&CLOUD_TRACE], cloud);
    }

    #[test]
    fn malformed_ids_are_replaced() {
        let zero = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let forged = "x\"} forged";
        for (name, value) in
            [(&TRACEPARENT, zero), (&TRACEPARENT, "00-é"), (&CLOUD_TRACE, "abc"), (&REQUEST_ID, forged)]
        {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            let context = RequestContext::from_headers(&[(name.clone(), value)].into_iter().collect());
            assert!(is_hex(&context.trace_id, 32) && is_hex(&context.span_id, 16));
            assert!(is_hex(&context.request_id, 16));
        }
    }
}

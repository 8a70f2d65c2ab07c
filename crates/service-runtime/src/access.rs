//! What is recorded of each request when it ends: a log line, a count and a latency.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use tracing::Span;

use crate::tracing_export;

/// Status recorded when the client disconnected before its response; nginx uses the same number.
const CLIENT_CLOSED_REQUEST: u16 = 499;
/// Label of requests that match no route. With their paths, anyone could create any number of labels.
const UNMATCHED: &str = "unmatched";

/// The log line of a request. It leaves out the query, which may contain personal data.
pub(crate) struct AccessLine {
    pub(crate) method: Method,
    /// The route's pattern, such as `/forecast/{symbol}`.
    pub(crate) route: String,
    path: String,
    probe: bool,
}

impl AccessLine {
    pub(crate) fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
        let path = route.clone().unwrap_or_else(|| request.uri().path().chars().take(200).collect());
        let probe = matches!(request.uri().path(), "/health" | "/ready");
        let route = route.unwrap_or_else(|| UNMATCHED.to_owned());
        Self { method: request.method().clone(), route, path, probe }
    }

    fn log(&self, status: u16, took: Duration) {
        let latency = format!("{:.6}s", took.as_secs_f64());
        let status = u64::from(status);
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    target: "http",
                    $level,
                    httpRequest.requestMethod = self.method.as_str(),
                    httpRequest.requestUrl = self.path.as_str(),
                    httpRequest.status = status,
                    httpRequest.latency = latency.as_str(),
                    "{} {} {status}",
                    self.method,
                    self.path
                )
            };
        }
        if self.probe { line!(tracing::Level::DEBUG) } else { line!(tracing::Level::INFO) }
    }

    fn count(&self, status: u16, took: Duration) {
        // A client can send any text as method; only the known ones become labels.
        let method = match self.method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            _ => "other",
        };
        metrics::counter!(
            "http_requests_total",
            "method" => method, "route" => self.route.clone(), "status" => status.to_string()
        )
        .increment(1);
        metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => self.route.clone())
            .record(took.as_secs_f64());
    }
}

/// A request in progress. If it is dropped before it is finished, the client has disconnected, which is recorded too.
pub(crate) struct Unfinished {
    line: AccessLine,
    span: Span,
    started: Instant,
    finished: bool,
}

impl Unfinished {
    pub(crate) fn new(line: AccessLine, span: Span) -> Self {
        metrics::gauge!("http_requests_in_flight").increment(1);
        Self { line, span, started: Instant::now(), finished: false }
    }

    pub(crate) fn finish(mut self, status: StatusCode) {
        self.finished = true;
        self.record(status.as_u16());
    }

    fn record(&self, status: u16) {
        let took = self.started.elapsed();
        self.span.in_scope(|| self.line.log(status, took));
        self.line.count(status, took);
        tracing_export::end_request(&self.span, status);
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        metrics::gauge!("http_requests_in_flight").decrement(1);
        if !self.finished {
            self.record(CLIENT_CLOSED_REQUEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use crate::client_rate::ClientRateConfig;
    use crate::http_stack::{HttpLimits, with_http_stack};
    use crate::metrics::tests::scrape_after;

    use super::*;

    fn service() -> Router {
        let limits = HttpLimits {
            deadline: Duration::from_secs(5),
            body_limit_bytes: 1024,
            in_flight: 8,
            clients: ClientRateConfig::default(),
            faces_visitors: false,
        };
        let routes = Router::new()
            .route("/forecast/{symbol}", get(async || "a page"))
            .route("/hangs", get(async || std::future::pending::<&'static str>().await));
        with_http_stack(routes, limits)
    }

    fn request(method: &str, path: &str) -> Request {
        Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
    }

    #[test]
    fn requests_are_counted_by_route_not_by_path() {
        let text = scrape_after(async || {
            for (method, path) in [
                ("GET", "/forecast/AAPL"),
                ("GET", "/forecast/MSFT"),
                ("GET", "/wp-login"),
                ("BREW", "/hangs"),
            ] {
                service().oneshot(request(method, path)).await.unwrap();
            }
        });

        for line in [
            "http_requests_total{method=\"GET\",route=\"/forecast/{symbol}\",status=\"200\"} 2",
            "http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
            "http_requests_total{method=\"other\",route=\"/hangs\",status=\"405\"} 1",
            "http_request_duration_seconds_count{method=\"GET\",route=\"/forecast/{symbol}\"} 2",
            "http_requests_in_flight 0",
        ] {
            assert!(text.lines().any(|got| got == line), "{line:?} is not a line of\n{text}");
        }
        assert!(!text.contains("AAPL") && !text.contains("wp-login"), "{text}");
    }

    #[test]
    fn a_client_that_disconnects_is_counted_with_status_499() {
        let text = scrape_after(async || {
            let mut answer = Box::pin(service().oneshot(request("GET", "/hangs")));
            let waker = std::task::Waker::noop();
            let mut context = std::task::Context::from_waker(waker);
            assert!(answer.as_mut().poll(&mut context).is_pending());
            drop(answer);
        });

        let line = "http_requests_total{method=\"GET\",route=\"/hangs\",status=\"499\"} 1";
        assert!(text.lines().any(|got| got == line), "{text}");
        assert!(text.lines().any(|got| got == "http_requests_in_flight 0"), "{text}");
    }
}

//! Problem details for HTTP APIs (RFC 9457): the one shape in which every Fortnight service reports a failure.
//!
//! A [`Problem`] carries what the client should know; the [`std::error::Error`] behind it rides along in the
//! response's extensions ([`Cause`]) and is logged once, at the edge, by the HTTP stack.
//!
//! ```
//! use http::StatusCode;
//! use problem_details::Problem;
//!
//! let problem = Problem::new(StatusCode::NOT_FOUND, "unknown-stock", "Unknown stock")
//!     .detail("no listed stock is called ACME");
//! assert_eq!(problem.body().kind, "https://fortnight.example/problems/unknown-stock");
//! ```

mod rejections;

use std::error::Error;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Every `type` is this address and a slug; `docs/problems.md` explains each slug.
pub const TYPE_BASE: &str = "https://fortnight.example/problems/";

/// A failure on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    // Boxed, so that a result with a problem stays cheap to move.
    body: Box<Body>,
    retry_after_seconds: Option<u64>,
    cause: Option<Cause>,
}

/// The JSON body of a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// A stable address that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words, the same each time.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time: what was given, what was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Finds this request in the logs of all services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When a further try may succeed, for problems that pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// The parts of the input that were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One refused part of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where, as a JSON pointer (RFC 6901) into the body or the name of a query parameter.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The error behind a problem, for the log only.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<dyn Error + Send + Sync>);

impl Problem {
    /// Makes a problem of a kind: its status, its slug in `docs/problems.md`, and the kind in a few words.
    #[must_use]
    pub fn new(status: StatusCode, slug: &str, title: &str) -> Self {
        let body = Body {
            kind: format!("{TYPE_BASE}{slug}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: None,
            request_id: None,
            retry_after_seconds: None,
            errors: Vec::new(),
        };
        Self { status, body: Box::new(body), retry_after_seconds: None, cause: None }
    }

    /// Says what happened this time; public, so nothing secret belongs here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.body.detail = Some(detail.into());
        self
    }

    /// Names a part of the input that was refused.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.body.errors.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// Says when a further try may succeed, in the body and as `Retry-After`.
    #[must_use]
    pub fn retry_after_seconds(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self.body.retry_after_seconds = Some(seconds);
        self
    }

    /// Keeps the error behind it for the log.
    #[must_use]
    pub fn caused_by(mut self, error: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Cause(Arc::new(error)));
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns what the client will read.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }
}

impl Body {
    /// Returns the slug at the end of `type`, where the problem is one of ours.
    #[must_use]
    pub fn slug(&self) -> Option<&str> {
        self.kind.strip_prefix(TYPE_BASE)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = serde_json::to_vec(&self.body).expect("a problem holds only strings and numbers");
        let mut response = (self.status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The HTTP stack reads both: the cause for the log, the body to add the request id to it.
        response.extensions_mut().insert(*self.body);
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_becomes_a_response_with_its_status_and_media_type() {
        let problem =
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "prices-rate-limited", "Prices rate limited")
                .retry_after_seconds(30);

        let response = problem.into_response();

        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
        assert_eq!(response.headers()[RETRY_AFTER], "30");
        assert_eq!(response.extensions().get::<Body>().unwrap().slug(), Some("prices-rate-limited"));
    }

    #[test]
    fn the_body_reads_back() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-input", "Bad input")
            .detail("one field was refused")
            .field("/history/3/close", "is NaN, expected a positive number");

        let json = serde_json::to_string(problem.body()).unwrap();

        assert_eq!(&serde_json::from_str::<Body>(&json).unwrap(), problem.body());
    }
}

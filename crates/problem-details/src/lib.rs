//! Problem details for HTTP APIs (RFC 9457): how every Fortnight service reports a failure.
//!
//! A [`Problem`] carries what the client should know. The [`std::error::Error`] behind it travels in the response's
//! extensions ([`Cause`]); the HTTP stack logs it once.
//!
//! ```
//! use problem_details::{Problem, ProblemKind};
//!
//! let problem = Problem::new(ProblemKind::UnknownStock).detail("no listed stock is called ACME");
//! assert_eq!(problem.status(), 404);
//! assert_eq!(problem.body().kind, "https://fortnight.example/problems/unknown-stock");
//! ```

mod kind;
mod rejections;

use std::error::Error;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

pub use kind::ProblemKind;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Every `type` is this address followed by a slug; `docs/problems.md` explains each slug.
pub const TYPE_BASE: &str = "https://fortnight.example/problems/";

/// A failure on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    // Boxed, so that a result with a problem stays cheap to move.
    body: Box<Body>,
    cause: Option<Cause>,
}

/// The JSON body of a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Problem))]
pub struct Body {
    /// A stable address that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time: what was given, what was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The id of this request in the logs of all services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds until a retry may succeed, for temporary problems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// The parts of the input that were rejected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One rejected part of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or the name of a query parameter.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The error behind a problem; only for the log.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<dyn Error + Send + Sync>);

impl Problem {
    /// Makes a problem of a kind, with nothing said yet about this occurrence.
    #[must_use]
    pub fn new(kind: ProblemKind) -> Self {
        let body = Body {
            kind: format!("{TYPE_BASE}{}", kind.slug()),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            detail: None,
            request_id: None,
            retry_after_seconds: None,
            errors: Vec::new(),
        };
        Self { status: kind.status(), body: Box::new(body), cause: None }
    }

    /// Passes on another service's problem, even of a kind this build does not know, under our own request id;
    /// `None` if the status is not an error.
    #[must_use]
    pub fn relay(status: StatusCode, body: &Body) -> Option<Self> {
        let is_error = status.is_client_error() || status.is_server_error();
        let body = Body { status: status.as_u16(), request_id: None, ..body.clone() };
        is_error.then(|| Self { status, body: Box::new(body), cause: None })
    }

    /// Says what happened this time. Clients read it, so it must hold no secret.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.body.detail = Some(detail.into());
        self
    }

    /// Names a part of the input that was rejected.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.body.errors.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// Says when a retry may succeed, in the body and as `Retry-After`.
    #[must_use]
    pub fn retry_after_seconds(mut self, seconds: u64) -> Self {
        self.body.retry_after_seconds = Some(seconds);
        self
    }

    /// Attaches the error behind the problem, for the log.
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

    /// Returns the JSON body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }
}

impl Body {
    /// Returns the slug at the end of `type`, if the problem comes from a Fortnight service.
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
        if let Some(seconds) = self.body.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The HTTP stack logs the cause and adds the request id to the body.
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
        let problem = Problem::new(ProblemKind::PricesRateLimited).retry_after_seconds(30);

        let response = problem.into_response();

        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
        assert_eq!(response.headers()[RETRY_AFTER], "30");
        assert_eq!(response.extensions().get::<Body>().unwrap().slug(), Some("prices-rate-limited"));
    }

    #[test]
    fn a_body_survives_json() {
        let problem = Problem::new(ProblemKind::BadInput)
            .detail("one field was rejected")
            .field("/history/3/close", "is NaN, expected a positive number");

        let json = serde_json::to_string(problem.body()).unwrap();

        assert_eq!(&serde_json::from_str::<Body>(&json).unwrap(), problem.body());
    }

    #[test]
    fn a_problem_of_another_service_is_passed_on_unless_it_says_success() {
        let mut theirs = Problem::new(ProblemKind::NoPrices).detail("no prices for ACME").body().clone();
        theirs.request_id = Some("theirs".to_owned());

        let relayed = Problem::relay(StatusCode::NOT_FOUND, &theirs).unwrap();

        assert_eq!(relayed.body(), &Body { request_id: None, ..theirs.clone() });
        assert!(Problem::relay(StatusCode::OK, &theirs).is_none());
    }
}

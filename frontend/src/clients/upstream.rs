//! What calling either service has in common: address, identity, request ids, limits, and how a call can fail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use identity_tokens::{IdentityError, IdentityTokens};
use problem_details::Body;
use reqwest::{Client, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use service_runtime::RequestContext;
use url::Url;

/// One of the two services behind the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Predict,
    Plot,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Predict => "predict-service",
            Self::Plot => "plot-service",
        })
    }
}

/// A service, and how it is called.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) service: Service,
    base: Url,
    http: Client,
    identity: IdentityTokens,
    deadline: Duration,
}

/// How a call to a service behind the page can fail.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("{service} cannot be reached")]
    Unreachable { service: Service, source: Arc<reqwest::Error> },
    #[error("{service}: the platform in front of it answered {status}")]
    Unavailable { service: Service, status: u16, retry_after_seconds: Option<u64> },
    #[error("{service}: Cloud Run answered 429: no instance is free")]
    Overloaded { service: Service, retry_after_seconds: Option<u64> },
    #[error("{service} did not answer within {deadline:?}")]
    Late { service: Service, deadline: Duration },
    #[error("no identity token for {service}")]
    Identity { service: Service, source: IdentityError },
    #[error(
        "{service} refused the identity token with 401: it expired, or its audience is not the service's address"
    )]
    Unauthenticated { service: Service },
    #[error("{service} refused the caller with 403: its service account needs the role run.invoker")]
    Forbidden { service: Service },
    #[error("{service} answered {status}: {}", body.detail.as_deref().unwrap_or(&body.title))]
    Problem { service: Service, status: StatusCode, body: Box<Body> },
    #[error("{service} sent an unusable answer: {reason}")]
    Malformed { service: Service, reason: String },
}

const LONGEST_PROBLEM_BYTES: usize = 64 * 1024;

impl Upstream {
    pub(super) fn new(
        service: Service,
        base: Url,
        http: Client,
        identity: IdentityTokens,
        deadline: Duration,
    ) -> Self {
        Self { service, base, http, identity, deadline }
    }

    /// Does one whole exchange within the service's deadline.
    pub(super) async fn within_deadline<T>(
        &self,
        exchange: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, UpstreamError> {
        tokio::time::timeout(self.deadline, exchange).await.unwrap_or_else(|_| Err(self.late()))
    }

    /// Sends a request with identity and ids; a token that was refused is renewed once.
    pub(super) async fn send(
        &self,
        path: &str,
        make: impl Fn(&Client, Url) -> RequestBuilder,
    ) -> Result<Response, UpstreamError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let mut renewed = false;
        loop {
            let token = self
                .identity
                .token()
                .await
                .map_err(|source| UpstreamError::Identity { service: self.service, source })?;
            let mut request = make(&self.http, url.clone());
            if let Some(context) = RequestContext::current() {
                request = request.headers(context.headers());
            }
            if let Some(token) = &token {
                request = request.bearer_auth(token.expose_secret());
            }
            let response = request.send().await.map_err(|error| self.unreachable(error))?;
            let refused = response.status() == StatusCode::UNAUTHORIZED;
            match token {
                Some(token) if refused && !renewed && self.identity.can_renew() => {
                    self.identity.forget(&token);
                    renewed = true;
                }
                _ => return self.accepted(response).await,
            }
        }
    }

    /// Reads a whole body of at most `limit_bytes`.
    pub(super) async fn body(
        &self,
        mut response: Response,
        limit_bytes: usize,
    ) -> Result<Vec<u8>, UpstreamError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(error))? {
            if body.len() + chunk.len() > limit_bytes {
                return Err(self.malformed(format!("the body is longer than {limit_bytes} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    pub(super) fn malformed(&self, reason: impl Into<String>) -> UpstreamError {
        UpstreamError::Malformed { service: self.service, reason: reason.into() }
    }

    pub(super) fn unreachable(&self, error: reqwest::Error) -> UpstreamError {
        UpstreamError::Unreachable { service: self.service, source: Arc::new(error.without_url()) }
    }

    fn late(&self) -> UpstreamError {
        UpstreamError::Late { service: self.service, deadline: self.deadline }
    }

    /// Passes a success on and turns anything else into the error it means.
    async fn accepted(&self, response: Response) -> Result<Response, UpstreamError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if is_problem(response.headers()) {
            let bytes = self.body(response, LONGEST_PROBLEM_BYTES).await?;
            let body: Body = serde_json::from_slice(&bytes)
                .map_err(|error| self.malformed(format!("{status} with an unreadable problem: {error}")))?;
            return Err(UpstreamError::Problem { service: self.service, status, body: Box::new(body) });
        }
        Err(self.platform_refusal(status, response.headers()))
    }

    /// A failure without a problem is the platform's own, as text or HTML: the service never saw the request.
    /// Source: cloud.google.com/run/docs/troubleshooting, sections on 401, 403, 429, 500, 503 and 504.
    fn platform_refusal(&self, status: StatusCode, headers: &HeaderMap) -> UpstreamError {
        let service = self.service;
        let retry_after_seconds = retry_after(headers);
        match status {
            StatusCode::UNAUTHORIZED => UpstreamError::Unauthenticated { service },
            StatusCode::FORBIDDEN => UpstreamError::Forbidden { service },
            StatusCode::TOO_MANY_REQUESTS => UpstreamError::Overloaded { service, retry_after_seconds },
            StatusCode::INTERNAL_SERVER_ERROR | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => {
                UpstreamError::Unavailable { service, status: status.as_u16(), retry_after_seconds }
            }
            StatusCode::GATEWAY_TIMEOUT => self.late(),
            _ => self.malformed(format!("{status} without a problem description")),
        }
    }
}

fn is_problem(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|kind| kind.starts_with(problem_details::MEDIA_TYPE))
}

/// Reads `Retry-After` where it is a number of seconds; a date is left to the default.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

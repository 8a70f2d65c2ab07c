//! What calling either service has in common: address, identity, request ids, limits, and how a call can fail.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use problem_details::Body;
use reqwest::{Client, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use service_runtime::RequestContext;
use url::Url;

use super::identity::{IdentityError, IdentityTokens};

/// One of the services behind the page.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) name: &'static str,
    base: Url,
    http: Client,
    identity: IdentityTokens,
    deadline: Duration,
}

/// How a call to a service behind the page can fail.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("{service} cannot be reached")]
    Unreachable { service: &'static str, source: Arc<reqwest::Error> },
    #[error("{service} did not answer within {deadline:?}")]
    Late { service: &'static str, deadline: Duration },
    #[error("no identity token for {service}")]
    Identity { service: &'static str, source: IdentityError },
    #[error("{service} refused the identity of this service with {status}")]
    Forbidden { service: &'static str, status: u16 },
    #[error("{service} answered {status}: {}", body.detail.as_deref().unwrap_or(&body.title))]
    Problem { service: &'static str, status: StatusCode, body: Box<Body> },
    #[error("{service} gave an answer that cannot be used: {reason}")]
    Malformed { service: &'static str, reason: String },
}

impl Upstream {
    pub(super) fn new(
        name: &'static str,
        base: Url,
        http: Client,
        identity: IdentityTokens,
        deadline: Duration,
    ) -> Self {
        Self { name, base, http, identity, deadline }
    }

    /// Does one whole exchange within the service's deadline.
    pub(super) async fn within_deadline<T>(
        &self,
        exchange: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, UpstreamError> {
        tokio::time::timeout(self.deadline, exchange)
            .await
            .unwrap_or(Err(UpstreamError::Late { service: self.name, deadline: self.deadline }))
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
                .map_err(|source| UpstreamError::Identity { service: self.name, source })?;
            let mut request = make(&self.http, url.clone());
            if let Some(context) = RequestContext::current() {
                request = request.headers(context.headers());
            }
            if let Some(token) = &token {
                request = request.bearer_auth(token.expose_secret());
            }
            let response = request.send().await.map_err(|error| self.lost(error))?;
            let refused = response.status() == StatusCode::UNAUTHORIZED;
            match token {
                Some(token) if refused && !renewed && self.identity.can_renew() => {
                    self.identity.forget(&token).await;
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
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(error))? {
            if body.len() + chunk.len() > limit_bytes {
                return Err(self.malformed(format!("the body is longer than {limit_bytes} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    pub(super) fn malformed(&self, reason: impl Into<String>) -> UpstreamError {
        UpstreamError::Malformed { service: self.name, reason: reason.into() }
    }

    pub(super) fn lost(&self, error: reqwest::Error) -> UpstreamError {
        UpstreamError::Unreachable { service: self.name, source: Arc::new(error.without_url()) }
    }

    /// Passes a success on and turns anything else into the error it means.
    async fn accepted(&self, response: Response) -> Result<Response, UpstreamError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let is_problem = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with(problem_details::MEDIA_TYPE));
        if is_problem {
            let bytes = self.body(response, 64 * 1024).await?;
            let body: Body = serde_json::from_slice(&bytes)
                .map_err(|error| self.malformed(format!("{status} with an unreadable problem: {error}")))?;
            return Err(UpstreamError::Problem { service: self.name, status, body: Box::new(body) });
        }
        // Cloud Run's own refusals are HTML: the service never saw the request.
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(UpstreamError::Forbidden { service: self.name, status: status.as_u16() });
        }
        Err(self.malformed(format!("{status} without a problem description")))
    }
}

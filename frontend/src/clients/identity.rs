//! Identity tokens: how the page proves to a private Cloud Run service who is calling.
//!
//! A token is taken from the first of: a text given in the configuration, a file, the metadata server. On Cloud Run
//! that server signs one for the audience (the address of the called service); it lives about an hour, so it is
//! kept until shortly before its `exp` and fetched by one caller at a time. Plain `http` targets, as on loopback
//! and between compose containers, get none. The signature is not checked here: the receiver does that.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use service_runtime::Clock;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

/// Where identity tokens come from.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Identity towards private services")]
pub struct IdentityConfig {
    /// Token for predict-service, as `gcloud auth print-identity-token --audiences=URL` prints it
    #[arg(long, env = "PREDICT_ID_TOKEN", hide_env_values = true)]
    pub predict_id_token: Option<SecretString>,
    /// Token for plot-service
    #[arg(long, env = "PLOT_ID_TOKEN", hide_env_values = true)]
    pub plot_id_token: Option<SecretString>,
    /// File with the token for predict-service, read again for each use
    #[arg(long, env = "PREDICT_ID_TOKEN_FILE")]
    pub predict_id_token_file: Option<PathBuf>,
    /// File with the token for plot-service, read again for each use
    #[arg(long, env = "PLOT_ID_TOKEN_FILE")]
    pub plot_id_token_file: Option<PathBuf>,
    /// Audience of tokens for predict-service; its address where absent
    #[arg(long, env = "PREDICT_AUDIENCE")]
    pub predict_audience: Option<String>,
    /// Audience of tokens for plot-service; its address where absent
    #[arg(long, env = "PLOT_AUDIENCE")]
    pub plot_audience: Option<String>,
    /// Host, and perhaps port, of the metadata server; set it only to stand in for Google's
    #[arg(long, env = "GCE_METADATA_HOST")]
    pub metadata_host: Option<String>,
    /// Set by Cloud Run; there, and only there, https targets get tokens from the metadata server
    #[arg(long, env = "K_SERVICE", hide = true)]
    pub cloud_run_service: Option<String>,
}

/// Google's own metadata server. Source: cloud.google.com/run/docs/securing/service-identity.
const METADATA_HOST: &str = "metadata.google.internal";
/// A token this close to its end is replaced.
const REFRESH_BEFORE: SignedDuration = SignedDuration::from_mins(5);
/// A token this close to its end is no longer sent, even where no new one can be had.
const USELESS_BEFORE: SignedDuration = SignedDuration::from_secs(20);
/// After a refusal nobody asks again for this long, so that a queue of callers does not become a storm.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(1);
const METADATA_TIMEOUT: Duration = Duration::from_secs(3);
const LONGEST_TOKEN_BYTES: usize = 16 * 1024;

/// Says why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    #[error("the metadata server at {host} cannot be reached")]
    Unreachable { host: String, source: Arc<reqwest::Error> },
    #[error("the metadata server answered {status} for audience {audience}: {body}")]
    Refused { status: u16, audience: String, body: String },
    #[error("cannot read the token file {path}")]
    File { path: PathBuf, source: Arc<std::io::Error> },
    #[error("the {from} gave something that is not a token: {reason}")]
    Malformed { from: &'static str, reason: &'static str },
}

/// Gives out tokens for one target.
#[derive(Debug)]
pub(crate) struct IdentityTokens {
    origin: TokenOrigin,
    kept: Mutex<Kept>,
    clock: Clock,
}

/// Where tokens for a target come from.
#[derive(Debug)]
pub(crate) enum TokenOrigin {
    /// The target wants none.
    None,
    Given(SecretString),
    File(PathBuf),
    Metadata {
        http: Client,
        host: String,
        audience: String,
    },
}

#[derive(Debug, Default)]
struct Kept {
    token: Option<(SecretString, Timestamp)>,
    refusal: Option<(IdentityError, Instant)>,
}

impl TokenOrigin {
    /// Chooses where tokens for a target come from; what is given by hand wins.
    pub(crate) fn choose(
        target: &Url,
        given: Option<SecretString>,
        file: Option<PathBuf>,
        audience: Option<String>,
        config: &IdentityConfig,
        http: &Client,
    ) -> Self {
        let on_google = config.cloud_run_service.is_some() || config.metadata_host.is_some();
        match (given, file) {
            (Some(token), _) => Self::Given(token),
            (None, Some(path)) => Self::File(path),
            (None, None) if on_google && (target.scheme() == "https" || audience.is_some()) => {
                Self::Metadata {
                    http: http.clone(),
                    host: config.metadata_host.clone().unwrap_or_else(|| METADATA_HOST.to_owned()),
                    audience: audience.unwrap_or_else(|| target.origin().ascii_serialization()),
                }
            }
            (None, None) => Self::None,
        }
    }

    /// Names the origin for the log; never the token.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Given(_) => "configuration",
            Self::File(_) => "file",
            Self::Metadata { .. } => "metadata server",
        }
    }
}

impl IdentityTokens {
    pub(crate) fn new(origin: TokenOrigin, clock: Clock) -> Self {
        Self { origin, kept: Mutex::default(), clock }
    }

    /// Returns the token to send, or none where the target wants none.
    ///
    /// Callers queue while one of them fetches, and then share what it got.
    pub(crate) async fn token(&self) -> Result<Option<SecretString>, IdentityError> {
        match &self.origin {
            TokenOrigin::None => Ok(None),
            TokenOrigin::Given(token) => Ok(Some(token.clone())),
            TokenOrigin::File(path) => read_file(path).await.map(Some),
            TokenOrigin::Metadata { http, host, audience } => {
                let mut kept = self.kept.lock().await;
                self.kept_or_fetched(&mut kept, http, host, audience).await.map(Some)
            }
        }
    }

    /// Drops the kept token if it is the one the target has just refused.
    pub(crate) async fn forget(&self, refused: &SecretString) {
        let mut kept = self.kept.lock().await;
        if kept.token.as_ref().is_some_and(|(token, _)| token.expose_secret() == refused.expose_secret()) {
            kept.token = None;
        }
    }

    /// Says whether asking again may give another token.
    pub(crate) fn can_renew(&self) -> bool {
        matches!(self.origin, TokenOrigin::File(_) | TokenOrigin::Metadata { .. })
    }

    async fn kept_or_fetched(
        &self,
        kept: &mut Kept,
        http: &Client,
        host: &str,
        audience: &str,
    ) -> Result<SecretString, IdentityError> {
        let left = kept.token.as_ref().map(|(_, expires)| expires.duration_since(self.clock.now()));
        if let (Some((token, _)), Some(left)) = (&kept.token, left)
            && left > REFRESH_BEFORE
        {
            return Ok(token.clone());
        }
        if let Some((error, until)) = &kept.refusal
            && Instant::now() < *until
        {
            return still_good(kept, left).ok_or_else(|| error.clone());
        }
        match fetch(http, host, audience).await {
            Ok((token, expires)) => {
                *kept = Kept { token: Some((token.clone(), expires)), refusal: None };
                Ok(token)
            }
            Err(error) => {
                tracing::warn!(%error, "no new identity token");
                kept.refusal = Some((error.clone(), Instant::now() + PAUSE_AFTER_REFUSAL));
                still_good(kept, left).ok_or(error)
            }
        }
    }
}

/// An old token serves while it lives, should the metadata server be away for a moment.
fn still_good(kept: &Kept, left: Option<SignedDuration>) -> Option<SecretString> {
    let (token, _) = kept.token.as_ref()?;
    (left? > USELESS_BEFORE).then(|| token.clone())
}

async fn read_file(path: &Path) -> Result<SecretString, IdentityError> {
    let owned = path.to_owned();
    let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(owned))
        .await
        .expect("reading a file does not panic")
        .map_err(|error| IdentityError::File { path: path.to_owned(), source: Arc::new(error) })?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(IdentityError::Malformed { from: "token file", reason: "not one line of visible ASCII" });
    }
    Ok(SecretString::from(token))
}

async fn fetch(
    http: &Client,
    host: &str,
    audience: &str,
) -> Result<(SecretString, Timestamp), IdentityError> {
    let unreachable = |error: reqwest::Error| IdentityError::Unreachable {
        host: host.to_owned(),
        source: Arc::new(error.without_url()),
    };
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/identity");
    let mut response = http
        .get(url)
        .query(&[("audience", audience)])
        .header("metadata-flavor", "Google")
        .timeout(METADATA_TIMEOUT)
        .send()
        .await
        .map_err(unreachable)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_TOKEN_BYTES {
            return Err(IdentityError::Malformed {
                from: "metadata server",
                reason: "longer than any token",
            });
        }
    }
    let text = String::from_utf8_lossy(&body);
    if !response.status().is_success() {
        return Err(IdentityError::Refused {
            status: response.status().as_u16(),
            audience: audience.to_owned(),
            body: text.trim().chars().filter(|c| !c.is_control()).take(200).collect(),
        });
    }
    let token = text.trim();
    let expires = expiry(token)?;
    Ok((SecretString::from(token), expires))
}

/// Reads `exp` from the payload of a JWT. Source: RFC 7519, sections 3 and 4.1.4.
fn expiry(token: &str) -> Result<Timestamp, IdentityError> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: i64,
    }
    let malformed = |reason| IdentityError::Malformed { from: "metadata server", reason };
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("expected three parts between dots"));
    };
    let json = URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .map_err(|_| malformed("the payload is not base64url"))?;
    let claims: Claims =
        serde_json::from_slice(&json).map_err(|_| malformed("the payload has no number `exp`"))?;
    Timestamp::from_second(claims.exp).map_err(|_| malformed("`exp` is no moment"))
}

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use service_runtime::Clock;
use tokio::time::Instant;
use url::Url;

use crate::{Given, IdentityError, Platform};

/// Google's own metadata server. Source: cloud.google.com/run/docs/securing/service-identity.
const METADATA_HOST: &str = "metadata.google.internal";
/// A token this close to its end is renewed.
const REFRESH_BEFORE: SignedDuration = SignedDuration::from_mins(5);
/// A token this close to its end is no longer sent, even if no new one is available.
const USELESS_BEFORE: SignedDuration = SignedDuration::from_secs(20);
/// After a refusal no request is sent for this long, so that waiting callers do not flood the server.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(1);
const METADATA_TIMEOUT: Duration = Duration::from_secs(3);
const LONGEST_TOKEN_BYTES: usize = 16 * 1024;

/// Returns tokens for one target.
#[derive(Debug)]
pub struct IdentityTokens {
    origin: TokenOrigin,
    clock: Clock,
    cache: Arc<TokenCache>,
}

/// Where tokens for a target come from.
#[derive(Debug)]
pub(crate) enum TokenOrigin {
    /// The target needs none.
    None,
    Given(SecretString),
    File(PathBuf),
    Metadata(MetadataServer),
}

/// The server that signs tokens for an audience.
#[derive(Clone, Debug)]
pub(crate) struct MetadataServer {
    http: Client,
    host: String,
    audience: String,
}

/// The token in use, and the state of fetching the next one.
#[derive(Debug, Default)]
struct TokenCache {
    token: Mutex<Option<(SecretString, Timestamp)>>,
    /// Locked while a token is fetched; remembers the last refusal and when to ask again.
    fetching: Arc<tokio::sync::Mutex<Option<(IdentityError, Instant)>>>,
}

impl TokenOrigin {
    /// Chooses where tokens for a target come from; the configuration wins.
    pub(crate) fn choose(target: &Url, given: Given, platform: &Platform, http: &Client) -> Self {
        let on_google = platform.is_google();
        let audience = given.audience;
        match (given.token, given.file) {
            (Some(token), _) => Self::Given(token),
            (None, Some(path)) => Self::File(path),
            (None, None) if on_google && (target.scheme() == "https" || audience.is_some()) => {
                Self::Metadata(MetadataServer {
                    http: http.clone(),
                    host: platform.metadata_host.clone().unwrap_or_else(|| METADATA_HOST.to_owned()),
                    audience: audience.unwrap_or_else(|| target.origin().ascii_serialization()),
                })
            }
            (None, None) => Self::None,
        }
    }
}

impl IdentityTokens {
    /// Chooses where tokens for a target come from; the configuration wins.
    #[must_use]
    pub fn new(target: &Url, given: Given, platform: &Platform, http: &Client, clock: Clock) -> Self {
        let origin = TokenOrigin::choose(target, given, platform, http);
        Self { origin, clock, cache: Arc::default() }
    }

    /// Names the origin for the log; never the token.
    #[must_use]
    pub fn origin(&self) -> &'static str {
        match self.origin {
            TokenOrigin::None => "none",
            TokenOrigin::Given(_) => "configuration",
            TokenOrigin::File(_) => "file",
            TokenOrigin::Metadata(_) => "metadata server",
        }
    }

    /// Returns the token to send; `None` if the target needs none.
    ///
    /// A token that is about to expire is still returned, and renewed in the background. Only callers without a usable
    /// token wait: one of them fetches, and the others share the result.
    ///
    /// # Errors
    /// When the target needs a token and there is none.
    pub async fn token(&self) -> Result<Option<SecretString>, IdentityError> {
        match &self.origin {
            TokenOrigin::None => Ok(None),
            TokenOrigin::Given(token) => Ok(Some(token.clone())),
            TokenOrigin::File(path) => read_file(path).await.map(Some),
            TokenOrigin::Metadata(server) => self.cached_or_fetched(server).await.map(Some),
        }
    }

    /// Drops the cached token if it is the one that the target has just refused.
    pub fn forget(&self, refused: &SecretString) {
        let mut token = self.cache.token();
        if token.as_ref().is_some_and(|(token, _)| token.expose_secret() == refused.expose_secret()) {
            *token = None;
        }
    }

    /// Returns whether another request may bring a different token.
    #[must_use]
    pub fn can_renew(&self) -> bool {
        matches!(self.origin, TokenOrigin::File(_) | TokenOrigin::Metadata(_))
    }

    async fn cached_or_fetched(&self, server: &MetadataServer) -> Result<SecretString, IdentityError> {
        let usable = |(token, expires): &(SecretString, Timestamp)| {
            let left = expires.duration_since(self.clock.now());
            (left > USELESS_BEFORE).then(|| (token.clone(), left))
        };
        let cached = self.cache.token().as_ref().and_then(usable);
        if let Some((token, left)) = cached {
            if left < REFRESH_BEFORE {
                self.refresh_in_background(server);
            }
            return Ok(token);
        }
        let mut refused = self.cache.fetching.lock().await;
        // Another caller may have fetched one while this one waited.
        if let Some((token, _)) = self.cache.token().as_ref().and_then(usable) {
            return Ok(token);
        }
        self.cache.fetch(server, &mut refused).await
    }

    /// Renews the token in a separate task, unless one is already doing so.
    fn refresh_in_background(&self, server: &MetadataServer) {
        let Ok(mut refused) = Arc::clone(&self.cache.fetching).try_lock_owned() else { return };
        let (cache, server) = (Arc::clone(&self.cache), server.clone());
        tokio::spawn(async move {
            // `fetch` has logged the error; the old token is used until it expires.
            let _ = cache.fetch(&server, &mut refused).await;
        });
    }
}

impl TokenCache {
    fn token(&self) -> MutexGuard<'_, Option<(SecretString, Timestamp)>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches a token and stores it; does not ask again for a moment after a refusal.
    async fn fetch(
        &self,
        server: &MetadataServer,
        refused: &mut Option<(IdentityError, Instant)>,
    ) -> Result<SecretString, IdentityError> {
        if let Some((error, until)) = refused
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        match server.fetch().await {
            Ok((token, expires)) => {
                *refused = None;
                *self.token() = Some((token.clone(), expires));
                Ok(token)
            }
            Err(error) => {
                tracing::warn!(%error, "no new identity token");
                *refused = Some((error.clone(), Instant::now() + PAUSE_AFTER_REFUSAL));
                Err(error)
            }
        }
    }
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

impl MetadataServer {
    async fn fetch(&self) -> Result<(SecretString, Timestamp), IdentityError> {
        let Self { http, host, audience } = self;
        let unreachable = |error: reqwest::Error| IdentityError::Unreachable {
            host: host.clone(),
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
                let reason = "longer than any token";
                return Err(IdentityError::Malformed { from: "metadata server", reason });
            }
        }
        let text = String::from_utf8_lossy(&body);
        if !response.status().is_success() {
            return Err(IdentityError::Refused {
                status: response.status().as_u16(),
                audience: audience.clone(),
                body: text.trim().chars().filter(|c| !c.is_control()).take(200).collect(),
            });
        }
        let token = text.trim();
        let expires = expiry(token)?;
        Ok((SecretString::from(token), expires))
    }
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
    Timestamp::from_second(claims.exp).map_err(|_| malformed("`exp` is out of range"))
}

#[cfg(test)]
mod tests;

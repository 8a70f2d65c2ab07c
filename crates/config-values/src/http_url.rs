use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use url::Url;

/// The address of an HTTP service: `http` or `https`, a host, and perhaps a port and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl(Url);

/// Why a text is not such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// There is no `http://` or `https://`, or no valid host and port after it. `localhost:8000` is one of these: it
    /// is a URL with the scheme `localhost`.
    #[error("expected an address with http:// or https://, such as http://localhost:8000")]
    NotHttp,
    /// Paths are appended to the address, which a query or fragment would swallow.
    #[error("expected an address without \"?\" and \"#\", such as http://localhost:8000")]
    HasQuery,
    /// Addresses are logged and shown, so they must hold no password.
    #[error("expected an address without user name and password, such as http://localhost:8000")]
    HasCredentials,
}

impl TryFrom<Url> for HttpUrl {
    type Error = InvalidUrl;

    fn try_from(url: Url) -> Result<Self, Self::Error> {
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.port() == Some(0) {
            return Err(InvalidUrl::NotHttp);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidUrl::HasQuery);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::HasCredentials);
        }
        Ok(Self(url))
    }
}

impl FromStr for HttpUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(Url::parse(text).map_err(|_| InvalidUrl::NotHttp)?)
    }
}

impl Deref for HttpUrl {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0
    }
}

impl From<HttpUrl> for Url {
    fn from(address: HttpUrl) -> Self {
        address.0
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_and_https_addresses_are_accepted() {
        for text in ["http://localhost:8000", "https://fortnight.example/", "http://[::1]:8000/base"] {
            assert!(text.parse::<HttpUrl>().is_ok(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_rejected_with_the_reason() {
        for (text, reason) in [
            ("localhost:8000", InvalidUrl::NotHttp),
            ("predict-service:8000", InvalidUrl::NotHttp),
            ("127.0.0.1:8000", InvalidUrl::NotHttp),
            ("fortnight.example", InvalidUrl::NotHttp),
            ("//fortnight.example", InvalidUrl::NotHttp),
            ("ftp://fortnight.example", InvalidUrl::NotHttp),
            ("file:///etc/passwd", InvalidUrl::NotHttp),
            ("mailto:a@b", InvalidUrl::NotHttp),
            ("http://", InvalidUrl::NotHttp),
            ("http://localhost:0", InvalidUrl::NotHttp),
            ("http://localhost:99999", InvalidUrl::NotHttp),
            ("https://fortnight.example/?token=1", InvalidUrl::HasQuery),
            ("https://fortnight.example/#top", InvalidUrl::HasQuery),
            ("https://me:secret@fortnight.example", InvalidUrl::HasCredentials),
        ] {
            assert_eq!(text.parse::<HttpUrl>(), Err(reason), "{text}");
        }
    }
}

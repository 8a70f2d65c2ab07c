//! Which client a request is made for, so that a service behind another can share its work out fairly.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::address::Network;

/// Carries the key to the services behind. A service that visitors reach never reads it.
static CLIENT_KEY: HeaderName = HeaderName::from_static("x-client-key");

/// New in every process, so that keys reveal no addresses.
static SALT: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Stands for one client without revealing its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey(u64);

impl ClientKey {
    pub(super) fn of(client: Network) -> Self {
        Self(SALT.hash_one(client))
    }

    /// Reads the key that the service in front has sent.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(&CLIENT_KEY)?.to_str().ok()?;
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(text, 16).ok().filter(|_| is_hex).map(Self)
    }

    /// Returns the header that carries the key.
    #[must_use]
    pub fn header(self) -> (HeaderName, HeaderValue) {
        let value = HeaderValue::try_from(format!("{:016x}", self.0));
        (CLIENT_KEY.clone(), value.expect("hexadecimal digits are visible ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_arrives_as_it_was_sent_and_anything_else_is_none() {
        let key = ClientKey::of(Network::of("192.0.2.1".parse().unwrap()));
        assert_eq!(ClientKey::from_headers(&[key.header()].into_iter().collect()), Some(key));
        assert_ne!(ClientKey::of(Network::of("192.0.2.2".parse().unwrap())), key);
        for text in ["", "1", "+00000000000000f", "00000000000000fg", "192.0.2.1"] {
            let headers = [(CLIENT_KEY.clone(), text.parse().unwrap())].into_iter().collect();
            assert_eq!(ClientKey::from_headers(&headers), None, "{text}");
        }
    }
}

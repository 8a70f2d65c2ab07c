//! The address the public sees, for links that must be absolute.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use url::Url;

/// Returns `scheme://host` without a slash at the end: the configured address, else the one the request names.
pub(crate) fn public_origin(configured: Option<&Url>, headers: &HeaderMap) -> String {
    if let Some(url) = configured {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    let host = text(HOST.as_str()).filter(|host| is_host(host)).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

/// Accepts names, addresses and ports only: the text ends up in links.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_request_names_the_origin_unless_it_is_configured() {
        let request = with(&[("host", "127.0.0.1:8501")]);
        assert_eq!(public_origin(None, &request), "http://127.0.0.1:8501");
        let behind_proxy = with(&[("host", "web.run.app"), ("x-forwarded-proto", "https")]);
        assert_eq!(public_origin(None, &behind_proxy), "https://web.run.app");
        let configured = Url::parse("https://fortnight.example").unwrap();
        assert_eq!(public_origin(Some(&configured), &request), "https://fortnight.example");
    }

    #[test]
    fn a_forged_host_does_not_reach_a_link() {
        assert_eq!(public_origin(None, &with(&[("host", "a\"><script>")])), "http://localhost");
    }
}

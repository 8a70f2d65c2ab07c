//! The address the public sees, for links that must be absolute.

use axum::http::HeaderMap;
use axum::http::header::HOST;

use crate::config::Config;

/// Returns `scheme://host` without a slash at the end: the configured address, else the one the request names, if
/// its host is one of those that may be named. Any other host gets pages without absolute links.
pub(crate) fn public_origin(config: &Config, headers: &HeaderMap) -> Option<String> {
    if let Some(url) = &config.public_url {
        return Some(url.as_str().trim_end_matches('/').to_owned());
    }
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let host = text(HOST.as_str())?;
    let name = without_port(host)?;
    let is_allowed = config.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name));
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    is_allowed.then(|| format!("{scheme}://{host}"))
}

/// Returns the name in a `Host` header; nothing where its port is not a number.
fn without_port(host: &str) -> Option<&str> {
    let (name, port) = match host.rsplit_once(':') {
        // An IPv6 address has its colons within brackets.
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, "0"),
    };
    port.parse::<u16>().ok().map(|_| name)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn origin(config: &Config, pairs: &[(&'static str, &'static str)]) -> Option<String> {
        let header = |&(name, value): &(&'static str, &'static str)| {
            (name.parse().unwrap(), HeaderValue::from_static(value))
        };
        public_origin(config, &pairs.iter().map(header).collect())
    }

    #[test]
    fn an_allowed_host_of_the_request_names_the_origin_unless_it_is_configured() {
        let mut config = Config::default();
        for (host, named) in [
            ("127.0.0.1:8501", "http://127.0.0.1:8501"),
            ("localhost", "http://localhost"),
            ("[::1]:8501", "http://[::1]:8501"),
        ] {
            assert_eq!(origin(&config, &[("host", host)]).as_deref(), Some(named));
        }
        config.allowed_hosts.push("web.run.app".to_owned());
        let behind_proxy = [("host", "web.run.app"), ("x-forwarded-proto", "https")];
        assert_eq!(origin(&config, &behind_proxy).as_deref(), Some("https://web.run.app"));

        config.public_url = Some("https://fortnight.example/".parse().unwrap());
        assert_eq!(origin(&config, &[("host", "localhost")]).as_deref(), Some("https://fortnight.example"));
    }

    #[test]
    fn a_forged_host_reaches_no_link() {
        for host in ["evil.example", "a\"><script>", "localhost:80\"", "localhost:8501:1", ""] {
            assert_eq!(origin(&Config::default(), &[("host", host)]), None, "{host}");
        }
        assert_eq!(origin(&Config::default(), &[]), None);
    }
}

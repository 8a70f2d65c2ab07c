//! Tokens that sign a request for a day, and the cookie; opaque to clients, checked here without any memory.

use jiff::Timestamp;
use serde_json::Value;

const TOKEN: &str = "APP6_UEAAAAA";
const LIFETIME_SECONDS: i64 = 24 * 3_600;

/// Returns the token of a request.
pub(super) fn sign(request: &Value, seed: u64, now: Timestamp) -> String {
    let expiry = now.as_second() + LIFETIME_SECONDS;
    format!("{TOKEN}{expiry:010x}{:016x}", digest(&format!("{expiry} {request}"), seed))
}

/// Says whether a token was made for exactly this request and still lives.
pub(super) fn fits(token: &str, request: &Value, seed: u64, now: Timestamp) -> bool {
    let Some(rest) = token.strip_prefix(TOKEN).filter(|rest| rest.len() == 26 && rest.is_ascii()) else {
        return false;
    };
    let (expiry, signature) = rest.split_at(10);
    let Ok(expiry) = i64::from_str_radix(expiry, 16) else { return false };
    now.as_second() < expiry && signature == format!("{:016x}", digest(&format!("{expiry} {request}"), seed))
}

/// Returns a cookie's value, as long as Google's.
pub(super) fn cookie(seed: u64, now: Timestamp) -> String {
    let head = format!("525={:x}", now.as_second());
    let body = format!("{:016x}", digest(&head, seed)).repeat(13);
    format!("{head}.{body}")
}

/// Says whether a cookie was made here.
pub(super) fn is_cookie(value: &str, seed: u64) -> bool {
    value
        .split_once('.')
        .is_some_and(|(head, body)| body == format!("{:016x}", digest(head, seed)).repeat(13))
}

/// This is not a secret; it only has to detect changes.
fn digest(text: &str, seed: u64) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_fits_its_request_alone_and_for_a_day() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let request = json!({ "time": "2026-10-01 2026-11-20" });
        let token = sign(&request, 1, now);

        assert!(fits(&token, &request, 1, now));
        assert!(!fits(&token, &json!({ "time": "2026-10-02 2026-11-20" }), 1, now));
        assert!(!fits(&token, &request, 1, "2026-11-21T12:00:00Z".parse().unwrap()));
        assert!(!fits("APP6_UEAAAAAé", &request, 1, now));
    }

    #[test]
    fn only_our_own_cookies_count() {
        let cookie = cookie(1, Timestamp::UNIX_EPOCH);
        assert!(is_cookie(&cookie, 1) && (211..=319).contains(&cookie.len()), "{}", cookie.len());
        assert!(!is_cookie("made-up", 1) && !is_cookie(&cookie, 2));
    }
}

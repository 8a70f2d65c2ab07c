use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::*;
use crate::breaker::later;

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn answer(status: u16, headers: &[(reqwest::header::HeaderName, &str)], body: &'static str) -> Answer {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from_static(body.as_bytes()),
    }
}

#[test]
fn every_refusal_opens_the_breaker_for_as_long_as_it_says() {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    for (answer, seconds, words) in [
        (answer(429, &[], ""), MINUTE, "rate limited"),
        (answer(429, &[(RETRY_AFTER, "86400")], ""), 24 * HOUR, "rate limited"),
        (answer(999, &[], "<html>error 999</html>"), MINUTE, "rate limited"),
        (answer(600, &[], ""), MINUTE, "rate limited"),
        (answer(200, &[], "Edge: Too Many Requests"), MINUTE, "rate limited"),
        (answer(401, &[], "Unauthorized"), MINUTE, "access refused: status 401"),
        (answer(403, &[(RETRY_AFTER, "7200")], ""), 2 * HOUR, "access refused: status 403"),
        (answer(451, &[], ""), MINUTE, "access refused: status 451"),
        (answer(420, &[(RETRY_AFTER, "90")], ""), 90, "rate limited"),
        (answer(418, &[], ""), MINUTE, "access refused: status 418"),
        (answer(404, &[(RETRY_AFTER, "90")], ""), 90, "access refused: status 404"),
        (
            answer(200, &[], "<html><form action=\"https://consent.yahoo.com/v2/collectConsent\">"),
            HOUR / 2,
            "blocked",
        ),
        (answer(503, &[], "<html><div class=\"g-recaptcha\">"), HOUR / 2, "blocked"),
        (answer(503, &[(RETRY_AFTER, "600")], "<html>"), 10 * MINUTE, "failing repeatedly"),
        (answer(302, &[(LOCATION, "https://guce.yahoo.com/consent?done=x")], ""), HOUR / 2, "blocked"),
        (answer(307, &[(LOCATION, "https://consent.yahoo.com/v2/collectConsent")], ""), HOUR / 2, "blocked"),
        (
            answer(302, &[(LOCATION, "https://www.google.com/sorry/index?continue=x")], ""),
            HOUR / 2,
            "blocked",
        ),
        (answer(303, &[(LOCATION, "https://consent.google.com/m?continue=x")], ""), HOUR / 2, "blocked"),
        (answer(302, &[(LOCATION, "https://login.yahoo.com/?done=x")], ""), HOUR / 2, "blocked"),
        (answer(302, &[(LOCATION, "https://accounts.google.com/ServiceLogin")], ""), HOUR / 2, "blocked"),
        (answer(200, &[], "<html><script src=\"/cdn-cgi/challenge-platform/x.js\">"), HOUR / 2, "blocked"),
    ] {
        let breaker = Breaker::new("test");

        let error = check(&answer, &breaker, noon()).unwrap_err();

        assert!(error.to_string().contains(words), "{answer:?}: {error}");
        assert_eq!(error.until(), Some(later(noon(), Duration::from_secs(seconds))), "{answer:?}");
        assert!(!error.is_transient(), "a refusal is never tried again at once: {error}");
        assert!(breaker.check(noon()).is_err(), "{answer:?}");
    }
}

#[test]
fn other_answers_pass() {
    for answer in [
        answer(200, &[], "{}"),
        answer(404, &[], "{}"),
        answer(422, &[], "{}"),
        answer(500, &[], "<html>"),
        answer(200, &[], "<html><title>Maintenance</title>"),
        answer(503, &[], "<html>"),
        answer(302, &[(LOCATION, "https://finance.yahoo.com/quote/AAPL?consent=1")], ""),
    ] {
        let breaker = Breaker::new("test");
        check(&answer, &breaker, noon()).unwrap();
        breaker.check(noon()).unwrap();
    }
}

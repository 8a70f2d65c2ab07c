//! Answers that refuse every request; recognized before anyone looks for data in them.

use jiff::Timestamp;
use reqwest::header::LOCATION;

use crate::SourceError;
use crate::breaker::Breaker;
use crate::fetch::Answer;

/// What addresses and pages of CAPTCHAs, consent forms and logins are known by: Google's, Yahoo's and everybody else's.
const BLOCK_ADDRESSES: [&str; 9] = [
    "/sorry",
    "consent",
    "captcha",
    "guce.",
    "unusual-traffic",
    "login.",
    "/login",
    "servicelogin",
    "/cdn-cgi/",
];
const BLOCK_PAGES: [&str; 7] = [
    "captcha",
    "collectconsent",
    "consent.yahoo",
    "guce.yahoo",
    "consent.google",
    "unusual traffic",
    "challenge-platform",
];
/// The longest text that may be a mere "Edge: Too Many Requests".
const LONGEST_NOTICE: usize = 200;

/// Opens the breaker and fails where the answer is a refusal.
pub(crate) fn check(answer: &Answer, breaker: &Breaker, now: Timestamp) -> Result<(), SourceError> {
    let retry_after = answer.retry_after(now);
    match answer.status.as_u16() {
        // 420, 509 and 529 are what some servers send instead; Yahoo uses 999, which is no status at all.
        420 | 429 | 509 | 529 | 600.. => Err(breaker.rate_limited(now, retry_after)),
        _ if says_too_many(answer) => Err(breaker.rate_limited(now, retry_after)),
        300..=399 if leads_to_block_page(answer) => Err(breaker.blocked(now)),
        _ if is_block_page(answer) => Err(breaker.blocked(now)),
        500..=599 if retry_after.is_some() => {
            Err(breaker.refused(now, retry_after, |until| SourceError::CoolingDown { until }))
        }
        // These are about the one request.
        400 | 404 | 408 | 410 | 413 | 414 | 422 if retry_after.is_none() => Ok(()),
        status @ 400..=499 => Err(breaker.refused(now, retry_after, |until| SourceError::Refused {
            why: format!("status {status}"),
            until: Some(until),
        })),
        _ => Ok(()),
    }
}

/// The rate limit was also seen as a short text under other statuses.
fn says_too_many(answer: &Answer) -> bool {
    let body = answer.trimmed();
    body.len() <= LONGEST_NOTICE
        && String::from_utf8_lossy(body).to_ascii_lowercase().contains("too many requests")
}

fn leads_to_block_page(answer: &Answer) -> bool {
    let target = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // What follows the path is the page the visitor came from.
    let target = target.split('?').next().unwrap_or_default().to_ascii_lowercase();
    BLOCK_ADDRESSES.iter().any(|part| target.contains(part))
}

/// The same page was seen in place of the redirect to it.
fn is_block_page(answer: &Answer) -> bool {
    let body = answer.trimmed();
    if !body.starts_with(b"<") {
        return false;
    }
    let page = String::from_utf8_lossy(body).to_ascii_lowercase();
    BLOCK_PAGES.iter().any(|part| page.contains(part))
}

#[cfg(test)]
mod tests;

//! The headers that keep a page from doing what it never needs to.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// No inline code or style, nothing from another host, no frames around or inside.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";
/// An SVG opened on its own may style itself and do nothing else.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; sandbox";

const HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), usb=(), browsing-topics=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Adds the security headers to every answer.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    let is_picture = media_type.is_some_and(|kind| kind.starts_with("image/"));
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // Charts are made to be pasted elsewhere; pages are not.
    let (policy, sharing) =
        if is_picture { (PICTURE_POLICY, "cross-origin") } else { (PAGE_POLICY, "same-origin") };
    headers.insert("content-security-policy", HeaderValue::from_static(policy));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static(sharing));
    response
}

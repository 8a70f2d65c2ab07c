//! The headers that keep a page from doing what it never needs to.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// No inline code or style, nothing from another host, no frames around or inside.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";
/// The card for other sites: no scripts, no forms, and any page may frame it. `frame-ancestors *` would exclude apps, whose
/// pages have addresses with other schemes.
const CARD_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";
/// An SVG opened on its own may style itself and do nothing else.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; sandbox";

const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), usb=(), browsing-topics=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Adds the security headers to every answer.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let is_card = request.uri().path().starts_with("/embed/");
    let mut response = next.run(request).await;
    let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    let is = |wanted| media_type.is_some_and(|kind| kind.starts_with(wanted));
    let (is_picture, is_style) = (is("image/"), is("text/css"));
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = match () {
        () if is_card => CARD_POLICY,
        () if is_picture => PICTURE_POLICY,
        () => PAGE_POLICY,
    };
    if !is_card {
        headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    }
    // Charts and cards may be shown on other sites; pages may not. A sandboxed card has an opaque origin, so its own style
    // sheet is cross-origin.
    let sharing = if is_card || is_picture || is_style { "cross-origin" } else { "same-origin" };
    headers.insert("content-security-policy", HeaderValue::from_static(policy));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static(sharing));
    response
}

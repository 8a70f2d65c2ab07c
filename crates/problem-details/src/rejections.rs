//! Input that axum's extractors refuse, as problems.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use http::StatusCode;

use crate::Problem;

const LONGEST_DETAIL: usize = 300;

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        refused(rejection.status(), &rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        refused(rejection.status(), &rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        refused(rejection.status(), &rejection.body_text())
    }
}

/// axum tells apart 400, 413, 415 and 422; a query or path that does not parse is bad input like any other (422).
fn refused(status: StatusCode, text: &str) -> Problem {
    let detail: String = text.chars().take(LONGEST_DETAIL).collect();
    let (status, slug, title) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => (status, "body-too-large", "Body too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (status, "unsupported-media-type", "Unsupported media type"),
        StatusCode::INTERNAL_SERVER_ERROR => (status, "internal-error", "Internal error"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "bad-input", "Bad input"),
    };
    Problem::new(status, slug, title).detail(detail)
}

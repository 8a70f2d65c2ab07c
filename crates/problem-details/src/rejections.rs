//! Input that axum's extractors reject, as problems.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use http::StatusCode;

use crate::{Problem, ProblemKind};

const LONGEST_DETAIL: usize = 300;

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        rejected(rejection.status(), &rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        rejected(rejection.status(), &rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        rejected(rejection.status(), &rejection.body_text())
    }
}

/// axum answers 400, 413, 415 or 422; a query or path that does not parse is bad input like any other (422).
fn rejected(status: StatusCode, text: &str) -> Problem {
    let detail: String = text.chars().take(LONGEST_DETAIL).collect();
    let kind = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ProblemKind::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemKind::UnsupportedMediaType,
        StatusCode::INTERNAL_SERVER_ERROR => ProblemKind::InternalError,
        _ => ProblemKind::BadInput,
    };
    Problem::new(kind).detail(detail)
}

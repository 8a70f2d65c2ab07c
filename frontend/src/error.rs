//! The only table of statuses: what a failure of the services behind the page means to its reader.

use axum::http::StatusCode;
use problem_details::Problem;

use crate::clients::UpstreamError;

impl From<UpstreamError> for Problem {
    fn from(error: UpstreamError) -> Self {
        let problem = match &error {
            // What they say about a stock or a day is meant for the reader, so it passes unchanged.
            UpstreamError::Problem { status, body, .. } => {
                let slug = body.slug().unwrap_or("upstream-problem");
                let mut problem = Self::new(*status, slug, &body.title);
                if let Some(detail) = &body.detail {
                    problem = problem.detail(detail);
                }
                for part in &body.errors {
                    problem = problem.field(&part.field, &part.detail);
                }
                if let Some(seconds) = body.retry_after_seconds {
                    problem = problem.retry_after_seconds(seconds);
                }
                problem
            }
            UpstreamError::Unreachable { service, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "service-unreachable", "A service is down")
                    .detail(format!("{service} cannot be reached"))
                    .retry_after_seconds(5)
            }
            UpstreamError::Late { service, deadline } => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "service-late", "A service took too long")
                    .detail(format!("{service} did not answer within {} s", deadline.as_secs_f32()))
                    .retry_after_seconds(5)
            }
            UpstreamError::Identity { service, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "identity-unavailable", "No identity token")
                    .detail(format!(
                        "this service could not get the identity token it needs to call {service}"
                    ))
                    .retry_after_seconds(10)
            }
            UpstreamError::Forbidden { service, status } => Self::new(
                StatusCode::BAD_GATEWAY,
                "identity-refused",
                "A service refused this one",
            )
            .detail(format!(
                "{service} answered {status}; the page's service account needs the role run.invoker on it"
            )),
            UpstreamError::Malformed { service, .. } => {
                Self::new(StatusCode::BAD_GATEWAY, "service-malformed", "A service gave no usable answer")
                    .detail(format!("the answer of {service} cannot be used"))
                    .retry_after_seconds(5)
            }
        };
        problem.caused_by(error)
    }
}

/// A path or query names a stock the list does not hold.
pub(crate) fn unknown_stock(asked: &str) -> Problem {
    let asked: String = asked.chars().filter(|c| !c.is_control()).take(60).collect();
    Problem::new(StatusCode::NOT_FOUND, "unknown-stock", "Unknown stock")
        .detail(format!("no listed stock is called {asked}"))
}

/// A part of the query is outside what it may be.
pub(crate) fn bad_input(field: &str, detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-input", "Bad input")
        .detail(format!("{field}: {detail}"))
        .field(field, detail)
}

/// Something here broke that should not.
pub(crate) fn broken() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal-error", "Internal error")
        .detail("something broke that should not; the request id finds it in the logs")
}

#[cfg(test)]
mod tests {
    use problem_details::{Body, TYPE_BASE};

    use super::*;

    #[test]
    fn a_problem_of_predict_service_passes_with_its_kind_and_its_time_to_retry() {
        let body = Body {
            kind: format!("{TYPE_BASE}prices-rate-limited"),
            title: "Prices rate limited".to_owned(),
            status: 503,
            detail: Some("Yahoo asks us to wait".to_owned()),
            request_id: None,
            retry_after_seconds: Some(42),
            errors: Vec::new(),
        };
        let error = UpstreamError::Problem {
            service: "predict-service",
            status: StatusCode::SERVICE_UNAVAILABLE,
            body: Box::new(body.clone()),
        };
        assert_eq!(Problem::from(error).body(), &body);
    }

    #[test]
    fn a_refused_identity_says_what_the_operator_must_grant() {
        let problem = Problem::from(UpstreamError::Forbidden { service: "plot-service", status: 403 });
        assert_eq!(problem.status(), StatusCode::BAD_GATEWAY);
        assert!(problem.body().detail.as_ref().unwrap().contains("run.invoker"));
    }
}

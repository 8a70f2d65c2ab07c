//! The only table of statuses: what a failure of the services behind the page means to its reader.

use problem_details::{Problem, ProblemKind};

use crate::clients::UpstreamError;

impl From<UpstreamError> for Problem {
    fn from(error: UpstreamError) -> Self {
        let problem = match &error {
            // What they say about a stock or a day is meant for the reader, so it passes unchanged.
            UpstreamError::Problem { service, status, body } => {
                Self::relay(*status, body).unwrap_or_else(|| malformed(service))
            }
            UpstreamError::Unreachable { service, .. } => Self::new(ProblemKind::ServiceUnreachable)
                .detail(format!("{service} cannot be reached"))
                .retry_after_seconds(5),
            UpstreamError::Late { service, deadline } => Self::new(ProblemKind::ServiceLate)
                .detail(format!("{service} did not answer within {} s", deadline.as_secs_f32()))
                .retry_after_seconds(5),
            UpstreamError::Identity { service, .. } => Self::new(ProblemKind::IdentityUnavailable)
                .detail(format!("this service could not get the identity token it needs to call {service}"))
                .retry_after_seconds(10),
            UpstreamError::Forbidden { service, status } => {
                Self::new(ProblemKind::IdentityRefused).detail(format!(
                    "{service} answered {status}; the page's service account needs the role run.invoker on it"
                ))
            }
            UpstreamError::Malformed { service, .. } => malformed(service),
        };
        problem.caused_by(error)
    }
}

fn malformed(service: &str) -> Problem {
    Problem::new(ProblemKind::ServiceMalformed)
        .detail(format!("the answer of {service} cannot be used"))
        .retry_after_seconds(5)
}

/// A path or query names a stock the list does not hold.
pub(crate) fn unknown_stock(asked: &str) -> Problem {
    let asked: String = asked.chars().filter(|c| !c.is_control()).take(60).collect();
    Problem::new(ProblemKind::UnknownStock).detail(format!("no listed stock is called {asked}"))
}

/// A part of the query is outside what it may be.
pub(crate) fn bad_input(field: &str, detail: String) -> Problem {
    Problem::new(ProblemKind::BadInput).detail(format!("{field}: {detail}")).field(field, detail)
}

/// Something here broke that should not.
pub(crate) fn broken() -> Problem {
    Problem::new(ProblemKind::InternalError)
        .detail("something broke that should not; the request id finds it in the logs")
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
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

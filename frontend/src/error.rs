//! The only table of statuses: what a failure of the services behind the page means to its reader.

use forecast_store::StoreError;
use problem_details::{Problem, ProblemKind};

use crate::clients::{Service, UpstreamError};

/// When to try again where a service does not say.
const RETRY_SECONDS: u64 = 5;
/// Another try this soon meets the same refusal of an identity.
const IDENTITY_RETRY_SECONDS: u64 = 10;

impl From<UpstreamError> for Problem {
    fn from(error: UpstreamError) -> Self {
        let problem = match &error {
            // What the service says about a stock or a day is meant for the reader, so it passes unchanged.
            UpstreamError::Problem { service, status, body } => {
                Self::relay(*status, body).unwrap_or_else(|| malformed(*service))
            }
            UpstreamError::Unreachable { service, .. } => {
                unreachable_service(*service).retry_after_seconds(RETRY_SECONDS)
            }
            UpstreamError::Unavailable { service, retry_after_seconds, .. } => unreachable_service(*service)
                .retry_after_seconds(retry_after_seconds.unwrap_or(RETRY_SECONDS)),
            UpstreamError::Overloaded { service, retry_after_seconds } => Self::new(ProblemKind::Overloaded)
                .detail(format!("{} has more requests than it can take", name(*service)))
                .retry_after_seconds(retry_after_seconds.unwrap_or(RETRY_SECONDS)),
            UpstreamError::Late { service, .. } => Self::new(ProblemKind::ServiceLate)
                .detail(format!("{} did not respond in time", name(*service)))
                .retry_after_seconds(RETRY_SECONDS),
            UpstreamError::Identity { service, .. } => Self::new(ProblemKind::IdentityUnavailable)
                .detail(format!("we could not prove our identity to {}", name(*service)))
                .retry_after_seconds(IDENTITY_RETRY_SECONDS),
            UpstreamError::Unauthenticated { service } => Self::new(ProblemKind::IdentityRefused)
                .detail(format!("{} did not accept our identity token", name(*service))),
            UpstreamError::Forbidden { service } => Self::new(ProblemKind::IdentityRefused)
                .detail(format!("we are not allowed to call {}", name(*service))),
            UpstreamError::Malformed { service, .. } => malformed(*service),
        };
        problem.caused_by(error)
    }
}

fn unreachable_service(service: Service) -> Problem {
    Problem::new(ProblemKind::ServiceUnreachable).detail(format!("{} cannot be reached", name(service)))
}

fn malformed(service: Service) -> Problem {
    Problem::new(ProblemKind::ServiceMalformed)
        .detail(format!("we could not read the answer of {}", name(service)))
        .retry_after_seconds(RETRY_SECONDS)
}

/// What a visitor calls a service; its own name is for the log.
fn name(service: Service) -> &'static str {
    match service {
        Service::Predict => "the forecast service",
        Service::Plot => "the chart service",
    }
}

/// A path or query names a stock that is not in the list.
pub(crate) fn unknown_stock(searched: &str) -> Problem {
    let searched: String = searched.chars().filter(|c| !c.is_control()).take(60).collect();
    Problem::new(ProblemKind::UnknownStock).detail(format!("unknown stock \"{searched}\""))
}

/// A part of the query is outside what it may be.
pub(crate) fn bad_input(field: &str, detail: String) -> Problem {
    Problem::new(ProblemKind::BadInput).detail(format!("{field}: {detail}")).field(field, detail)
}

/// The store did not answer, or has content that this version cannot read.
pub(crate) fn store_unreadable(error: StoreError) -> Problem {
    Problem::new(ProblemKind::ServiceUnreachable)
        .detail("the record cannot be read")
        .retry_after_seconds(RETRY_SECONDS)
        .caused_by(error)
}

/// Something here broke that should not.
pub(crate) fn internal() -> Problem {
    Problem::new(ProblemKind::InternalError)
        .detail("an unexpected error occurred; the request id finds it in the logs")
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
            service: Service::Predict,
            status: StatusCode::SERVICE_UNAVAILABLE,
            body: Box::new(body.clone()),
        };
        assert_eq!(Problem::from(error).body(), &body);
    }

    #[test]
    fn a_visitor_reads_no_service_name_and_the_log_what_to_grant() {
        let refused = UpstreamError::Unauthenticated { service: Service::Predict };
        let forbidden = UpstreamError::Forbidden { service: Service::Plot };
        assert!(refused.to_string().contains("401") && refused.to_string().contains("audience"));
        assert!(forbidden.to_string().contains("403") && forbidden.to_string().contains("run.invoker"));
        for error in [refused, forbidden] {
            let problem = Problem::from(error);
            assert_eq!(problem.status(), StatusCode::BAD_GATEWAY);
            let detail = problem.body().detail.clone().unwrap();
            assert!(!detail.contains("predict-service") && !detail.contains("plot-service"), "{detail}");
        }
    }
}

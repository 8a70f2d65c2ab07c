use std::fmt;

use identity_tokens::IdentityError;
use problem_details::{Body, ProblemKind, TYPE_BASE};

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Makes the forecasts.
    Predict,
    /// Draws the charts.
    Plot,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Predict => "predict-service",
            Self::Plot => "plot-service",
        })
    }
}

/// Why a request to a service failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The HTTP client cannot be set up.
    #[error("cannot set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// There is no identity token for a private predict-service.
    #[error("no identity token for predict-service")]
    Identity(#[from] IdentityError),
    /// The connection could not be made or broke, or the response took too long.
    #[error("{service} cannot be reached at {address}; is it running?")]
    Unreachable {
        /// Which service.
        service: Service,
        /// Its configured address.
        address: String,
        /// The cause.
        source: reqwest::Error,
    },
    /// The service returned a problem.
    #[error("{}", .0.detail.as_deref().unwrap_or(&.0.title))]
    Problem(Box<Body>),
    /// Something in front of the service answered in its place.
    #[error("{service} answered {status} without an explanation")]
    Status {
        /// Which service.
        service: Service,
        /// The status.
        status: u16,
        /// The seconds of `Retry-After`, if present.
        retry_after_seconds: Option<u64>,
    },
    /// The response is not what the service documents.
    #[error("{service} sent an invalid response: {reason}")]
    Malformed {
        /// Which service.
        service: Service,
        /// What is wrong with it.
        reason: String,
    },
}

impl ClientError {
    /// Returns the kind of problem the service reported, if it is one this build knows.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemKind> {
        let Self::Problem(body) = self else { return None };
        ProblemKind::find(body.kind.strip_prefix(TYPE_BASE)?, body.status)
    }
}

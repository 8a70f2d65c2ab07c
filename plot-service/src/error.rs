//! Every failure and its status.

use problem_details::{Problem, ProblemKind};
use service_runtime::workers::WorkError;

use crate::chart::{Fault, InvalidChart};

/// Why a picture was not drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlotError {
    /// The client accepts neither PNG nor SVG.
    #[error("neither PNG nor SVG is acceptable in `{0}`")]
    NotAcceptable(String),
    /// The body is not called JSON.
    #[error("the body is {0}, not JSON")]
    NotJson(String),
    /// The body is compressed.
    #[error("the body is encoded as `{0}`")]
    Encoded(String),
    /// The body is larger than the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The body broke off.
    #[error("the body could not be read")]
    Unread(#[source] axum::Error),
    /// What was posted cannot be drawn.
    #[error("the chart is invalid")]
    Invalid(#[from] InvalidChart),
    /// The workers could not draw it.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl From<PlotError> for Problem {
    fn from(error: PlotError) -> Self {
        match error {
            PlotError::NotAcceptable(accept) => Self::new(ProblemKind::NotAcceptable).detail(format!(
                "Accept is `{accept}`; this service sends image/png, image/svg+xml and application/json"
            )),
            PlotError::NotJson(kind) => Self::new(ProblemKind::UnsupportedMediaType)
                .detail(format!("Content-Type is {kind}, expected application/json")),
            PlotError::Encoded(coding) => Self::new(ProblemKind::UnsupportedMediaType)
                .detail(format!("Content-Encoding is {coding}, expected a body that is not compressed")),
            PlotError::TooLarge(limit) => {
                Self::new(ProblemKind::BodyTooLarge).detail(format!("the body is larger than {limit} bytes"))
            }
            PlotError::Unread(error) => Self::new(ProblemKind::BadRequest)
                .detail("the body broke off before its end")
                .caused_by(error),
            PlotError::Invalid(invalid) => invalid_chart(&invalid.faults),
            PlotError::Work(error) => error.into(),
        }
    }
}

fn invalid_chart(faults: &[Fault]) -> Problem {
    let detail = match faults {
        [only] => format!("{} {}", field_name(&only.pointer), only.detail),
        [first, rest @ ..] => {
            format!("{} {}, and {} more", field_name(&first.pointer), first.detail, rest.len())
        }
        [] => "the chart cannot be drawn".to_owned(),
    };
    let problem = Problem::new(ProblemKind::InvalidChart).detail(detail);
    faults.iter().fold(problem, |problem, fault| problem.field(&fault.pointer, &fault.detail))
}

fn field_name(pointer: &str) -> &str {
    if pointer.is_empty() { "the body" } else { pointer }
}

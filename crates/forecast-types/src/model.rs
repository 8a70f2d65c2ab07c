use serde::{Deserialize, Serialize};

use crate::{HORIZON, Level, ModelSummary};

/// The model behind the forecasts, and the simple baseline it corrects: the answer of `GET /model`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelDescription {
    /// The model.
    pub model: ModelSummary,
    /// The quantiles of the baseline `blend`, if the model's file has them: fourteen sessions ahead with seven levels
    /// each, as returns in units of a forecast's `sigma`.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<Vec<Vec<f64>>>))]
    pub blend: Option<[[f64; Level::ALL.len()]; HORIZON]>,
}

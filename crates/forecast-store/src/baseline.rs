use std::collections::HashMap;

use forecast_score::loss::Returns;
use serde::{Deserialize, Serialize};

use crate::pages::{self, json};
use crate::row::ModelVersion;
use crate::{Store, StoreError, paths};

/// The file of a model: the pooled quantiles behind its baseline `blend`, by sessions ahead and level.
#[derive(Debug, Serialize, Deserialize)]
struct Baseline {
    blend: Returns,
}

/// The baselines of all models.
#[derive(Debug)]
pub(crate) struct Baselines(HashMap<ModelVersion, Returns>);

impl Store {
    /// Writes the pooled quantiles behind a model's baseline `blend`; its forecasts cannot be scored without them.
    ///
    /// # Errors
    /// When the store has different ones for this model, or does not answer.
    pub async fn write_baseline(&self, model: &ModelVersion, blend: &Returns) -> Result<(), StoreError> {
        self.create_same(&paths::baseline(model), json(&Baseline { blend: *blend })).await
    }

    pub(crate) async fn baselines(&self) -> Result<Baselines, StoreError> {
        let mut baselines = HashMap::new();
        for path in self.list(paths::MODELS).await? {
            let name = path.strip_prefix(paths::MODELS).and_then(|path| path.strip_prefix('/'));
            let name = name.and_then(|path| path.strip_suffix(".json"));
            if let Some(model) = name.and_then(|name| name.parse().ok())
                && let Some(Baseline { blend }) = pages::read(self, &path).await?
            {
                baselines.insert(model, blend);
            }
        }
        Ok(Baselines(baselines))
    }
}

impl Baselines {
    /// Returns the baseline of a model.
    pub(crate) fn of(&self, model: &ModelVersion) -> Result<&Returns, StoreError> {
        let missing = || {
            StoreError::damaged(
                &paths::baseline(model),
                "it is missing, so the forecasts of this model cannot be scored",
            )
        };
        self.0.get(model).ok_or_else(missing)
    }
}

use std::collections::HashMap;

use forecast_types::{Level, ModelSummary, PooledSkill};
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::{FEATURE_VERSION, HORIZON, LEVELS, WINDOW};

/// The description that a model file carries in its `metadata_props`.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The last day whose outcome it was trained on.
    pub trained_through: Date,
    /// What it reached on its test part, where the file says so.
    pub pooled: Option<PooledSkill>,
    /// The baseline it corrects: pooled quantiles of standardised returns, for comparisons.
    pub blend: Option<[[f64; LEVELS]; HORIZON]>,
}

/// Says why a model file's description is not one this program can work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// An entry is not there.
    #[error("the model file's metadata has no `{0}`")]
    Missing(&'static str),
    /// An entry has another value than this program speaks.
    #[error("the model file's metadata has {key} = `{got}`, expected `{expected}`")]
    Unsupported {
        /// The entry.
        key: &'static str,
        /// Its value.
        got: String,
        /// The value this program speaks.
        expected: String,
    },
}

impl Manifest {
    pub(crate) fn read(entries: &HashMap<String, String>) -> Result<Self, ManifestError> {
        let text =
            |key: &'static str| entries.get(key).map(String::as_str).ok_or(ManifestError::Missing(key));
        let levels: Vec<String> = Level::ALL.iter().map(ToString::to_string).collect();
        for (key, expected) in [
            ("feature_version", FEATURE_VERSION.to_owned()),
            ("window", WINDOW.to_string()),
            ("horizon", HORIZON.to_string()),
            ("levels", levels.join(",")),
        ] {
            let got = text(key)?;
            if got != expected {
                return Err(ManifestError::Unsupported { key, got: got.to_owned(), expected });
            }
        }
        let day = text("trained_through")?;
        let trained_through = day.parse().map_err(|_| ManifestError::Unsupported {
            key: "trained_through",
            got: day.to_owned(),
            expected: "a date such as 2020-12-31".to_owned(),
        })?;
        Ok(Self {
            name: text("name")?.to_owned(),
            version: text("version")?.to_owned(),
            trained_through,
            pooled: json(entries, "pooled")?,
            blend: json(entries, "blend")?,
        })
    }

    /// Returns the part that every forecast names.
    #[must_use]
    pub fn summary(&self) -> ModelSummary {
        ModelSummary {
            name: self.name.clone(),
            version: self.version.clone(),
            trained_through: self.trained_through,
        }
    }
}

/// Reads an optional entry that holds JSON.
fn json<T: DeserializeOwned>(
    entries: &HashMap<String, String>,
    key: &'static str,
) -> Result<Option<T>, ManifestError> {
    let Some(text) = entries.get(key) else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| ManifestError::Unsupported {
        key,
        got: error.to_string(),
        expected: "JSON of the documented form".to_owned(),
    })
}

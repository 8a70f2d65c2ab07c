use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A model as `name/version`, in characters that no JSON writer escapes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelVersion(String);

/// The text does not name a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown model {0:?}; expected name/version in plain letters, digits and .-+_")]
pub struct ModelVersionError(String);

impl ModelVersion {
    /// Joins a name, its spaces as hyphens, and a version.
    ///
    /// # Errors
    /// When one of them is empty or holds anything but letters, digits, `.`, `-`, `+` and `_`.
    pub fn new(name: &str, version: &str) -> Result<Self, ModelVersionError> {
        Self::try_from(format!("{}/{version}", name.replace(' ', "-")))
    }

    /// Returns `name/version`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelVersion {
    type Err = ModelVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for ModelVersion {
    type Error = ModelVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte))
        };
        match text.split_once('/') {
            Some((name, version)) if is_plain(name) && is_plain(version) => Ok(Self(text)),
            _ => Err(ModelVersionError(text.chars().take(60).collect())),
        }
    }
}

impl From<ModelVersion> for String {
    fn from(model: ModelVersion) -> Self {
        model.0
    }
}

impl fmt::Display for ModelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

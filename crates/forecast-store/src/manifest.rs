use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::pages::{self, json};
use crate::{Digest, Store, StoreError, Swapped, paths};

/// Incremented when older programs would misread the store.
const FORMAT: u32 = 1;

/// Lists what is complete in a store. Any object it does not list is unfinished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The recorded sessions.
    pub sessions: BTreeMap<Date, RecordedSession>,
    /// The digests of the summaries, by path.
    pub pages: BTreeMap<String, Digest>,
}

/// The files of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedSession {
    /// The forecasts made after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecasts: Option<StoredFile>,
    /// The returns of the stocks on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<StoredFile>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub digest: Digest,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { format: FORMAT, sessions: BTreeMap::new(), pages: BTreeMap::new() }
    }
}

impl Manifest {
    /// Reads the manifest; returns an empty one if there is none yet.
    ///
    /// # Errors
    /// When the store does not answer, or a later version wrote the manifest.
    pub async fn read(store: &Store) -> Result<Self, StoreError> {
        let manifest: Self = pages::read(store, paths::MANIFEST).await?.unwrap_or_default();
        manifest.checked()
    }

    /// Changes the manifest atomically; starts over from the newest one if another process changed it meanwhile. Writes
    /// nothing if nothing changes.
    ///
    /// # Errors
    /// When the store does not answer, or a later version wrote the manifest.
    pub async fn change(store: &Store, mut change: impl FnMut(&mut Self)) -> Result<Self, StoreError> {
        loop {
            let found = store.get_versioned(paths::MANIFEST).await?;
            let (before, version) = match found {
                Some((bytes, version)) => (pages::parse::<Self>(paths::MANIFEST, &bytes)?, Some(version)),
                None => (Self::default(), None),
            };
            let before = before.checked()?;
            let mut after = before.clone();
            change(&mut after);
            if after == before && version.is_some() {
                return Ok(after);
            }
            if store.swap(paths::MANIFEST, json(&after), version.as_ref()).await? == Swapped::Done {
                return Ok(after);
            }
        }
    }

    fn checked(self) -> Result<Self, StoreError> {
        if self.format == FORMAT {
            return Ok(self);
        }
        let reason = format!("its format is {}; this program reads {FORMAT}", self.format);
        Err(StoreError::damaged(paths::MANIFEST, reason))
    }
}

//! Where the histories are kept: a file for each stock, or memory.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::history::History;

/// The histories by the name of their stock.
#[derive(Debug)]
pub(super) enum HistoryCache {
    Folder(PathBuf),
    Memory(Mutex<HashMap<String, History>>),
}

impl HistoryCache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        folder.map_or_else(|| Self::Memory(Mutex::default()), Self::Folder)
    }

    /// Returns what is kept; what cannot be read counts as absent.
    pub(super) async fn read(&self, name: &str) -> Option<History> {
        match self {
            Self::Folder(folder) => {
                let path = path(folder, name);
                let bytes = tokio::task::spawn_blocking(move || std::fs::read(path)).await.ok()?.ok()?;
                serde_json::from_slice(&bytes).ok()
            }
            Self::Memory(held) => held.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned(),
        }
    }

    /// Keeps a history. A folder that cannot be written costs a fetch the next time, not the answer.
    pub(super) async fn write(&self, name: &str, history: &History) {
        match self {
            Self::Folder(folder) => {
                let (folder, path) = (folder.clone(), path(folder, name));
                let Ok(bytes) = serde_json::to_vec(history) else { return };
                let written = tokio::task::spawn_blocking(move || replace(&folder, &path, &bytes)).await;
                if let Ok(Err(error)) = written {
                    tracing::warn!(%error, "cannot keep a price history in PRICES_DIR");
                }
            }
            Self::Memory(held) => {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                held.insert(name.to_owned(), history.clone());
            }
        }
    }
}

/// Names such as `BRK-B.US` hold nothing but letters, digits, hyphens and one dot.
fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

/// Writes a file whole or not at all.
fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    std::fs::create_dir_all(folder)?;
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let part = folder.join(format!("{}-{number}.part", std::process::id()));
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)
}

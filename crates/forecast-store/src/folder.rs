use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use object_store::path::Path as Location;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, UpdateVersion};

/// The file whose lock makes a swap in a folder atomic.
const LOCK: &str = ".lock";

/// A store's folder. File systems have no compare-and-swap, so swaps run one at a time, under a lock that the operating
/// system releases when a process dies.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let path = if path.exists() { path.canonicalize() } else { std::path::absolute(path) };
        path.map(Self)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) async fn swap(
        &self,
        objects: &dyn ObjectStore,
        location: &Location,
        content: Bytes,
        expected: &UpdateVersion,
    ) -> Result<(), Error> {
        let lock =
            self.lock().await.map_err(|source| Error::Generic { store: "folder", source: source.into() })?;
        let now = objects.head(location).await?;
        if now.e_tag != expected.e_tag {
            return Err(Error::Precondition {
                path: location.to_string(),
                source: "the file has changed".into(),
            });
        }
        objects.put(location, content.into()).await?;
        drop(lock);
        Ok(())
    }

    async fn lock(&self) -> io::Result<File> {
        let path = self.0.join(LOCK);
        let lock = move || {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            let file = File::create(&path)?;
            file.lock()?;
            Ok(file)
        };
        tokio::task::spawn_blocking(lock).await.map_err(io::Error::other)?
    }
}

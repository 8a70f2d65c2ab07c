use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};

use crate::folder::Folder;
use crate::{StoreError, StoreUrl};

/// A folder or bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    /// Set for a folder on this machine, whose files are swapped under a lock; buckets have compare-and-swap.
    folder: Option<Folder>,
}

/// The result of a write that never replaces anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The object is new.
    New,
    /// It already existed with the same content, perhaps from an earlier attempt of this write.
    Same,
    /// It already existed with this different content, which was left unchanged.
    Other(Bytes),
}

/// The state of an object that a swap expects.
#[derive(Clone, Debug)]
pub struct Version(UpdateVersion);

/// The result of a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// The object has the new content.
    Done,
    /// Another process changed it first; nothing was written.
    Changed,
}

impl Store {
    /// Opens a store; nothing is read or written yet. Buckets take their credentials and addresses from the variables
    /// that their own tools read (`AWS_*`, `GOOGLE_*`) and from the machine's identity.
    ///
    /// # Errors
    /// When the settings of the bucket are inconsistent, or the name of the folder cannot be used.
    pub fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let fail = |source: Error| StoreError::Open { url: url.to_string(), source: source.into() };
        let (objects, prefix, folder): (Arc<dyn ObjectStore>, Path, Option<Folder>) = match url {
            StoreUrl::Folder(path) => {
                let folder = Folder::at(path)
                    .map_err(|source| StoreError::Open { url: url.to_string(), source: source.into() })?;
                let prefix = Path::from_absolute_path(folder.path()).map_err(|error| fail(error.into()))?;
                (Arc::new(LocalFileSystem::new().with_fsync(true)), prefix, Some(folder))
            }
            StoreUrl::Gcs { bucket, prefix } => {
                let objects =
                    GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).build().map_err(fail)?;
                (Arc::new(objects), Path::parse(prefix).map_err(|error| fail(error.into()))?, None)
            }
            StoreUrl::S3 { bucket, prefix } => {
                let objects = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(fail)?;
                (Arc::new(objects), Path::parse(prefix).map_err(|error| fail(error.into()))?, None)
            }
        };
        Ok(Self { objects, prefix, folder })
    }

    /// Reads an object; `None` if it does not exist.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn get(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        Ok(self.get_versioned(path).await?.map(|(bytes, _)| bytes))
    }

    /// Reads an object and the version to swap it from.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn get_versioned(&self, path: &str) -> Result<Option<(Bytes, Version)>, StoreError> {
        let fail = |error: Error| StoreError::object("read", path, error);
        match self.objects.get(&self.locate(path)).await {
            Ok(found) => {
                let version =
                    UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
                Ok(Some((found.bytes().await.map_err(fail)?, Version(version))))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fail(error)),
        }
    }

    /// Writes an object that does not exist yet; an existing object is never changed.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn create(&self, path: &str, content: impl Into<Bytes>) -> Result<Created, StoreError> {
        let content = content.into();
        let options = PutOptions::from(PutMode::Create);
        match self.objects.put_opts(&self.locate(path), content.clone().into(), options).await {
            Ok(_) => Ok(Created::New),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => match self.get(path).await? {
                Some(found) if found == content => Ok(Created::Same),
                Some(found) => Ok(Created::Other(found)),
                None => Err(StoreError::Conflict { path: path.to_owned() }),
            },
            Err(error) => Err(StoreError::object("write", path, error)),
        }
    }

    /// Writes an object that must be new or already have the same content.
    ///
    /// # Errors
    /// When it exists with different content, or the store does not answer.
    pub async fn create_same(&self, path: &str, content: impl Into<Bytes>) -> Result<(), StoreError> {
        match self.create(path, content).await? {
            Created::New | Created::Same => Ok(()),
            Created::Other(_) => Err(StoreError::Conflict { path: path.to_owned() }),
        }
    }

    /// Replaces an object as a whole, if it still has the given version; `None` means that it must not exist.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn swap(
        &self,
        path: &str,
        content: impl Into<Bytes>,
        expected: Option<&Version>,
    ) -> Result<Swapped, StoreError> {
        let content = content.into();
        let Some(Version(expected)) = expected else {
            return Ok(match self.create(path, content).await? {
                Created::New | Created::Same => Swapped::Done,
                Created::Other(_) => Swapped::Changed,
            });
        };
        let location = self.locate(path);
        let result = match &self.folder {
            Some(folder) => folder.swap(&*self.objects, &location, content.clone(), expected).await,
            None => {
                let options = PutOptions::from(PutMode::Update(expected.clone()));
                self.objects.put_opts(&location, content.clone().into(), options).await.map(drop)
            }
        };
        match result {
            Ok(()) => Ok(Swapped::Done),
            // An earlier attempt may have succeeded although its response was lost.
            Err(Error::Precondition { .. } | Error::NotFound { .. }) => {
                let now = self.get(path).await?;
                Ok(if now == Some(content) { Swapped::Done } else { Swapped::Changed })
            }
            Err(error) => Err(StoreError::object("write", path, error)),
        }
    }

    /// Writes an object, replacing any: for derived data that can be recomputed.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn put(&self, path: &str, content: impl Into<Bytes>) -> Result<(), StoreError> {
        let put = self.objects.put(&self.locate(path), content.into().into()).await;
        put.map(drop).map_err(|error| StoreError::object("write", path, error))
    }

    /// Lists the objects below a folder, in order, as paths relative to the store.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let location = self.locate(folder);
        let found: Result<Vec<_>, Error> =
            self.objects.list(Some(&location)).map_ok(|object| object.location).try_collect().await;
        let found = found.map_err(|error| StoreError::object("list", folder, error))?;
        let below = |path: &Path| {
            let parts = path.prefix_match(&self.prefix)?;
            Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
        };
        let mut paths: Vec<String> = found.iter().filter_map(below).collect();
        paths.sort();
        Ok(paths)
    }

    /// Deletes an object; does nothing if it does not exist.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.objects.delete(&self.locate(path)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::object("delete", path, error)),
        }
    }

    fn locate(&self, path: &str) -> Path {
        self.prefix.parts().chain(Path::from(path).parts()).collect()
    }
}

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use forecast_store::{Store, StoreError, StoreUrl};
use object_store::http::{HttpBuilder, HttpStore};
use object_store::path::Path;
use object_store::{ClientOptions, Error, ObjectStoreExt as _};
use url::Url;

use crate::RecordError;

/// A place from which a record is read.
pub trait Source: Sync {
    /// Reads an object; `None` if it does not exist.
    fn get(&self, path: &str) -> impl Future<Output = Result<Option<Bytes>, StoreError>> + Send;
}

impl Source for Store {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        Store::get(self, path).await
    }
}

/// A store that a web server publishes.
#[derive(Debug)]
pub struct Website(HttpStore);

impl Source for Website {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        let fail =
            |error: Error| StoreError::Object { verb: "read", path: path.into(), source: error.into() };
        match self.0.get(&Path::from(path)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(fail),
            // Buckets without permission to list return 403 for missing objects.
            Err(Error::NotFound { .. } | Error::PermissionDenied { .. }) => Ok(None),
            Err(error) => Err(fail(error)),
        }
    }
}

/// The address of a record to verify: a store, or a website that publishes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A folder or bucket.
    Store(StoreUrl),
    /// An `http` or `https` address.
    Website(Url),
}

impl Website {
    /// Opens a website; nothing is read yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(url: &Url) -> Result<Self, RecordError> {
        let options = ClientOptions::new().with_allow_http(true);
        let website = HttpBuilder::new().with_url(url.as_str()).with_client_options(options).build();
        website.map(Self).map_err(|error| RecordError::Open { url: url.to_string(), source: error.into() })
    }
}

impl FromStr for Address {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self::Website(url)),
            _ => text.parse().map(Self::Store).map_err(|_| RecordError::Address),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(url) => url.fmt(f),
            Self::Website(url) => url.fmt(f),
        }
    }
}

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a store: a folder, `gs://bucket/folder` or `s3://bucket/folder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A bucket of Google Cloud Storage.
    Gcs {
        /// The bucket.
        bucket: String,
        /// The folder in it; perhaps empty.
        prefix: String,
    },
    /// A bucket of Amazon S3 or of a compatible server.
    S3 {
        /// The bucket.
        bucket: String,
        /// The folder in it; perhaps empty.
        prefix: String,
    },
}

/// The text is not the address of a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a folder, gs://bucket/folder or s3://bucket/folder")]
pub struct StoreUrlError;

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.is_empty() { Err(StoreUrlError) } else { Ok(Self::Folder(text.into())) };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let (bucket, prefix) = (bucket.to_owned(), prefix.trim_matches('/').to_owned());
        match scheme {
            "file" if bucket.is_empty() && !prefix.is_empty() => {
                Ok(Self::Folder(format!("/{prefix}").into()))
            }
            "gs" if !bucket.is_empty() => Ok(Self::Gcs { bucket, prefix }),
            "s3" if !bucket.is_empty() => Ok(Self::S3 { bucket, prefix }),
            _ => Err(StoreUrlError),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, bucket, prefix) = match self {
            Self::Folder(folder) => return write!(f, "{}", folder.display()),
            Self::Gcs { bucket, prefix } => ("gs", bucket, prefix),
            Self::S3 { bucket, prefix } => ("s3", bucket, prefix),
        };
        write!(f, "{scheme}://{bucket}")?;
        if prefix.is_empty() { Ok(()) } else { write!(f, "/{prefix}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_was_written() {
        for address in ["store", "/var/lib/store", "gs://bucket", "gs://bucket/a/b", "s3://bucket/a"] {
            assert_eq!(address.parse::<StoreUrl>().unwrap().to_string(), address);
        }
        assert_eq!("file:///srv/store".parse(), Ok(StoreUrl::Folder("/srv/store".into())));
        assert_eq!("s3://bucket/a/".parse::<StoreUrl>().unwrap().to_string(), "s3://bucket/a");
    }

    #[test]
    fn other_addresses_are_refused_with_the_choices() {
        for address in ["", "https://example.com/a", "gs://", "s3:///a", "file://host/a"] {
            let error = address.parse::<StoreUrl>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "expected a folder, gs://bucket/folder or s3://bucket/folder",
                "{address}"
            );
        }
    }
}

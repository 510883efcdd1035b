//! Which folder or bucket.

use std::{fmt, io, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use object_store::{
    ObjectStore, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem, path::Path,
};
use serde::Deserialize;
use thiserror::Error;

use crate::folder;

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum FileLocation {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket that speaks the protocol of Amazon S3. Keys, region and endpoint come from the
    /// usual variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
    /// `AWS_ENDPOINT_URL` and so on.
    Bucket {
        /// The name of the bucket.
        bucket: String,
        /// What the name of every object begins with; may be empty.
        prefix: String,
    },
}

/// The place for files cannot be used.
#[derive(Debug, Error)]
pub enum FileLocationError {
    /// The text names no such place.
    #[error(
        "`{0}` is no place for files; give a folder such as `./data/files` or a bucket such as `s3://bucket/prefix`"
    )]
    Malformed(String),
    /// The folder cannot be made or written to.
    #[error("cannot use the folder `{}` for files", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// The store cannot be opened.
    #[error("cannot use `{0}` for files")]
    Store(String, #[source] object_store::Error),
}

impl FromStr for FileLocation {
    type Err = FileLocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || FileLocationError::Malformed(text.to_owned());
        match text.split_once("://") {
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let is_bucket = bucket.len() >= 3
                    && bucket.bytes().all(|b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b)
                    });
                Path::parse(prefix).map_err(|_| malformed())?;
                if !is_bucket {
                    return Err(malformed());
                }
                Ok(Self::Bucket {
                    bucket: bucket.to_owned(),
                    prefix: prefix.trim_matches('/').to_owned(),
                })
            }
            Some(("file", path)) if path.starts_with('/') => Ok(Self::Folder(path.into())),
            Some(_) => Err(malformed()),
            None if text.trim().is_empty() => Err(malformed()),
            None => Ok(Self::Folder(text.into())),
        }
    }
}

impl TryFrom<String> for FileLocation {
    type Error = FileLocationError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl FileLocation {
    /// The size of the parts that an upload is sent in: what is in memory of it at a time.
    pub(super) fn part_size(&self) -> usize {
        match self {
            Self::Folder(_) => 256 * 1024,
            // The protocol refuses smaller ones.
            Self::Bucket { .. } => 5 * 1024 * 1024,
        }
    }

    pub(super) fn open(&self) -> Result<(Arc<dyn ObjectStore>, Path), FileLocationError> {
        match self {
            Self::Folder(path) => {
                folder::create_private(path)
                    .map_err(|error| FileLocationError::Folder(path.clone(), error))?;
                let store = LocalFileSystem::new_with_prefix(path)
                    .map_err(|error| FileLocationError::Store(path.display().to_string(), error))?;
                // A message must not outlive its file when the power fails.
                Ok((Arc::new(store.with_fsync(true)), Path::default()))
            }
            Self::Bucket { bucket, prefix } => {
                let failed =
                    |error| FileLocationError::Store(format!("s3://{bucket}/{prefix}"), error);
                let retry = RetryConfig {
                    max_retries: 3,
                    retry_timeout: Duration::from_secs(20),
                    ..RetryConfig::default()
                };
                let store = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_retry(retry)
                    .build()
                    .map_err(failed)?;
                let prefix = Path::parse(prefix).map_err(|error| failed(error.into()))?;
                Ok((Arc::new(store), prefix))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let folder = |path: &str| FileLocation::Folder(path.into());
        let bucket = |bucket: &str, prefix: &str| FileLocation::Bucket {
            bucket: bucket.into(),
            prefix: prefix.into(),
        };
        assert_eq!("./data/files".parse::<FileLocation>().unwrap(), folder("./data/files"));
        assert_eq!("file:///srv/files".parse::<FileLocation>().unwrap(), folder("/srv/files"));
        assert_eq!("s3://acme-files".parse::<FileLocation>().unwrap(), bucket("acme-files", ""));
        assert_eq!(
            "s3://acme-files/a/b/".parse::<FileLocation>().unwrap(),
            bucket("acme-files", "a/b")
        );
        for malformed in [
            "",
            " ",
            "s3://",
            "s3://A_B C/x",
            "ftp://host/x",
            "file://host/x",
            "s3://acme-files/a//b",
        ] {
            assert!(malformed.parse::<FileLocation>().is_err(), "{malformed:?}");
        }
    }
}

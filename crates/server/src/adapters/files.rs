//! Where the content of files is kept: a folder of this machine, or a bucket.

mod location;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt};
use impersonation_domain::{
    ids::{FileId, OrganizationId},
    message::{FileError, MAX_FILE_SIZE, MediaType},
    ports::{ByteStream, FileStore, FileStoreError, StoredObject},
};
use object_store::{
    ObjectStore, ObjectStoreExt, buffered::BufWriter, memory::InMemory, path::Path,
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

pub use location::{FileLocation, FileLocationError};

/// How many bytes are looked at to tell what a file is.
const FIRST_BYTES: usize = 8 * 1024;

/// Keeps each file as one object named by the organization and the file.
///
/// What is uploaded is counted and hashed on its way, and appears under its name only when it is
/// complete. No more of it than two parts is in memory at any time.
#[derive(Debug, Clone)]
pub struct ObjectFileStore {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The size of the parts that an upload is sent in.
    part: usize,
}

impl ObjectFileStore {
    /// The store at this place. A folder is made where there is none, for this user only.
    ///
    /// # Errors
    /// [`FileLocationError`] where the folder cannot be used or the bucket's settings are wrong.
    pub fn open(location: &FileLocation) -> Result<Self, FileLocationError> {
        let (store, prefix) = location.open()?;
        Ok(Self { store, prefix, part: location.part_size() })
    }

    /// A store for commands, which touch no files: what is put there is gone at the end.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { store: Arc::new(InMemory::new()), prefix: Path::default(), part: 256 * 1024 }
    }

    /// Asks the store for something that is not there, to see whether it can be reached.
    ///
    /// # Errors
    /// What the store says instead.
    pub async fn probe(&self) -> Result<(), object_store::Error> {
        match self.store.get(&self.prefix.clone().join("no-such-file")).await {
            Ok(_) => Ok(()),
            // The bucket may be what is not there.
            Err(object_store::Error::NotFound { source, .. })
                if !source.to_string().contains("NoSuchBucket") =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn path(&self, organization: OrganizationId, file: FileId) -> Path {
        self.prefix.clone().join(organization.to_string()).join(file.to_string())
    }

    async fn write(
        &self,
        writer: &mut BufWriter,
        checked: &mut Checked,
    ) -> Result<StoredObject, FileStoreError> {
        while let Some(piece) = checked.next().await? {
            writer.put(piece).await.map_err(unavailable)?;
        }
        Ok(checked.finish())
    }
}

#[async_trait]
impl FileStore for ObjectFileStore {
    async fn put(
        &self,
        organization: OrganizationId,
        file: FileId,
        media_type: &MediaType,
        content: ByteStream,
    ) -> Result<StoredObject, FileStoreError> {
        // Nothing is written before the first bytes are known to be what they say.
        let mut checked = Checked::begin(content, media_type).await?;
        let path = self.path(organization, file);
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), path, self.part)
            .with_max_concurrency(1);
        match self.write(&mut writer, &mut checked).await {
            Ok(stored) => {
                // On failure this cleans up by itself.
                writer.shutdown().await.map_err(unavailable)?;
                Ok(stored)
            }
            Err(error) => {
                if let Err(abort) = writer.abort().await {
                    tracing::warn!(%file, error = %abort, "an unfinished upload could not be taken back");
                }
                Err(error)
            }
        }
    }

    async fn get(
        &self,
        organization: OrganizationId,
        file: FileId,
    ) -> Result<ByteStream, FileStoreError> {
        let found = self.store.get(&self.path(organization, file)).await.map_err(reading)?;
        Ok(found.into_stream().map_err(reading).boxed())
    }

    async fn delete(
        &self,
        organization: OrganizationId,
        file: FileId,
    ) -> Result<(), FileStoreError> {
        match self.store.delete(&self.path(organization, file)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// Content that is counted and hashed as it passes, and stops at the limit.
struct Checked {
    content: ByteStream,
    /// The first bytes, until they have been passed on.
    first: Option<Bytes>,
    size: u64,
    sha256: Sha256,
}

impl Checked {
    async fn begin(
        mut content: ByteStream,
        media_type: &MediaType,
    ) -> Result<Self, FileStoreError> {
        let mut first = BytesMut::new();
        while first.len() < FIRST_BYTES {
            match content.try_next().await? {
                Some(piece) => first.extend_from_slice(&piece),
                None => break,
            }
        }
        if first.is_empty() {
            return Err(FileError::Empty.into());
        }
        media_type.check_content(&first)?;
        Ok(Self { content, first: Some(first.freeze()), size: 0, sha256: Sha256::new() })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, FileStoreError> {
        let piece = match self.first.take() {
            Some(first) => first,
            None => match self.content.try_next().await? {
                Some(piece) => piece,
                None => return Ok(None),
            },
        };
        self.size =
            u64::try_from(piece.len()).map_or(u64::MAX, |length| self.size.saturating_add(length));
        if self.size > MAX_FILE_SIZE {
            return Err(FileError::TooLarge.into());
        }
        self.sha256.update(&piece);
        Ok(Some(piece))
    }

    fn finish(&mut self) -> StoredObject {
        StoredObject { size: self.size, sha256: std::mem::take(&mut self.sha256).finalize().into() }
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> FileStoreError {
    FileStoreError::Unavailable(Box::new(error))
}

fn reading(error: object_store::Error) -> FileStoreError {
    match error {
        object_store::Error::NotFound { .. } => FileStoreError::NotFound,
        error => unavailable(error),
    }
}

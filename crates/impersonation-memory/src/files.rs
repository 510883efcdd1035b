//! The content of files.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use impersonation_domain::{
    ids::{FileId, OrganizationId},
    message::{FileError, MAX_FILE_SIZE, MediaType},
    ports::{ByteStream, FileStore, FileStoreError, StoredObject},
};
use sha2::{Digest, Sha256};

/// How many of the first bytes tell what a file is.
const FIRST_BYTES: usize = 8 * 1024;

type Pieces = Vec<Bytes>;

/// Files in memory. Clones share them.
#[derive(Clone, Default)]
pub struct InMemoryFiles(Arc<Mutex<BTreeMap<(OrganizationId, FileId), Pieces>>>);

impl InMemoryFiles {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files().is_empty()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<(OrganizationId, FileId), Pieces>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for InMemoryFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryFiles({})", self.len())
    }
}

/// What has come of a file so far.
struct Upload<'a> {
    media_type: &'a MediaType,
    first_bytes: BytesMut,
    checked: bool,
    size: u64,
    digest: Sha256,
    pieces: Pieces,
}

impl Upload<'_> {
    fn take(&mut self, piece: Bytes) -> Result<(), FileError> {
        self.size = self.size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.size > MAX_FILE_SIZE {
            return Err(FileError::TooLarge);
        }
        if !self.checked {
            let missing = FIRST_BYTES.saturating_sub(self.first_bytes.len());
            self.first_bytes.extend(piece.iter().take(missing));
            if self.first_bytes.len() >= FIRST_BYTES {
                self.check()?;
            }
        }
        self.digest.update(&piece);
        self.pieces.push(piece);
        Ok(())
    }

    fn check(&mut self) -> Result<(), FileError> {
        self.checked = true;
        self.media_type.check_content(&self.first_bytes)
    }

    fn finish(mut self) -> Result<(StoredObject, Pieces), FileError> {
        if self.size == 0 {
            return Err(FileError::Empty);
        }
        if !self.checked {
            self.check()?;
        }
        let sha256 = self.digest.finalize().into();
        Ok((StoredObject { size: self.size, sha256 }, self.pieces))
    }
}

#[async_trait]
impl FileStore for InMemoryFiles {
    async fn put(
        &self,
        organization: OrganizationId,
        file: FileId,
        media_type: &MediaType,
        mut content: ByteStream,
    ) -> Result<StoredObject, FileStoreError> {
        let mut upload = Upload {
            media_type,
            first_bytes: BytesMut::new(),
            checked: false,
            size: 0,
            digest: Sha256::new(),
            pieces: Vec::new(),
        };
        while let Some(piece) = content.next().await {
            upload.take(piece?)?;
        }
        let (object, pieces) = upload.finish()?;
        self.files().insert((organization, file), pieces);
        Ok(object)
    }

    async fn get(
        &self,
        organization: OrganizationId,
        file: FileId,
    ) -> Result<ByteStream, FileStoreError> {
        let pieces = self.files().get(&(organization, file)).cloned();
        let pieces = pieces.ok_or(FileStoreError::NotFound)?;
        Ok(stream::iter(pieces.into_iter().map(Ok)).boxed())
    }

    async fn delete(
        &self,
        organization: OrganizationId,
        file: FileId,
    ) -> Result<(), FileStoreError> {
        self.files().remove(&(organization, file));
        Ok(())
    }
}

//! No files at all.

use async_trait::async_trait;
use impersonation_domain::{
    ids::{FileId, OrganizationId},
    message::MediaType,
    ports::{ByteStream, FileStore, FileStoreError, StoredObject},
};

/// A file store that is never there, for tests that send no files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

#[async_trait]
impl FileStore for NoFiles {
    async fn put(
        &self,
        _: OrganizationId,
        _: FileId,
        _: &MediaType,
        _: ByteStream,
    ) -> Result<StoredObject, FileStoreError> {
        Err(FileStoreError::Unavailable("this test keeps no files".into()))
    }

    async fn get(&self, _: OrganizationId, _: FileId) -> Result<ByteStream, FileStoreError> {
        Err(FileStoreError::NotFound)
    }

    async fn delete(&self, _: OrganizationId, _: FileId) -> Result<(), FileStoreError> {
        Ok(())
    }
}

//! What an embedding product does itself.

use async_trait::async_trait;

use crate::{
    ids::{FileId, OrganizationId},
    message::MediaType,
    ports::{ByteStream, FileStore, FileStoreError, PasswordHasher, RepositoryError, StoredObject},
    secret::{Password, PasswordHash},
};

/// Stands in for what the product does itself, and refuses.
pub(super) struct NotOffered;

const PASSWORDS: &str = "the embedding product signs its users in itself";
const FILES: &str = "the embedding product keeps files itself";

fn not_offered() -> FileStoreError {
    FileStoreError::Unavailable(FILES.into())
}

#[async_trait]
impl PasswordHasher for NotOffered {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, RepositoryError> {
        Err(RepositoryError::unavailable(PASSWORDS))
    }

    async fn verify(&self, _: &str, _: Option<&PasswordHash>) -> Result<bool, RepositoryError> {
        Err(RepositoryError::unavailable(PASSWORDS))
    }
}

#[async_trait]
impl FileStore for NotOffered {
    async fn put(
        &self,
        _: OrganizationId,
        _: FileId,
        _: &MediaType,
        _: ByteStream,
    ) -> Result<StoredObject, FileStoreError> {
        Err(not_offered())
    }

    async fn get(&self, _: OrganizationId, _: FileId) -> Result<ByteStream, FileStoreError> {
        Err(not_offered())
    }

    async fn delete(&self, _: OrganizationId, _: FileId) -> Result<(), FileStoreError> {
        Err(not_offered())
    }
}

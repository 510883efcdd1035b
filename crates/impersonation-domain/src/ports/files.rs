//! Where the content of files is kept.

use std::{error::Error as StdError, pin::Pin};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use thiserror::Error;

use crate::{
    ids::{FileId, OrganizationId},
    message::{FileError, MediaType},
};

/// Content as it comes or goes, piece by piece.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, FileStoreError>> + Send>>;

/// Why content could not be stored or read.
#[derive(Debug, Error)]
pub enum FileStoreError {
    /// The content itself is refused.
    #[error(transparent)]
    Refused(#[from] FileError),
    /// Whoever sends the content stopped before its end.
    #[error("the upload was interrupted")]
    Interrupted(#[source] Box<dyn StdError + Send + Sync>),
    /// There is no such file.
    #[error("there is no such file")]
    NotFound,
    /// The store cannot be reached, or failed.
    #[error("the file store failed")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

/// What was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredObject {
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub sha256: [u8; 32],
}

/// Keeps the content of files. Content is streamed and never held whole in memory.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// Stores the content. It must check the first bytes with [`MediaType::check_content`], refuse
    /// empty content and more than [`crate::message::MAX_FILE_SIZE`] bytes, and leave nothing behind
    /// where it fails.
    async fn put(
        &self,
        organization: OrganizationId,
        file: FileId,
        media_type: &MediaType,
        content: ByteStream,
    ) -> Result<StoredObject, FileStoreError>;

    /// The content of a file.
    async fn get(
        &self,
        organization: OrganizationId,
        file: FileId,
    ) -> Result<ByteStream, FileStoreError>;

    /// Deletes a file whose message was not sent. One that is not there is no error.
    async fn delete(
        &self,
        organization: OrganizationId,
        file: FileId,
    ) -> Result<(), FileStoreError>;
}

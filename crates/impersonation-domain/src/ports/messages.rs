//! Messages in a store.

use async_trait::async_trait;

use super::{Page, PageLimit, RepositoryError};
use crate::{
    audit::Recorded,
    ids::{ChannelId, FileId, MessageId},
    message::Message,
    time::Timestamp,
};

/// Messages of the unit of work's organization.
#[async_trait]
pub trait MessageRepository: Send {
    /// Saves a new message with its files, and its event.
    async fn save(&mut self, message: Recorded<Message>) -> Result<Message, RepositoryError>;
    /// A message.
    async fn message(&mut self, id: MessageId) -> Result<Option<Message>, RepositoryError>;
    /// The messages of a channel, the latest first; `after` is the last of the page before.
    async fn in_channel(
        &mut self,
        channel: ChannelId,
        after: Option<(Timestamp, MessageId)>,
        limit: PageLimit,
    ) -> Result<Page<Message, (Timestamp, MessageId)>, RepositoryError>;
    /// The message that the file was sent with.
    async fn with_file(&mut self, file: FileId) -> Result<Option<Message>, RepositoryError>;
}

//! Messages.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    ids::{ChannelId, FileId, MessageId},
    message::Message,
    ports::{Constraint, MessageRepository, Page, PageLimit, RepositoryError},
    time::Timestamp,
};

use super::Unit;
use crate::tenant::check_organization;

fn place(message: &Message) -> (Timestamp, MessageId) {
    (message.record().sent_at, message.id())
}

fn has_file(message: &Message, file: FileId) -> bool {
    message.record().files.iter().any(|stored| stored.id == file)
}

#[async_trait]
impl MessageRepository for Unit {
    async fn save(&mut self, message: Recorded<Message>) -> Result<Message, RepositoryError> {
        check_organization(self.organization, message.value().record().organization)?;
        self.record(message, |tenant, message| {
            let files = &message.record().files;
            let file_taken = files
                .iter()
                .any(|file| tenant.messages.values().any(|other| has_file(other, file.id)));
            if file_taken || tenant.messages.contains(&message.id()) {
                return Err(RepositoryError::Duplicate(Constraint::Other));
            }
            tenant.messages.insert(message.id(), message);
            Ok(())
        })
    }

    async fn message(&mut self, id: MessageId) -> Result<Option<Message>, RepositoryError> {
        Ok(self.tenant.messages.get(&id).cloned())
    }

    async fn in_channel(
        &mut self,
        channel: ChannelId,
        after: Option<(Timestamp, MessageId)>,
        limit: PageLimit,
    ) -> Result<Page<Message, (Timestamp, MessageId)>, RepositoryError> {
        let mut messages: Vec<Message> = self
            .tenant
            .messages
            .values()
            .filter(|message| message.record().channel == channel)
            .filter(|message| after.is_none_or(|after| place(message) < after))
            .cloned()
            .collect();
        messages.sort_by_key(|message| std::cmp::Reverse(place(message)));
        Ok(Page::from_surplus(messages, limit, place))
    }

    async fn with_file(&mut self, file: FileId) -> Result<Option<Message>, RepositoryError> {
        Ok(self.tenant.messages.values().find(|message| has_file(message, file)).cloned())
    }
}

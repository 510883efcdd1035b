//! Messages.

use std::cmp::Reverse;

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    ids::{ChannelId, FileId, MessageId},
    message::{Message, MessageRecord},
    ports::{Constraint, MessageRepository, Page, PageLimit, RepositoryError},
    time::Timestamp,
};

use super::Unit;
use crate::{
    rows::MessageRow,
    tenant::{Tenant, check_organization},
};

fn has_file(message: &MessageRecord, file: FileId) -> bool {
    message.files.iter().any(|stored| stored.id == file)
}

fn messages(tenant: &Tenant) -> impl Iterator<Item = &MessageRecord> {
    tenant.messages.values().map(|row| &row.0)
}

#[async_trait]
impl MessageRepository for Unit {
    async fn save(&mut self, message: Recorded<Message>) -> Result<Message, RepositoryError> {
        check_organization(self.organization, message.value().record().organization)?;
        self.record(message, |tenant, message| {
            let mut files = message.record().files.iter();
            let file_taken =
                files.any(|file| messages(tenant).any(|other| has_file(other, file.id)));
            if file_taken || tenant.messages.contains_key(&message.id()) {
                return Err(RepositoryError::Duplicate(Constraint::Other));
            }
            tenant.messages.insert(message.id(), MessageRow(message.record().clone()));
            Ok(())
        })
    }

    async fn message(&mut self, id: MessageId) -> Result<Option<Message>, RepositoryError> {
        Ok(self.tenant.messages.get(&id).map(|row| Message::from_record(row.0.clone())))
    }

    async fn in_channel(
        &mut self,
        channel: ChannelId,
        after: Option<(Timestamp, MessageId)>,
        limit: PageLimit,
    ) -> Result<Page<Message, (Timestamp, MessageId)>, RepositoryError> {
        let place = |message: &MessageRecord| (message.sent_at, message.id);
        let mut found: Vec<_> = messages(&self.tenant)
            .filter(|message| message.channel == channel)
            .filter(|message| after.is_none_or(|after| place(message) < after))
            .cloned()
            .map(Message::from_record)
            .collect();
        found.sort_by_key(|message| Reverse(place(message.record())));
        Ok(Page::from_surplus(found, limit, |message| place(message.record())))
    }

    async fn with_file(&mut self, file: FileId) -> Result<Option<Message>, RepositoryError> {
        let found = messages(&self.tenant).find(|message| has_file(message, file));
        Ok(found.cloned().map(Message::from_record))
    }
}

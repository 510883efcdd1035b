//! Messages.

use std::collections::HashMap;

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    ids::{ChannelId, FileId, MessageId, TypedId},
    message::{Message, StoredFile},
    ports::{MessageRepository, Page, PageLimit, RepositoryError},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Select,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{Unit, statements::select};
use crate::{
    entity::{
        message::{self, Column},
        message_file, micros,
    },
    error::Fault,
    row::Row,
};

impl Unit {
    fn all_messages(&self) -> Select<message::Entity> {
        message::Entity::find().filter(Column::OrganizationId.eq(self.tenant()))
    }

    async fn write_message(&self, message: &Message) -> Result<(), Fault> {
        self.own(message.record().organization)?;
        let (row, files) = (message::write(message)?, message_file::write(message)?);
        self.insert::<message::Entity, _>(row).await?;
        for file in files {
            self.insert::<message_file::Entity, _>(file).await?;
        }
        Ok(())
    }

    /// The messages of these rows, with their files.
    async fn with_files(&mut self, rows: &[QueryResult]) -> Result<Vec<Message>, RepositoryError> {
        let ids: Vec<MessageId> = rows
            .iter()
            .map(|row| Row::of(message::TABLE, row).id("id"))
            .collect::<Result<_, _>>()?;
        let mut files = self.files_of(&ids).await?;
        rows.iter()
            .zip(&ids)
            .map(|(row, id)| message::read(row, files.remove(id).unwrap_or_default()))
            .collect()
    }

    async fn files_of(
        &mut self,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, Vec<StoredFile>>, RepositoryError> {
        use message_file::Column;
        let mut files: HashMap<MessageId, Vec<StoredFile>> = HashMap::new();
        if messages.is_empty() {
            return Ok(files);
        }
        let messages: Vec<Uuid> = messages.iter().map(|id| id.uuid()).collect();
        let query = message_file::Entity::find()
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::MessageId.is_in(messages))
            .order_by_asc(Column::MessageId)
            .order_by_asc(Column::Position);
        for row in &self.rows(&select(query)).await? {
            let (message, file) = message_file::read(row)?;
            files.entry(message).or_default().push(file);
        }
        Ok(files)
    }

    async fn message_where(
        &mut self,
        which: Condition,
    ) -> Result<Option<Message>, RepositoryError> {
        let query = select(self.all_messages().filter(which).limit(1));
        let rows = self.rows(&query).await?;
        Ok(self.with_files(&rows).await?.pop())
    }
}

#[async_trait]
impl MessageRepository for Unit {
    async fn save(&mut self, message: Recorded<Message>) -> Result<Message, RepositoryError> {
        self.start()?;
        let done = self.write_message(message.value()).await;
        self.settle(done, message)
    }

    async fn message(&mut self, id: MessageId) -> Result<Option<Message>, RepositoryError> {
        self.message_where(Condition::all().add(Column::Id.eq(id.uuid()))).await
    }

    async fn in_channel(
        &mut self,
        channel: ChannelId,
        after: Option<(Timestamp, MessageId)>,
        limit: PageLimit,
    ) -> Result<Page<Message, (Timestamp, MessageId)>, RepositoryError> {
        let after = after.map(|(sent_at, id)| {
            Expr::tuple([Expr::col(Column::SentAt), Expr::col(Column::Id)])
                .lt(Expr::tuple([Expr::val(micros(sent_at)), Expr::val(id.uuid())]))
        });
        let messages = self
            .all_messages()
            .filter(Condition::all().add(Column::ChannelId.eq(channel.uuid())).add_option(after))
            .order_by_desc(Column::SentAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit.get()).saturating_add(1));
        let rows = self.rows(&select(messages)).await?;
        let messages = self.with_files(&rows).await?;
        Ok(Page::from_surplus(messages, limit, |message: &Message| {
            (message.record().sent_at, message.id())
        }))
    }

    async fn with_file(&mut self, file: FileId) -> Result<Option<Message>, RepositoryError> {
        let message = Query::select()
            .column(message_file::Column::MessageId)
            .from(message_file::Entity)
            .and_where(message_file::Column::OrganizationId.eq(self.tenant()))
            .and_where(message_file::Column::Id.eq(file.uuid()))
            .take();
        self.message_where(Condition::all().add(Column::Id.in_subquery(message))).await
    }
}

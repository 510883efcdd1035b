//! The audit log.

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent},
    ports::{AuditLog, AuditQuery, Page, RepositoryError},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Log, Refusal, Unit, statements::select};
use crate::{entity::audit_event, error::Fault};

/// How many events are inserted by one statement.
const EVENTS_A_STATEMENT: usize = 200;

impl Unit {
    /// Inserts the events that are still to be inserted.
    pub(super) async fn flush(&mut self) -> Result<(), RepositoryError> {
        let Log::Writing { pending, .. } = &mut self.log else { return Ok(()) };
        let events = std::mem::take(pending);
        if events.is_empty() {
            return Ok(());
        }
        self.start()?;
        let done = self.insert_events(&events).await;
        self.finish(done)
    }

    async fn insert_events(&self, events: &[Event]) -> Result<(), Fault> {
        for some in events.chunks(EVENTS_A_STATEMENT) {
            let rows: Vec<audit_event::ActiveModel> = some
                .iter()
                .map(|event| audit_event::write(event).map(Into::into))
                .collect::<Result<_, _>>()
                .map_err(Fault::Failed)?;
            audit_event::Entity::insert_many(rows)
                .exec_without_returning(&self.transaction)
                .await?;
        }
        Ok(())
    }
}

#[async_trait]
impl AuditLog for Unit {
    async fn head(&mut self) -> Result<AuditHead, RepositoryError> {
        Ok(match &self.log {
            Log::Reading(head) => *head,
            Log::Writing { ledger, .. } => ledger.head(),
        })
    }

    async fn append(&mut self, content: EventContent) -> Result<Event, RepositoryError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        self.seal(content)
    }

    async fn query(&mut self, query: &AuditQuery) -> Result<Page<Event, u64>, RepositoryError> {
        self.flush().await?;
        let statement = self.page_of_events(query)?;
        let rows = self.rows(&statement).await?;
        let events = rows.iter().map(audit_event::read).collect::<Result<_, _>>()?;
        Ok(Page::from_surplus(events, query.limit, |event: &Event| event.sequence))
    }

    async fn range(&mut self, after: u64, limit: u16) -> Result<Vec<Event>, RepositoryError> {
        self.flush().await?;
        let events = self
            .events()
            .filter(audit_event::Column::Sequence.gt(i64::try_from(after).unwrap_or(i64::MAX)))
            .order_by_asc(audit_event::Column::Sequence)
            .limit(u64::from(limit));
        let rows = self.rows(&select(events)).await?;
        rows.iter().map(audit_event::read).collect()
    }
}

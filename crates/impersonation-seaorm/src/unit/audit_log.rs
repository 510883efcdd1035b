//! The audit log.

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent},
    ids::TypedId,
    ports::{AuditLog, AuditQuery, Page, RepositoryError},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};

use super::{Log, Refusal, Unit, statements::select};
use crate::{
    entity::{audit_event, micros, number, organization},
    error::Fault,
};

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

    /// Writes what is left of the log, and then, last of all, where it ends.
    pub(super) async fn write_log(&mut self) -> Result<(), RepositoryError> {
        let Log::Writing { ledger, at_first, .. } = &self.log else { return Ok(()) };
        let head = ledger.head();
        if head == *at_first {
            return Ok(());
        }
        // Without an organization there is no log, and what cannot be recorded does not happen.
        let query = super::statements::head(self.tenant());
        if self.row(&query).await?.is_none() {
            return Err(Refusal::NoOrganization.into());
        }
        self.flush().await?;
        self.start()?;
        let done = self.write_head(&head).await;
        self.finish(done)
    }

    async fn write_head(&self, head: &AuditHead) -> Result<(), Fault> {
        use organization::Column;
        let result = organization::Entity::update_many()
            .col_expr(Column::AuditSequence, Expr::val(number(head.sequence)?))
            .col_expr(Column::AuditHash, Expr::val(head.hash.0.to_vec()))
            .col_expr(Column::AuditAt, Expr::val(head.at.map(micros)))
            .col_expr(Column::PolicyRevision, Expr::val(number(head.policy_revision)?))
            .filter(Column::Id.eq(self.tenant()))
            .exec(&self.transaction)
            .await?;
        if result.rows_affected == 1 {
            Ok(())
        } else {
            Err(Fault::Failed(Refusal::NoOrganization.into()))
        }
    }

    fn events(&self) -> Select<audit_event::Entity> {
        audit_event::Entity::find().filter(audit_event::Column::OrganizationId.eq(self.tenant()))
    }
}

/// What the query says of the events that it wants.
fn condition(query: &AuditQuery) -> Result<Condition, RepositoryError> {
    use audit_event::Column;
    let by = |user: impersonation_domain::ids::UserId| {
        Condition::all().add(Column::ActorId.eq(user.uuid())).add(Column::ActorKind.eq("user"))
    };
    let on = |user: impersonation_domain::ids::UserId| {
        Condition::all().add(Column::SubjectId.eq(user.uuid())).add(Column::SubjectKind.eq("user"))
    };
    // An event that is exactly at a fraction of a microsecond does not exist: the next one counts.
    let bound = |at: impersonation_domain::time::Timestamp| {
        let floor = micros(at);
        if at.timestamp_subsec_nanos() % 1000 == 0 { floor } else { floor.saturating_add(1) }
    };
    Ok(Condition::all()
        .add_option(query.account.map(on))
        .add_option(query.actor.map(by))
        .add_option(query.involving.map(|user| Condition::any().add(on(user)).add(by(user))))
        .add_option(query.action.map(|action| Column::Action.eq(action.as_str())))
        .add_option(query.outcome.map(|outcome| Column::Outcome.eq(outcome.as_str())))
        .add_option(query.login_session.map(|id| Column::LoginSessionId.eq(id.uuid())))
        .add_option(query.since.map(|at| Column::HappenedAt.gte(bound(at))))
        .add_option(query.until.map(|at| Column::HappenedAt.lt(bound(at))))
        .add_option(
            query
                .before_sequence
                .map(number)
                .transpose()?
                .map(|before| Column::Sequence.lt(before)),
        ))
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
        let events = self
            .events()
            .filter(condition(query)?)
            .order_by_desc(audit_event::Column::Sequence)
            .limit(u64::from(query.limit.get()).saturating_add(1));
        let rows = self.rows(&select(events)).await?;
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

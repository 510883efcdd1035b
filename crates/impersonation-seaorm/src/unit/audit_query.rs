//! Finding events.

use impersonation_domain::{
    ids::{TypedId, UserId},
    ports::{AuditQuery, RepositoryError},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::SelectStatement,
};

use super::{
    Unit,
    statements::{either, select},
};
use crate::entity::{
    audit_event::{self, Column},
    micros_up, number,
};

fn on(user: UserId) -> Condition {
    Condition::all().add(Column::SubjectId.eq(user.uuid())).add(Column::SubjectKind.eq("user"))
}

fn by(user: UserId) -> Condition {
    Condition::all().add(Column::ActorId.eq(user.uuid())).add(Column::ActorKind.eq("user"))
}

impl Unit {
    /// All events of the organization.
    pub(super) fn events(&self) -> Select<audit_event::Entity> {
        audit_event::Entity::find().filter(Column::OrganizationId.eq(self.tenant()))
    }

    /// The query for a page of events and one more.
    pub(super) fn page_of_events(
        &self,
        query: &AuditQuery,
    ) -> Result<SelectStatement, RepositoryError> {
        let limit = u64::from(query.limit.get()).saturating_add(1);
        let wanted = || {
            let events = self.events().filter(condition(query)?);
            Ok::<_, RepositoryError>(events.order_by_desc(Column::Sequence).limit(limit))
        };
        let Some(user) = query.involving else { return Ok(select(wanted()?)) };
        let (subject, actor) = (wanted()?.filter(on(user)), wanted()?.filter(by(user)));
        Ok(either([subject, actor], &[Column::Sequence], limit))
    }
}

/// What the query says of the events that it wants, but for who is involved.
fn condition(query: &AuditQuery) -> Result<Condition, RepositoryError> {
    let before = query.before_sequence.map(number).transpose()?;
    Ok(Condition::all()
        .add_option(query.account.map(on))
        .add_option(query.actor.map(by))
        .add_option(query.action.map(|action| Column::Action.eq(action.as_str())))
        .add_option(query.outcome.map(|outcome| Column::Outcome.eq(outcome.as_str())))
        .add_option(query.login_session.map(|id| Column::LoginSessionId.eq(id.uuid())))
        .add_option(query.since.map(|at| Column::HappenedAt.gte(micros_up(at))))
        .add_option(query.until.map(|at| Column::HappenedAt.lt(micros_up(at))))
        .add_option(before.map(|before| Column::Sequence.lt(before))))
}

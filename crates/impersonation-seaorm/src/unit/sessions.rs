//! Login sessions.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    credential::OwnCredentialId,
    ids::{LoginSessionId, TypedId, UserId},
    login_session::LoginSession,
    ports::{LiveSessions, LoginSessionQuery, LoginSessionRepository, Page, RepositoryError},
    secret::SecretHash,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, OnConflict, SelectStatement},
};
use uuid::Uuid;

use super::{
    Unit,
    statements::{either, fresh, select},
};
use crate::{
    entity::{
        login_session::{self, Column},
        micros, session_read,
    },
    error::Fault,
};

/// A reader's minutes are forgotten a day after: no session lasts that long.
const READS_ARE_KEPT: i64 = 24 * 60;

fn involving(user: UserId) -> Condition {
    Condition::any().add(Column::ActorId.eq(user.uuid())).add(Column::SubjectId.eq(user.uuid()))
}

/// What the query says of the sessions that it wants, but for who is involved.
fn condition(query: &LoginSessionQuery) -> Condition {
    let after = query.after.map(|(started_at, id)| {
        Expr::tuple([Expr::col(Column::StartedAt), Expr::col(Column::Id)])
            .lt(Expr::tuple([Expr::val(micros(started_at)), Expr::val(id.uuid())]))
    });
    let live = query
        .live
        .map(|live| if live { login_session::is_live() } else { Column::EndedAt.is_not_null() });
    Condition::all()
        .add_option(live)
        .add_option(query.actor.map(|user| Column::ActorId.eq(user.uuid())))
        .add_option(query.subject.map(|user| Column::SubjectId.eq(user.uuid())))
        .add_option(after)
}

fn resting_on(credential: OwnCredentialId) -> Condition {
    let (kind, id) = login_session::write_credential(credential);
    Condition::all().add(Column::CredentialKind.eq(kind)).add(Column::CredentialId.eq(id))
}

impl Unit {
    fn all_sessions(&self) -> Select<login_session::Entity> {
        login_session::Entity::find().filter(Column::OrganizationId.eq(self.tenant()))
    }

    async fn live_sessions_where(
        &mut self,
        which: Condition,
    ) -> Result<Vec<LoginSession>, RepositoryError> {
        let sessions = self
            .all_sessions()
            .filter(login_session::is_live())
            .filter(which)
            .order_by_asc(Column::Id);
        let rows = self.rows(&select(sessions)).await?;
        rows.iter().map(login_session::read).collect()
    }

    /// The query for a page of sessions and one more.
    fn page_of_sessions(&self, query: &LoginSessionQuery) -> SelectStatement {
        let limit = u64::from(query.limit.get()).saturating_add(1);
        let latest = |sessions: Select<login_session::Entity>| {
            sessions.order_by_desc(Column::StartedAt).order_by_desc(Column::Id).limit(limit)
        };
        let wanted = || latest(self.all_sessions().filter(condition(query)));
        let Some(user) = query.involving else { return select(wanted()) };
        let acting = wanted().filter(Column::ActorId.eq(user.uuid()));
        let acted_on = wanted().filter(Column::SubjectId.eq(user.uuid()));
        either([acting, acted_on], &[Column::StartedAt, Column::Id], limit)
    }

    /// A live session is inserted if it is not there, and else replaced while the one there is live.
    async fn write_session(&self, session: &LoginSession) -> Result<(), Fault> {
        self.own(session.record().organization)?;
        let row = login_session::write(session)?;
        let which = Condition::all()
            .add(Column::OrganizationId.eq(self.tenant()))
            .add(Column::Id.eq(row.id))
            .add(login_session::is_live());
        let update = login_session::Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::val(row.expires_at))
            .col_expr(Column::ExpiryCause, Expr::val(row.expiry_cause.clone()))
            .col_expr(Column::EndedAt, Expr::val(row.ended_at))
            .col_expr(Column::EndCause, Expr::val(row.end_cause.clone()))
            .filter(which);
        if update.exec(&self.transaction).await?.rows_affected > 0 {
            return Ok(());
        }
        let known =
            OnConflict::columns([Column::OrganizationId, Column::Id]).do_nothing().to_owned();
        if session.is_live() && self.insert_unless::<login_session::Entity, _>(row, known).await? {
            return Ok(());
        }
        Err(Fault::Refused(RepositoryError::Stale))
    }

    async fn write_touch(&self, id: LoginSessionId, at: Timestamp) -> Result<(), Fault> {
        let result = login_session::Entity::update_many()
            .col_expr(Column::LastSeenAt, Expr::val(micros(at)))
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(login_session::is_live())
            .exec(&self.transaction)
            .await?;
        fresh(result.rows_affected)
    }

    async fn write_read(
        &self,
        reader: Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, Fault> {
        use session_read::Column;
        let minute = micros(minute).div_euclid(60_000_000);
        let row = session_read::Model {
            organization_id: self.tenant(),
            reader_id: reader,
            resource: resource.to_owned(),
            minute,
        };
        let again = OnConflict::columns([
            Column::OrganizationId,
            Column::ReaderId,
            Column::Resource,
            Column::Minute,
        ])
        .do_nothing()
        .to_owned();
        let is_first = self.insert_unless::<session_read::Entity, _>(row, again).await?;
        if is_first {
            session_read::Entity::delete_many()
                .filter(Column::OrganizationId.eq(self.tenant()))
                .filter(Column::Minute.lt(minute.saturating_sub(READS_ARE_KEPT)))
                .exec(&self.transaction)
                .await?;
        }
        Ok(is_first)
    }
}

#[async_trait]
impl LoginSessionRepository for Unit {
    async fn session(
        &mut self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        let query = select(self.all_sessions().filter(Column::Id.eq(id.uuid())));
        self.row(&query).await?.as_ref().map(login_session::read).transpose()
    }

    async fn by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        let query =
            select(self.all_sessions().filter(Column::TokenHash.eq(hash.as_bytes().to_vec())));
        self.row(&query).await?.as_ref().map(login_session::read).transpose()
    }

    async fn live(&mut self, which: &LiveSessions) -> Result<Vec<LoginSession>, RepositoryError> {
        let which = Condition::all()
            .add_option(which.actor.map(|user| Column::ActorId.eq(user.uuid())))
            .add_option(which.subject.map(|user| Column::SubjectId.eq(user.uuid())))
            .add_option(which.involving.map(involving))
            .add_option(which.grant.map(|grant| Column::GrantId.eq(grant.uuid())))
            .add_option(which.own_credential.map(resting_on));
        self.live_sessions_where(which).await
    }

    async fn overdue(
        &mut self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<LoginSession>, RepositoryError> {
        let over = Condition::any()
            .add(Column::ExpiresAt.lte(micros(now)))
            .add(Column::LastSeenAt.lte(micros(idle_since)));
        self.live_sessions_where(over).await
    }

    async fn list(
        &mut self,
        query: &LoginSessionQuery,
    ) -> Result<Page<LoginSession, (Timestamp, LoginSessionId)>, RepositoryError> {
        let statement = self.page_of_sessions(query);
        let rows = self.rows(&statement).await?;
        let sessions = rows.iter().map(login_session::read).collect::<Result<_, _>>()?;
        Ok(Page::from_surplus(sessions, query.limit, |session: &LoginSession| {
            (session.record().started_at, session.id())
        }))
    }

    async fn save(
        &mut self,
        session: Recorded<LoginSession>,
    ) -> Result<LoginSession, RepositoryError> {
        self.start()?;
        let done = self.write_session(session.value()).await;
        self.settle(done, session)
    }

    async fn touch(&mut self, id: LoginSessionId, at: Timestamp) -> Result<(), RepositoryError> {
        self.start()?;
        let done = self.write_touch(id, at).await;
        self.finish(done)
    }

    async fn first_read(
        &mut self,
        reader: Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, RepositoryError> {
        self.start()?;
        let done = self.write_read(reader, resource, minute).await;
        self.finish(done)
    }
}

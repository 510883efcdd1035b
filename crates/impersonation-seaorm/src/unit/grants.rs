//! Grants, one by one.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    grant::Grant,
    ids::{GrantId, TypedId, UserId},
    ports::{
        Constraint, GrantCursor, GrantQuery, GrantRepository, GrantView, Page, RepositoryError,
    },
    time::Timestamp,
    version::Version,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, OnConflict},
};

use super::{
    Unit,
    statements::{fresh, select},
};
use crate::{
    entity::{
        grant::{self, Column},
        micros, version,
    },
    error::Fault,
};

impl Unit {
    fn all_grants(&self) -> Select<grant::Entity> {
        #[cfg(planted)]
        if impersonation_domain::planted::Bug::NoOrganizationInQuery.is_active() {
            return grant::Entity::find();
        }
        grant::Entity::find().filter(Column::OrganizationId.eq(self.tenant()))
    }

    async fn grants_where(&mut self, which: Condition) -> Result<Vec<Grant>, RepositoryError> {
        let grants = self.all_grants().filter(which).order_by_asc(Column::Id);
        let rows = self.rows(&select(grants)).await?;
        rows.iter().map(grant::read).collect()
    }

    fn grant_in_version(&self, id: GrantId, version: i64) -> Condition {
        Condition::all()
            .add(Column::OrganizationId.eq(self.tenant()))
            .add(Column::Id.eq(id.uuid()))
            .add(Column::Version.eq(version))
    }

    async fn write_grant(&self, grant: &Grant) -> Result<(), Fault> {
        let row = grant::write(grant)?;
        if grant.version() == Version::INITIAL {
            self.own(grant.record().organization)?;
            let pair =
                OnConflict::columns([Column::OrganizationId, Column::GrantorId, Column::GranteeId])
                    .do_nothing()
                    .to_owned();
            return match self.insert_unless::<grant::Entity, _>(row, pair).await? {
                true => Ok(()),
                false => Err(Fault::Refused(RepositoryError::Duplicate(Constraint::GrantPair))),
            };
        }
        let which = self.grant_in_version(grant.id(), row.version.saturating_sub(1));
        // A use that was noted meanwhile stays noted.
        let constant = [
            Column::OrganizationId,
            Column::Id,
            Column::GrantorId,
            Column::GranteeId,
            Column::CreatedAt,
            Column::CreatedBy,
            Column::LastUsedAt,
        ];
        fresh(self.replace::<grant::Entity, _>(row, &constant, which).await?)
    }

    async fn erase_grant(&self, grant: &Grant) -> Result<(), Fault> {
        let which = self.grant_in_version(grant.id(), version(grant.version())?);
        let result = grant::Entity::delete_many().filter(which).exec(&self.transaction).await?;
        fresh(result.rows_affected)
    }

    async fn write_use(&self, id: GrantId, at: Timestamp) -> Result<(), Fault> {
        let result = grant::Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::val(micros(at)))
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::Id.eq(id.uuid()))
            .exec(&self.transaction)
            .await?;
        fresh(result.rows_affected)
    }
}

#[async_trait]
impl GrantRepository for Unit {
    async fn grant(&mut self, id: GrantId) -> Result<Option<Grant>, RepositoryError> {
        let query = select(self.all_grants().filter(Column::Id.eq(id.uuid())));
        self.row(&query).await?.as_ref().map(grant::read).transpose()
    }

    async fn of_pair(
        &mut self,
        grantor: UserId,
        grantee: UserId,
    ) -> Result<Option<Grant>, RepositoryError> {
        let pair = self
            .all_grants()
            .filter(Column::GrantorId.eq(grantor.uuid()))
            .filter(Column::GranteeId.eq(grantee.uuid()));
        self.row(&select(pair)).await?.as_ref().map(grant::read).transpose()
    }

    async fn received_by(&mut self, grantee: UserId) -> Result<Vec<Grant>, RepositoryError> {
        self.grants_where(Condition::all().add(Column::GranteeId.eq(grantee.uuid()))).await
    }

    async fn granted_by(&mut self, grantor: UserId) -> Result<Vec<Grant>, RepositoryError> {
        self.grants_where(Condition::all().add(Column::GrantorId.eq(grantor.uuid()))).await
    }

    async fn list(
        &mut self,
        query: &GrantQuery,
    ) -> Result<Page<GrantView, GrantCursor>, RepositoryError> {
        super::grant_list::page(self, query).await
    }

    async fn save(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        self.start()?;
        let done = self.write_grant(grant.value()).await;
        self.settle(done, grant)
    }

    async fn delete(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        self.start()?;
        let done = self.erase_grant(grant.value()).await;
        self.settle(done, grant)
    }

    async fn mark_used(&mut self, id: GrantId, at: Timestamp) -> Result<(), RepositoryError> {
        self.start()?;
        let done = self.write_use(id, at).await;
        self.finish(done)
    }
}

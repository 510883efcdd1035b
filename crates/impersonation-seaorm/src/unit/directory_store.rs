//! The management of people, roles and channels.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    channel::{Channel, Membership},
    ids::{ChannelId, RoleId, TypedId},
    organization::Organization,
    ports::{
        ChannelCursor, ChannelQuery, Constraint, DirectoryStore, Page, RepositoryError, UserCursor,
        UserQuery,
    },
    role::{Role, RoleKind},
    user::{User, UserStatus},
    version::Version,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, Order, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};

use super::{
    Unit,
    statements::{contains, fresh, select},
};
use crate::{
    entity::{organization, role, user, version},
    error::Fault,
};

impl Unit {
    async fn write_organization(&self, organization: &Organization) -> Result<(), Fault> {
        use organization::Column;
        self.own(organization.id())?;
        let row = organization::write(organization)?;
        if organization.version() == Version::INITIAL {
            let twice = OnConflict::column(Column::Id).do_nothing().to_owned();
            return match self.insert_unless::<organization::Entity, _>(row, twice).await? {
                true => Ok(()),
                false => Err(Fault::Refused(RepositoryError::Duplicate(Constraint::Other))),
            };
        }
        let which = Condition::all()
            .add(Column::Id.eq(row.id))
            .add(Column::Version.eq(version(organization.version())?.saturating_sub(1)));
        let constant = [
            Column::Id,
            Column::CreatedAt,
            Column::AuditSequence,
            Column::AuditHash,
            Column::AuditAt,
            Column::PolicyRevision,
        ];
        fresh(self.replace::<organization::Entity, _>(row, &constant, which).await?)
    }

    async fn write_user(&self, user: &User) -> Result<(), Fault> {
        use user::Column;
        let row = user::write(user)?;
        if user.version() == Version::INITIAL {
            self.own(user.organization_id())?;
            let email = OnConflict::columns([Column::OrganizationId, Column::EmailKey])
                .target_and_where(user::remains())
                .do_nothing()
                .to_owned();
            return match self.insert_unless::<user::Entity, _>(row, email).await? {
                true => Ok(()),
                false => Err(Fault::Refused(RepositoryError::Duplicate(Constraint::UserEmail))),
            };
        }
        let which = Condition::all()
            .add(Column::OrganizationId.eq(self.tenant()))
            .add(Column::Id.eq(row.id))
            .add(Column::Version.eq(version(user.version())?.saturating_sub(1)));
        let constant = [Column::OrganizationId, Column::Id, Column::CreatedAt];
        let replaced = self.replace_unless_taken::<user::Entity, _>(
            row,
            &constant,
            which,
            Constraint::UserEmail,
        );
        fresh(replaced.await?)
    }

    async fn write_role(&self, role: &Role) -> Result<(), Fault> {
        use role::Column;
        let row = role::write(role)?;
        if role.version() == Version::INITIAL {
            self.own(role.record().organization)?;
            let name = OnConflict::columns([Column::OrganizationId, Column::NameKey])
                .do_nothing()
                .to_owned();
            return match self.insert_unless::<role::Entity, _>(row, name).await? {
                true => Ok(()),
                false => Err(Fault::Refused(RepositoryError::Duplicate(Constraint::RoleName))),
            };
        }
        let which = self.role_in_version(role, version(role.version())?.saturating_sub(1));
        let constant = [Column::OrganizationId, Column::Id, Column::CreatedAt];
        let replaced = self.replace_unless_taken::<role::Entity, _>(
            row,
            &constant,
            which,
            Constraint::RoleName,
        );
        fresh(replaced.await?)
    }

    async fn erase_role(&self, role: &Role) -> Result<(), Fault> {
        let which = self.role_in_version(role, version(role.version())?);
        let result = role::Entity::delete_many().filter(which).exec(&self.transaction).await?;
        fresh(result.rows_affected)
    }

    fn role_in_version(&self, role: &Role, version: i64) -> Condition {
        Condition::all()
            .add(role::Column::OrganizationId.eq(self.tenant()))
            .add(role::Column::Id.eq(role.id().uuid()))
            .add(role::Column::Version.eq(version))
    }

    async fn count(&mut self, of: Condition) -> Result<u64, RepositoryError> {
        let query = Query::select()
            .expr_as(Expr::cust("count(*)"), "number")
            .from(user::Entity)
            .and_where(user::Column::OrganizationId.eq(self.tenant()))
            .cond_where(of)
            .take();
        let row = self.row(&query).await?;
        let row = row.as_ref().map(|row| crate::row::Row::of(user::TABLE, row));
        row.map_or(Ok(0), |row| row.number("number"))
    }
}

#[async_trait]
impl DirectoryStore for Unit {
    async fn any_organization(&mut self) -> Result<bool, RepositoryError> {
        let query = select(organization::Entity::find().limit(1));
        Ok(self.row(&query).await?.is_some())
    }

    async fn save_organization(
        &mut self,
        organization: Recorded<Organization>,
    ) -> Result<Organization, RepositoryError> {
        self.start()?;
        let done = self.write_organization(organization.value()).await;
        self.exists |= done.is_ok();
        self.settle(done, organization)
    }

    async fn users(
        &mut self,
        query: &UserQuery,
    ) -> Result<Page<User, UserCursor>, RepositoryError> {
        use user::Column;
        let backend = self.transaction.get_database_backend();
        let search = query.search.as_deref().map(|search| {
            Condition::any().add(contains(backend, Column::NameKey, search)).add(contains(
                backend,
                Column::EmailKey,
                search,
            ))
        });
        let after = query.after.as_ref().map(|after| {
            Expr::tuple([Expr::col(Column::EmailKey), Expr::col(Column::Id)])
                .gt(Expr::tuple([Expr::val(after.email_key.clone()), Expr::val(after.id.uuid())]))
        });
        let users = self
            .all_users()
            .filter(user::remains())
            .filter(
                Condition::all()
                    .add_option(search)
                    .add_option(query.status.map(|status| Column::Status.eq(status.as_str())))
                    .add_option(query.role.map(|role| Column::RoleId.eq(role.uuid())))
                    .add_option(after),
            )
            .order_by_asc(Column::EmailKey)
            .order_by_asc(Column::Id)
            .limit(u64::from(query.limit.get()).saturating_add(1));
        let rows = self.rows(&select(users)).await?;
        let users = rows.iter().map(user::read).collect::<Result<_, _>>()?;
        Ok(Page::from_surplus(users, query.limit, |user: &User| UserCursor {
            email_key: user.email().key(),
            id: user.id(),
        }))
    }

    async fn save_user(&mut self, user: Recorded<User>) -> Result<User, RepositoryError> {
        self.start()?;
        let done = self.write_user(user.value()).await;
        self.settle(done, user)
    }

    async fn active_administrators(&mut self) -> Result<u64, RepositoryError> {
        let admins = Query::select()
            .column(role::Column::Id)
            .from(role::Entity)
            .and_where(role::Column::OrganizationId.eq(self.tenant()))
            .and_where(role::Column::Kind.eq(RoleKind::Admin.as_str()))
            .take();
        let active = Condition::all()
            .add(user::Column::Status.eq(UserStatus::Active.as_str()))
            .add(Expr::col("held_role_id").in_subquery(admins));
        self.count(active).await
    }

    async fn roles(&mut self) -> Result<Vec<Role>, RepositoryError> {
        let roles = role::Entity::find()
            .filter(role::Column::OrganizationId.eq(self.tenant()))
            .order_by(role::Column::Kind.eq(RoleKind::Custom.as_str()), Order::Asc)
            .order_by_asc(role::Column::NameKey)
            .order_by_asc(role::Column::Id);
        let rows = self.rows(&select(roles)).await?;
        rows.iter().map(role::read).collect()
    }

    async fn role_holders(&mut self, role: RoleId) -> Result<u64, RepositoryError> {
        self.count(Condition::all().add(Expr::col("held_role_id").eq(role.uuid()))).await
    }

    async fn save_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError> {
        self.start()?;
        let done = self.write_role(role.value()).await;
        self.settle(done, role)
    }

    async fn delete_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError> {
        self.start()?;
        let done = self.erase_role(role.value()).await;
        self.settle(done, role)
    }

    async fn channels(
        &mut self,
        query: &ChannelQuery,
    ) -> Result<Page<Channel, ChannelCursor>, RepositoryError> {
        self.list_channels(query).await
    }

    async fn members(&mut self, channel: ChannelId) -> Result<Vec<User>, RepositoryError> {
        self.list_members(channel).await
    }

    async fn save_channel(
        &mut self,
        channel: Recorded<Channel>,
    ) -> Result<Channel, RepositoryError> {
        self.start()?;
        let done = self.write_channel(channel.value()).await;
        self.settle(done, channel)
    }

    async fn add_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError> {
        self.start()?;
        let done = self.write_member(membership.value()).await;
        self.settle(done, membership)
    }

    async fn remove_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError> {
        self.start()?;
        let done = self.delete_member(membership.value()).await;
        self.settle(done, membership)
    }
}

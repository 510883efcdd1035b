//! What the rules read of people, roles and channels.

use async_trait::async_trait;
use impersonation_domain::{
    channel::Channel,
    email::EmailAddress,
    ids::{ChannelId, RoleId, TypedId, UserId},
    organization::Organization,
    ports::{Directory, RepositoryError},
    role::Role,
    user::User,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::{Unit, statements::select};
use crate::entity::{channel, organization, role, user};

/// How many identifiers one query names.
const IDS_A_QUERY: usize = 500;

impl Unit {
    /// The users of the organization, removed ones included.
    pub(super) fn all_users(&self) -> Select<user::Entity> {
        user::Entity::find().filter(user::Column::OrganizationId.eq(self.tenant()))
    }
}

#[async_trait]
impl Directory for Unit {
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError> {
        let query = select(organization::Entity::find_by_id(self.tenant()));
        self.row(&query).await?.as_ref().map(organization::read).transpose()
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>, RepositoryError> {
        let query = select(self.all_users().filter(user::Column::Id.eq(id.uuid())));
        self.row(&query).await?.as_ref().map(user::read).transpose()
    }

    async fn user_by_email(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<User>, RepositoryError> {
        let query =
            self.all_users().filter(user::Column::EmailKey.eq(email.key())).filter(user::remains());
        self.row(&select(query)).await?.as_ref().map(user::read).transpose()
    }

    async fn role(&mut self, id: RoleId) -> Result<Option<Role>, RepositoryError> {
        let query = select(role::Entity::find_by_id((self.tenant(), id.uuid())));
        self.row(&query).await?.as_ref().map(role::read).transpose()
    }

    async fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, RepositoryError> {
        let query = select(channel::Entity::find_by_id((self.tenant(), id.uuid())));
        self.row(&query).await?.as_ref().map(channel::read).transpose()
    }

    async fn is_member(
        &mut self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<bool, RepositoryError> {
        let query = self
            .all_users()
            .filter(user::Column::Id.eq(user.uuid()))
            .filter(user::remains())
            .filter(user::Column::Id.in_subquery(self.members_of(channel)));
        Ok(self.row(&select(query)).await?.is_some())
    }

    async fn shared_channels(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        self.channels_of_both(one, other).await
    }

    async fn users_by_id(&mut self, ids: &[UserId]) -> Result<Vec<User>, RepositoryError> {
        let mut users = Vec::with_capacity(ids.len());
        for some in ids.chunks(IDS_A_QUERY) {
            let some: Vec<Uuid> = some.iter().map(|id| id.uuid()).collect();
            let query = select(self.all_users().filter(user::Column::Id.is_in(some)));
            for row in &self.rows(&query).await? {
                users.push(user::read(row)?);
            }
        }
        Ok(users)
    }
}

//! Reading organizations, users, roles and channels.

use async_trait::async_trait;
use impersonation_domain::{
    channel::Channel,
    email::EmailAddress,
    ids::{ChannelId, RoleId, UserId},
    organization::Organization,
    ports::{Directory, RepositoryError},
    role::Role,
    user::{User, UserStatus},
};

use super::{Unit, directory_store::by_name};

#[async_trait]
impl Directory for Unit {
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError> {
        Ok(self.tenant.organization.clone())
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>, RepositoryError> {
        Ok(self.tenant.users.get(&id).cloned())
    }

    async fn user_by_email(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<User>, RepositoryError> {
        let key = email.key();
        let mut users = self.tenant.users.values();
        let found =
            users.find(|user| user.status() != UserStatus::Removed && user.email().key() == key);
        Ok(found.cloned())
    }

    async fn role(&mut self, id: RoleId) -> Result<Option<Role>, RepositoryError> {
        Ok(self.tenant.roles.get(&id).cloned())
    }

    async fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, RepositoryError> {
        Ok(self.tenant.channels.get(&id).cloned())
    }

    async fn is_member(
        &mut self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<bool, RepositoryError> {
        Ok(self.tenant.members.contains(&(channel, user)))
    }

    async fn shared_channels(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        let tenant = &self.tenant;
        let both_in = |channel: &&Channel| {
            [one, other].into_iter().all(|user| tenant.members.contains(&(channel.id(), user)))
        };
        Ok(by_name(tenant.channels.values().filter(both_in)))
    }
}

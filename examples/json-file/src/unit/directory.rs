//! Reading organizations, users, roles and channels.

use async_trait::async_trait;
use impersonation_domain::{
    channel::{Channel, ChannelRecord},
    email::EmailAddress,
    ids::{ChannelId, RoleId, UserId},
    organization::Organization,
    ports::{Directory, RepositoryError},
    role::Role,
    user::{User, UserRecord, UserStatus},
};

use super::Unit;
use crate::tenant::key;

impl Unit {
    /// Users that fit and are not removed, by address.
    pub(super) fn users_that(&self, fit: impl Fn(&UserRecord) -> bool) -> Vec<User> {
        let users = self.tenant.users.values().map(|row| &row.0);
        let present = users.filter(|user| user.status != UserStatus::Removed);
        let mut found: Vec<_> =
            present.filter(|user| fit(user)).cloned().map(User::from_record).collect();
        found.sort_by_cached_key(|user| (user.email().key(), user.id()));
        found
    }

    /// Channels that fit, by name.
    pub(super) fn channels_that(&self, fit: impl Fn(&ChannelRecord) -> bool) -> Vec<Channel> {
        let channels = self.tenant.channels.values().map(|row| &row.0);
        let mut found: Vec<_> =
            channels.filter(|channel| fit(channel)).cloned().map(Channel::from_record).collect();
        found.sort_by_cached_key(|channel| (key(channel.name().as_str()), channel.id()));
        found
    }

    pub(super) fn has_member(&self, channel: ChannelId, user: UserId) -> bool {
        self.tenant.members.contains(&(channel, user))
    }
}

#[async_trait]
impl Directory for Unit {
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError> {
        Ok(self.tenant.organization.clone().map(|row| Organization::from_record(row.0)))
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>, RepositoryError> {
        Ok(self.tenant.users.get(&id).map(|row| User::from_record(row.0.clone())))
    }

    async fn user_by_email(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<User>, RepositoryError> {
        Ok(self.users_that(|user| user.email.key() == email.key()).pop())
    }

    async fn role(&mut self, id: RoleId) -> Result<Option<Role>, RepositoryError> {
        Ok(self.tenant.roles.get(&id).map(|row| Role::from_record(row.0.clone())))
    }

    async fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, RepositoryError> {
        Ok(self.tenant.channels.get(&id).map(|row| Channel::from_record(row.0.clone())))
    }

    async fn is_member(
        &mut self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<bool, RepositoryError> {
        Ok(self.has_member(channel, user))
    }

    async fn shared_channels(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        Ok(self.channels_that(|channel| {
            self.has_member(channel.id, one) && self.has_member(channel.id, other)
        }))
    }
}

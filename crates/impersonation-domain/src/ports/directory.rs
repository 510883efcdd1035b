//! Organizations, users, roles and channels.

use async_trait::async_trait;

use super::{Page, PageLimit, RepositoryError};
use crate::{
    audit::Recorded,
    channel::{Channel, Membership},
    email::EmailAddress,
    ids::{ChannelId, RoleId, UserId},
    organization::Organization,
    role::Role,
    user::{User, UserStatus},
};

/// What the rules need to know of an organization's people. A product that keeps its users in its
/// own tables implements this trait over them and composes the rest.
///
/// Everything is seen within the organization of the unit of work: another organization's user, role
/// or channel is `None`, as one that does not exist.
#[async_trait]
pub trait Directory: Send {
    /// The organization.
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError>;
    /// A user, removed ones included.
    async fn user(&mut self, id: UserId) -> Result<Option<User>, RepositoryError>;
    /// The user with this address, compared by [`EmailAddress::key`]; removed ones are not found.
    async fn user_by_email(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<User>, RepositoryError>;
    /// A role.
    async fn role(&mut self, id: RoleId) -> Result<Option<Role>, RepositoryError>;
    /// A channel.
    async fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, RepositoryError>;
    /// Whether the user is a member of the channel now.
    async fn is_member(
        &mut self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<bool, RepositoryError>;

    /// The channels that both users are members of, by name.
    async fn shared_channels(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError>;

    /// Several users at once, in any order; those that do not exist are left out.
    async fn users_by_id(&mut self, ids: &[UserId]) -> Result<Vec<User>, RepositoryError> {
        let mut users = Vec::with_capacity(ids.len());
        for id in ids {
            users.extend(self.user(*id).await?);
        }
        Ok(users)
    }
}

/// Where a page of users goes on: after this address (in its compared form) and identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCursor {
    /// [`EmailAddress::key`] of the last user of the page before.
    pub email_key: String,
    /// Their identifier.
    pub id: UserId,
}

/// Which users to list: by address, removed ones left out.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Only those whose name or address contains this, without regard to ASCII case.
    pub search: Option<String>,
    /// Only those with this status.
    pub status: Option<UserStatus>,
    /// Only those with this role.
    pub role: Option<RoleId>,
    /// Where to go on.
    pub after: Option<UserCursor>,
    /// How many at most.
    pub limit: PageLimit,
}

/// Where a page of channels goes on: after this name (in ASCII lower case) and identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelCursor {
    /// The name of the last channel of the page before, in ASCII lower case.
    pub name_key: String,
    /// Its identifier.
    pub id: ChannelId,
}

/// Which channels to list: by name.
#[derive(Debug, Clone, Default)]
pub struct ChannelQuery {
    /// Only those that this user is a member of.
    pub member: Option<UserId>,
    /// Where to go on.
    pub after: Option<ChannelCursor>,
    /// How many at most.
    pub limit: PageLimit,
}

/// Changes of people, roles and channels, and what only the management of them reads.
///
/// `save` inserts what is in its first version and otherwise replaces exactly the version before;
/// where that is no longer there it fails with [`RepositoryError::Stale`]. Each change is written
/// together with its event. Broken uniqueness is [`RepositoryError::Duplicate`].
#[async_trait]
pub trait DirectoryStore: Send {
    /// Whether there is any organization at all in the installation.
    async fn any_organization(&mut self) -> Result<bool, RepositoryError>;
    /// Saves the organization.
    async fn save_organization(
        &mut self,
        organization: Recorded<Organization>,
    ) -> Result<Organization, RepositoryError>;

    /// Users, by address.
    async fn users(&mut self, query: &UserQuery)
    -> Result<Page<User, UserCursor>, RepositoryError>;
    /// Saves a user.
    async fn save_user(&mut self, user: Recorded<User>) -> Result<User, RepositoryError>;
    /// How many active users hold the built-in Admin role.
    async fn active_administrators(&mut self) -> Result<u64, RepositoryError>;

    /// All roles, the built-in ones first, then by name.
    async fn roles(&mut self) -> Result<Vec<Role>, RepositoryError>;
    /// How many users that are not removed hold the role.
    async fn role_holders(&mut self, role: RoleId) -> Result<u64, RepositoryError>;
    /// Saves a role.
    async fn save_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError>;
    /// Deletes a role in exactly this version.
    async fn delete_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError>;

    /// Channels, by name.
    async fn channels(
        &mut self,
        query: &ChannelQuery,
    ) -> Result<Page<Channel, ChannelCursor>, RepositoryError>;
    /// The members of a channel, by address; removed users are never members.
    async fn members(&mut self, channel: ChannelId) -> Result<Vec<User>, RepositoryError>;
    /// Saves a channel.
    async fn save_channel(
        &mut self,
        channel: Recorded<Channel>,
    ) -> Result<Channel, RepositoryError>;
    /// Takes a user into a channel. The caller makes sure that they are not in it yet.
    async fn add_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError>;
    /// Takes a user out of a channel. The caller makes sure that they are in it.
    async fn remove_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError>;
}

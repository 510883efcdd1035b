//! A directory over values that a product hands over.

use std::{collections::BTreeSet, error::Error};

use async_trait::async_trait;
use impersonation_domain::{
    channel::Channel,
    email::EmailAddress,
    ids::{ChannelId, OrganizationId, RoleId, UserId},
    organization::{LoginSessionLimit, Organization, OrganizationRecord},
    plan::Plan,
    ports::{Directory, IdGenerator, RepositoryError, generate},
    role::{Permission, Role, RoleKind, RoleRecord},
    text::{InvalidText, Name},
    time::Timestamp,
    user::{User, UserRecord, UserStatus},
    version::Version,
};

/// One organization's people as a product has just read them from its own tables. For a product
/// whose people fit into memory this is all of a [`Directory`] that it needs.
#[derive(Debug, Clone)]
pub struct People {
    /// The organization.
    pub organization: Organization,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its users.
    pub users: Vec<User>,
    /// Its channels.
    pub channels: Vec<Channel>,
    /// Who is in which channel.
    pub members: BTreeSet<(ChannelId, UserId)>,
}

impl People {
    /// An organization with the built-in roles and nobody in it yet.
    ///
    /// # Errors
    /// [`InvalidText`] where the name is none.
    pub fn new(
        id: OrganizationId,
        name: &str,
        plan: Plan,
        ids: &dyn IdGenerator,
    ) -> Result<Self, InvalidText> {
        let organization = Organization::from_record(OrganizationRecord {
            id,
            name: Name::new(name)?,
            plan,
            login_session_limit: LoginSessionLimit::default(),
            version: Version::INITIAL,
            created_at: Timestamp::UNIX_EPOCH,
        });
        let built_in = |kind, name, permissions| -> Result<Role, InvalidText> {
            Ok(Role::from_record(RoleRecord {
                id: generate(ids),
                organization: id,
                name: Name::new(name)?,
                kind,
                permissions,
                version: Version::INITIAL,
                created_at: Timestamp::UNIX_EPOCH,
            }))
        };
        let roles = vec![
            built_in(RoleKind::Admin, "Admin", BTreeSet::from(Permission::ALL))?,
            built_in(RoleKind::Member, "Member", BTreeSet::new())?,
        ];
        let (users, channels, members) = (Vec::new(), Vec::new(), BTreeSet::new());
        Ok(Self { organization, roles, users, channels, members })
    }

    /// The same with one active user more, who is an administrator or a member.
    ///
    /// # Errors
    /// Where the name or the address is none.
    pub fn with_user(
        mut self,
        id: UserId,
        name: &str,
        email: &str,
        kind: RoleKind,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let role = self.roles.iter().find(|role| role.kind() == kind);
        let role = role.ok_or("custom roles are given with `roles`")?.id();
        self.users.push(User::from_record(UserRecord {
            id,
            organization: self.organization.id(),
            name: Name::new(name)?,
            email: email.parse()?,
            role,
            status: UserStatus::Active,
            protected: false,
            version: Version::INITIAL,
            created_at: Timestamp::UNIX_EPOCH,
        }));
        Ok(self)
    }
}

#[async_trait]
impl Directory for People {
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError> {
        Ok(Some(self.organization.clone()))
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>, RepositoryError> {
        Ok(self.users.iter().find(|user| user.id() == id).cloned())
    }

    async fn user_by_email(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<User>, RepositoryError> {
        let mut present = self.users.iter().filter(|user| user.status() != UserStatus::Removed);
        Ok(present.find(|user| user.email().key() == email.key()).cloned())
    }

    async fn role(&mut self, id: RoleId) -> Result<Option<Role>, RepositoryError> {
        Ok(self.roles.iter().find(|role| role.id() == id).cloned())
    }

    async fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, RepositoryError> {
        Ok(self.channels.iter().find(|found| found.id() == id).cloned())
    }

    async fn is_member(
        &mut self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<bool, RepositoryError> {
        Ok(self.members.contains(&(channel, user)))
    }

    async fn shared_channels(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        let both_in = |channel: &&Channel| {
            [one, other].into_iter().all(|user| self.members.contains(&(channel.id(), user)))
        };
        let mut shared: Vec<Channel> = self.channels.iter().filter(both_in).cloned().collect();
        shared.sort_by_cached_key(|channel| {
            (channel.name().as_str().to_ascii_lowercase(), channel.id())
        });
        Ok(shared)
    }
}

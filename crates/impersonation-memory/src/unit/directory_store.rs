//! Managing organizations, users, roles and channels.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    channel::{Channel, Membership},
    ids::{ChannelId, RoleId, UserId},
    organization::Organization,
    ports::{
        ChannelCursor, ChannelQuery, Constraint, DirectoryStore, Page, RepositoryError, UserCursor,
        UserQuery,
    },
    role::{Role, RoleKind},
    user::{User, UserStatus},
};

use super::Unit;
use crate::tenant::{Tenant, check_organization, check_version};

impl Unit {
    /// The copy, where people are kept in here.
    fn people(&self) -> Result<&Tenant, RepositoryError> {
        if self.external.is_none() { Ok(&self.tenant) } else { Err(elsewhere()) }
    }

    /// Makes a change to people, roles or channels.
    fn manage<T: Clone>(
        &mut self,
        recorded: Recorded<T>,
        change: impl FnOnce(&mut Tenant, T) -> Result<(), RepositoryError>,
    ) -> Result<T, RepositoryError> {
        self.people()?;
        self.record(recorded, change)
    }
}

fn elsewhere() -> RepositoryError {
    RepositoryError::unavailable(
        "people, roles and channels are managed in the product's own directory",
    )
}

fn name_key(channel: &Channel) -> String {
    channel.name().as_str().to_ascii_lowercase()
}

fn user_key(user: &User) -> (String, UserId) {
    (user.email().key(), user.id())
}

fn channel_key(channel: &Channel) -> (String, ChannelId) {
    (name_key(channel), channel.id())
}

pub(super) fn by_name<'a>(channels: impl Iterator<Item = &'a Channel>) -> Vec<Channel> {
    let mut channels: Vec<Channel> = channels.cloned().collect();
    channels.sort_by_cached_key(channel_key);
    channels
}

/// Whether the text has the other in it, without regard to ASCII case.
pub(super) fn contains(text: &str, searched: &str) -> bool {
    text.to_ascii_lowercase().contains(&searched.to_ascii_lowercase())
}

fn role_key(role: &Role) -> (u8, String, RoleId) {
    let rank = match role.kind() {
        RoleKind::Admin => 0,
        RoleKind::Member => 1,
        RoleKind::Custom => 2,
    };
    (rank, role.record().name.as_str().to_ascii_lowercase(), role.id())
}

#[async_trait]
impl DirectoryStore for Unit {
    async fn any_organization(&mut self) -> Result<bool, RepositoryError> {
        if let Some(external) = self.external.as_mut() {
            return Ok(external.organization().await?.is_some());
        }
        let here = self.tenant.organization.is_some();
        Ok(here || self.store.tenants().iter().any(|(_, tenant)| tenant.organization.is_some()))
    }

    async fn save_organization(
        &mut self,
        organization: Recorded<Organization>,
    ) -> Result<Organization, RepositoryError> {
        check_organization(self.organization, organization.value().id())?;
        self.manage(organization, |tenant, organization| {
            let stored = tenant.organization.as_ref().map(Organization::version);
            check_version(stored, organization.version())?;
            tenant.organization = Some(organization);
            Ok(())
        })
    }

    async fn users(
        &mut self,
        query: &UserQuery,
    ) -> Result<Page<User, UserCursor>, RepositoryError> {
        let after = query.after.as_ref().map(|after| (after.email_key.clone(), after.id));
        let mut users: Vec<User> = self
            .people()?
            .users
            .values()
            .filter(|user| user.status() != UserStatus::Removed)
            .filter(|user| query.status.is_none_or(|status| user.status() == status))
            .filter(|user| query.role.is_none_or(|role| user.role_id() == role))
            .filter(|user| {
                query.search.as_deref().is_none_or(|searched| {
                    contains(user.name().as_str(), searched)
                        || contains(user.email().as_str(), searched)
                })
            })
            .filter(|user| after.as_ref().is_none_or(|after| user_key(user) > *after))
            .cloned()
            .collect();
        users.sort_by_cached_key(user_key);
        Ok(Page::from_surplus(users, query.limit, |user| UserCursor {
            email_key: user.email().key(),
            id: user.id(),
        }))
    }

    async fn save_user(&mut self, user: Recorded<User>) -> Result<User, RepositoryError> {
        check_organization(self.organization, user.value().organization_id())?;
        self.manage(user, |tenant, user| {
            check_version(tenant.users.get(&user.id()).map(User::version), user.version())?;
            let removed = user.status() == UserStatus::Removed;
            let taken = tenant.users.values().any(|other| {
                other.id() != user.id()
                    && other.status() != UserStatus::Removed
                    && other.email().key() == user.email().key()
            });
            if taken && !removed {
                return Err(RepositoryError::Duplicate(Constraint::UserEmail));
            }
            if removed {
                tenant.members.retain(|(_, member), ()| *member != user.id());
            }
            tenant.users.insert(user.id(), user);
            Ok(())
        })
    }

    async fn active_administrators(&mut self) -> Result<u64, RepositoryError> {
        let tenant = self.people()?;
        let is_admin = |user: &&User| {
            user.is_active()
                && tenant
                    .roles
                    .get(&user.role_id())
                    .is_some_and(|role| role.kind() == RoleKind::Admin)
        };
        count(tenant.users.values().filter(is_admin))
    }

    async fn roles(&mut self) -> Result<Vec<Role>, RepositoryError> {
        let mut roles: Vec<Role> = self.people()?.roles.values().cloned().collect();
        roles.sort_by_cached_key(role_key);
        Ok(roles)
    }

    async fn role_holders(&mut self, role: RoleId) -> Result<u64, RepositoryError> {
        let holds = |user: &&User| user.role_id() == role && user.status() != UserStatus::Removed;
        count(self.people()?.users.values().filter(holds))
    }

    async fn save_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError> {
        check_organization(self.organization, role.value().record().organization)?;
        self.manage(role, |tenant, role| {
            check_version(tenant.roles.get(&role.id()).map(Role::version), role.version())?;
            let name = &role.record().name;
            let taken = tenant.roles.values().any(|other| {
                other.id() != role.id()
                    && other.record().name.as_str().eq_ignore_ascii_case(name.as_str())
            });
            if taken {
                return Err(RepositoryError::Duplicate(Constraint::RoleName));
            }
            tenant.roles.insert(role.id(), role);
            Ok(())
        })
    }

    async fn delete_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError> {
        self.manage(role, |tenant, role| {
            if tenant.roles.get(&role.id()).map(Role::version) != Some(role.version()) {
                return Err(RepositoryError::Stale);
            }
            tenant.roles.remove(&role.id());
            Ok(())
        })
    }

    async fn channels(
        &mut self,
        query: &ChannelQuery,
    ) -> Result<Page<Channel, ChannelCursor>, RepositoryError> {
        let tenant = self.people()?;
        let after = query.after.as_ref().map(|after| (after.name_key.clone(), after.id));
        let channels = tenant
            .channels
            .values()
            .filter(|channel| {
                query.member.is_none_or(|user| tenant.members.contains(&(channel.id(), user)))
            })
            .filter(|channel| after.as_ref().is_none_or(|after| channel_key(channel) > *after));
        Ok(Page::from_surplus(by_name(channels), query.limit, |channel| ChannelCursor {
            name_key: name_key(channel),
            id: channel.id(),
        }))
    }

    async fn members(&mut self, channel: ChannelId) -> Result<Vec<User>, RepositoryError> {
        let tenant = self.people()?;
        let mut members: Vec<User> = tenant
            .members
            .keys()
            .filter(|(of, _)| *of == channel)
            .filter_map(|(_, user)| tenant.users.get(user).cloned())
            .collect();
        members.sort_by_cached_key(user_key);
        Ok(members)
    }

    async fn save_channel(
        &mut self,
        channel: Recorded<Channel>,
    ) -> Result<Channel, RepositoryError> {
        check_organization(self.organization, channel.value().organization_id())?;
        self.manage(channel, |tenant, channel| {
            let stored = tenant.channels.get(&channel.id()).map(|stored| stored.record().version);
            check_version(stored, channel.record().version)?;
            let taken = tenant
                .channels
                .values()
                .any(|other| other.id() != channel.id() && name_key(other) == name_key(&channel));
            if taken {
                return Err(RepositoryError::Duplicate(Constraint::ChannelName));
            }
            tenant.channels.insert(channel.id(), channel);
            Ok(())
        })
    }

    async fn add_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError> {
        self.manage(membership, |tenant, Membership { channel, user }| {
            if !tenant.channels.contains(&channel) || !tenant.users.contains(&user) {
                return Err(RepositoryError::unavailable("there is no such channel or user"));
            }
            if tenant.members.contains(&(channel, user)) {
                return Err(RepositoryError::Duplicate(Constraint::Other));
            }
            tenant.members.insert((channel, user), ());
            Ok(())
        })
    }

    async fn remove_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError> {
        self.manage(membership, |tenant, Membership { channel, user }| {
            if !tenant.members.contains(&(channel, user)) {
                return Err(RepositoryError::Stale);
            }
            tenant.members.remove(&(channel, user));
            Ok(())
        })
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> Result<u64, RepositoryError> {
    u64::try_from(items.count()).map_err(RepositoryError::unavailable)
}

//! Managing organizations, users, roles and channels.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    channel::{Channel, Membership},
    ids::{ChannelId, RoleId},
    organization::Organization,
    ports::{
        ChannelCursor, ChannelQuery, Constraint, DirectoryStore, Page, RepositoryError, UserCursor,
        UserQuery,
    },
    role::{Role, RoleKind},
    user::{User, UserStatus},
};

use super::Unit;
use crate::{
    rows::{ChannelRow, OrganizationRow, RoleRow, UserRow},
    tenant::{check_organization, check_version, key},
};

fn count<T>(items: &[T]) -> Result<u64, RepositoryError> {
    u64::try_from(items.len()).map_err(RepositoryError::unavailable)
}

#[async_trait]
impl DirectoryStore for Unit {
    async fn any_organization(&mut self) -> Result<bool, RepositoryError> {
        let mut elsewhere = self.store.tenants().into_iter();
        let here = self.tenant.organization.is_some();
        Ok(here || elsewhere.any(|(_, tenant)| tenant.organization.is_some()))
    }

    async fn save_organization(
        &mut self,
        organization: Recorded<Organization>,
    ) -> Result<Organization, RepositoryError> {
        check_organization(self.organization, organization.value().id())?;
        self.record(organization, |tenant, organization| {
            let stored = tenant.organization.as_ref().map(|row| row.0.version);
            check_version(stored, organization.version())?;
            tenant.organization = Some(OrganizationRow(organization.record().clone()));
            Ok(())
        })
    }

    async fn users(
        &mut self,
        query: &UserQuery,
    ) -> Result<Page<User, UserCursor>, RepositoryError> {
        let users = self.users_that(|user| {
            let has = |searched: &String| {
                [user.name.as_str(), user.email.as_str()]
                    .iter()
                    .any(|text| key(text).contains(&key(searched)))
            };
            let place = (user.email.key(), user.id);
            query.search.as_ref().is_none_or(has)
                && query.status.is_none_or(|status| user.status == status)
                && query.role.is_none_or(|role| user.role == role)
                && query.after.clone().is_none_or(|after| place > (after.email_key, after.id))
        });
        Ok(Page::from_surplus(users, query.limit, |user| UserCursor {
            email_key: user.email().key(),
            id: user.id(),
        }))
    }

    async fn save_user(&mut self, user: Recorded<User>) -> Result<User, RepositoryError> {
        check_organization(self.organization, user.value().organization_id())?;
        self.record(user, |tenant, user| {
            let stored = tenant.users.get(&user.id()).map(|row| row.0.version);
            check_version(stored, user.version())?;
            let taken = tenant.users.values().any(|UserRow(other)| {
                other.id != user.id()
                    && other.status != UserStatus::Removed
                    && other.email.key() == user.email().key()
            });
            if user.status() == UserStatus::Removed {
                // Their address is free again, and they are in no channel.
                tenant.members.retain(|(_, member)| *member != user.id());
            } else if taken {
                return Err(RepositoryError::Duplicate(Constraint::UserEmail));
            }
            tenant.users.insert(user.id(), UserRow(user.record().clone()));
            Ok(())
        })
    }

    async fn active_administrators(&mut self) -> Result<u64, RepositoryError> {
        let roles = &self.tenant.roles;
        count(&self.users_that(|user| {
            user.status == UserStatus::Active
                && roles.get(&user.role).is_some_and(|role| role.0.kind == RoleKind::Admin)
        }))
    }

    async fn roles(&mut self) -> Result<Vec<Role>, RepositoryError> {
        let rows = self.tenant.roles.values().cloned();
        let mut roles: Vec<_> = rows.map(|row| Role::from_record(row.0)).collect();
        roles.sort_by_cached_key(|role| {
            let rank = match role.kind() {
                RoleKind::Admin => 0,
                RoleKind::Member => 1,
                RoleKind::Custom => 2,
            };
            (rank, key(role.record().name.as_str()), role.id())
        });
        Ok(roles)
    }

    async fn role_holders(&mut self, role: RoleId) -> Result<u64, RepositoryError> {
        count(&self.users_that(|user| user.role == role))
    }

    async fn save_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError> {
        check_organization(self.organization, role.value().record().organization)?;
        self.record(role, |tenant, role| {
            let stored = tenant.roles.get(&role.id()).map(|row| row.0.version);
            check_version(stored, role.version())?;
            let name = key(role.record().name.as_str());
            let mut others = tenant.roles.values().map(|row| &row.0);
            if others.any(|other| other.id != role.id() && key(other.name.as_str()) == name) {
                return Err(RepositoryError::Duplicate(Constraint::RoleName));
            }
            tenant.roles.insert(role.id(), RoleRow(role.record().clone()));
            Ok(())
        })
    }

    async fn delete_role(&mut self, role: Recorded<Role>) -> Result<Role, RepositoryError> {
        self.record(role, |tenant, role| {
            if tenant.roles.get(&role.id()).map(|row| row.0.version) != Some(role.version()) {
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
        let channels = self.channels_that(|channel| {
            let place = (key(channel.name.as_str()), channel.id);
            query.member.is_none_or(|user| self.has_member(channel.id, user))
                && query.after.clone().is_none_or(|after| place > (after.name_key, after.id))
        });
        Ok(Page::from_surplus(channels, query.limit, |channel| ChannelCursor {
            name_key: key(channel.name().as_str()),
            id: channel.id(),
        }))
    }

    async fn members(&mut self, channel: ChannelId) -> Result<Vec<User>, RepositoryError> {
        Ok(self.users_that(|user| self.has_member(channel, user.id)))
    }

    async fn save_channel(
        &mut self,
        channel: Recorded<Channel>,
    ) -> Result<Channel, RepositoryError> {
        check_organization(self.organization, channel.value().organization_id())?;
        self.record(channel, |tenant, channel| {
            let record = channel.record();
            let stored = tenant.channels.get(&record.id).map(|row| row.0.version);
            check_version(stored, record.version)?;
            let name = key(record.name.as_str());
            let mut others = tenant.channels.values().map(|row| &row.0);
            if others.any(|other| other.id != record.id && key(other.name.as_str()) == name) {
                return Err(RepositoryError::Duplicate(Constraint::ChannelName));
            }
            tenant.channels.insert(record.id, ChannelRow(record.clone()));
            Ok(())
        })
    }

    async fn add_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError> {
        self.record(membership, |tenant, Membership { channel, user }| {
            if !tenant.channels.contains_key(&channel) || !tenant.users.contains_key(&user) {
                return Err(RepositoryError::unavailable("there is no such channel or user"));
            }
            let is_new = tenant.members.insert((channel, user));
            is_new.then_some(()).ok_or(RepositoryError::Duplicate(Constraint::Other))
        })
    }

    async fn remove_member(
        &mut self,
        membership: Recorded<Membership>,
    ) -> Result<Membership, RepositoryError> {
        self.record(membership, |tenant, Membership { channel, user }| {
            let was_there = tenant.members.remove(&(channel, user));
            was_there.then_some(()).ok_or(RepositoryError::Stale)
        })
    }
}

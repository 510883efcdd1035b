//! Users.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audit::{Action, Recorded, Snapshot, Stamp},
    email::EmailAddress,
    ids::{OrganizationId, RoleId, UserId, generate_id},
    text::Name,
    time::Timestamp,
    version::Version,
};

/// Whether an account is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// In use.
    Active,
    /// Taken out of use; it can be brought back.
    Deactivated,
    /// Gone for good. The row stays, so that old messages and events keep their names; its
    /// identifier is never used again, its email address is free.
    Removed,
}

impl UserStatus {
    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Removed => "removed",
        }
    }
}

/// The text names no status.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a status; use `active` or `deactivated`")]
pub struct UnknownUserStatus(String);

impl FromStr for UserStatus {
    type Err = UnknownUserStatus;
    fn from_str(text: &str) -> Result<Self, UnknownUserStatus> {
        [Self::Active, Self::Deactivated, Self::Removed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownUserStatus(text.chars().take(64).collect()))
    }
}

/// A user as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The identifier.
    pub id: UserId,
    /// The organization that the user belongs to.
    pub organization: OrganizationId,
    /// What the person is called.
    pub name: Name,
    /// How the person is named by others; unique among the organization's users that are not removed.
    pub email: EmailAddress,
    /// The role.
    pub role: RoleId,
    /// Whether the account is in use.
    pub status: UserStatus,
    /// Whether the account is never to be impersonated (design rule 3.7).
    pub protected: bool,
    /// Raised by each change.
    pub version: Version,
    /// When the user was made.
    pub created_at: Timestamp,
}

/// A user of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User(UserRecord);

/// What a new user is made of.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The organization that the user will belong to.
    pub organization: OrganizationId,
    /// What the person is called.
    pub name: Name,
    /// The email address.
    pub email: EmailAddress,
    /// The role.
    pub role: RoleId,
}

impl User {
    /// Makes an active user.
    pub fn create(new: NewUser, stamp: &Stamp<'_>) -> Recorded<Self> {
        let user = Self(UserRecord {
            id: generate_id(stamp),
            organization: new.organization,
            name: new.name,
            email: new.email,
            role: new.role,
            status: UserStatus::Active,
            protected: false,
            version: Version::INITIAL,
            created_at: stamp.at(),
        });
        let mut event = stamp.event_on(Action::UserCreate, user.id());
        event.after = Some(user.snapshot());
        Recorded::new(user, event)
    }

    /// The user as a store read it.
    #[must_use]
    pub fn from_record(record: UserRecord) -> Self {
        Self(record)
    }

    /// Everything that is stored of the user.
    #[must_use]
    pub fn record(&self) -> &UserRecord {
        &self.0
    }

    /// The identifier.
    #[must_use]
    pub fn id(&self) -> UserId {
        self.0.id
    }

    /// The organization that the user belongs to.
    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        self.0.organization
    }

    /// What the person is called.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// The email address.
    #[must_use]
    pub fn email(&self) -> &EmailAddress {
        &self.0.email
    }

    /// The role.
    #[must_use]
    pub fn role_id(&self) -> RoleId {
        self.0.role
    }

    /// Whether the account is in use.
    #[must_use]
    pub fn status(&self) -> UserStatus {
        self.0.status
    }

    /// Whether the account is in use now.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.status == UserStatus::Active
    }

    /// Whether the account is never to be impersonated.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.0.protected
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Renames the user.
    pub fn rename(self, name: Name, stamp: &Stamp<'_>) -> Recorded<Self> {
        self.change(Action::UserRename, stamp, |record| record.name = name)
    }

    /// Gives the user another role.
    pub fn set_role(self, role: RoleId, stamp: &Stamp<'_>) -> Recorded<Self> {
        self.change(Action::UserSetRole, stamp, |record| record.role = role)
    }

    /// Takes the account out of use.
    pub fn deactivate(self, stamp: &Stamp<'_>) -> Recorded<Self> {
        self.change(Action::UserDeactivate, stamp, |record| {
            record.status = UserStatus::Deactivated;
        })
    }

    /// Brings the account back into use. Nothing that ended revives.
    pub fn reactivate(self, stamp: &Stamp<'_>) -> Recorded<Self> {
        self.change(Action::UserReactivate, stamp, |record| {
            record.status = UserStatus::Active;
        })
    }

    /// Marks the account as never to be impersonated, or takes that mark away.
    pub fn set_protected(self, protected: bool, stamp: &Stamp<'_>) -> Recorded<Self> {
        let action = if protected { Action::UserProtect } else { Action::UserUnprotect };
        self.change(action, stamp, |record| record.protected = protected)
    }

    /// Removes the user for good.
    pub fn remove(self, stamp: &Stamp<'_>) -> Recorded<Self> {
        self.change(Action::UserRemove, stamp, |record| {
            record.status = UserStatus::Removed;
        })
    }

    fn change(
        self,
        action: Action,
        stamp: &Stamp<'_>,
        change: impl FnOnce(&mut UserRecord),
    ) -> Recorded<Self> {
        let mut event = stamp.event_on(action, self.id());
        event.before = Some(self.snapshot());
        let mut record = self.0;
        change(&mut record);
        record.version = record.version.next();
        let user = Self(record);
        event.after = Some(user.snapshot());
        Recorded::new(user, event)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new()
            .with("name", self.0.name.as_str())
            .with("email", self.0.email.as_str())
            .with("role_id", self.0.role.to_string())
            .with("status", self.0.status.as_str())
            .with("protected", self.0.protected)
    }
}

//! Roles and their permissions.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audit::{Action, Party, Recorded, Snapshot, Stamp},
    ids::{OrganizationId, RoleId, generate_id},
    plan::Plan,
    text::Name,
    time::Timestamp,
    version::Version,
};

/// What a role lets its holders do beyond using their own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Users, roles, channels, API tokens and settings. The built-in Admin has it, always and alone.
    AdministerOrganization,
    /// *Manage user impersonation*: grants and everybody's login sessions.
    ManageUserImpersonation,
    /// Read the whole audit log and verify it.
    ReadAuditLog,
}

/// The text names no permission.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a permission; use `manage_user_impersonation` or `read_audit_log`")]
pub struct UnknownPermission(String);

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 3] =
        [Self::AdministerOrganization, Self::ManageUserImpersonation, Self::ReadAuditLog];

    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdministerOrganization => "administer_organization",
            Self::ManageUserImpersonation => "manage_user_impersonation",
            Self::ReadAuditLog => "read_audit_log",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| UnknownPermission(text.chars().take(64).collect()))
    }
}

/// Built in, or made by the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleKind {
    /// The built-in administrator.
    Admin,
    /// The built-in member.
    Member,
    /// A custom role, which counts on Enterprise only.
    Custom,
}

impl RoleKind {
    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Custom => "custom",
        }
    }
}

impl FromStr for RoleKind {
    type Err = UnknownRoleKind;
    fn from_str(text: &str) -> Result<Self, UnknownRoleKind> {
        [Self::Admin, Self::Member, Self::Custom]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownRoleKind(text.chars().take(64).collect()))
    }
}

/// The text names no kind of role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a kind of role")]
pub struct UnknownRoleKind(String);

/// Why a role cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RoleError {
    /// Built-in roles keep their names and cannot be deleted.
    #[error(
        "the built-in roles Admin and Member keep their names and cannot be deleted; make a custom role instead"
    )]
    BuiltIn,
    /// Only the built-in Admin administers the organization.
    #[error(
        "`administer_organization` belongs to the built-in Admin alone; give the person that role instead"
    )]
    NotAssignable,
}

/// A role as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecord {
    /// Its identifier.
    pub id: RoleId,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// What it is called; unique in the organization without regard to case.
    pub name: Name,
    /// Built in or custom.
    pub kind: RoleKind,
    /// What is switched on. What counts depends on the plan: see [`Role::permissions_on`].
    pub permissions: BTreeSet<Permission>,
    /// Raised by each change.
    pub version: Version,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role(RoleRecord);

impl Role {
    /// Makes one of the built-in roles for a new organization. Admin has every permission at first.
    pub fn built_in(
        organization: OrganizationId,
        kind: BuiltInRole,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let (name, kind, permissions) = match kind {
            BuiltInRole::Admin => ("Admin", RoleKind::Admin, BTreeSet::from(Permission::ALL)),
            BuiltInRole::Member => ("Member", RoleKind::Member, BTreeSet::new()),
        };
        Self::make(organization, Name::literal(name), kind, permissions, stamp)
    }

    /// Makes a custom role.
    ///
    /// # Errors
    /// [`RoleError::NotAssignable`].
    pub fn create(
        organization: OrganizationId,
        name: Name,
        permissions: BTreeSet<Permission>,
        stamp: &Stamp<'_>,
    ) -> Result<Recorded<Self>, RoleError> {
        if permissions.contains(&Permission::AdministerOrganization) {
            return Err(RoleError::NotAssignable);
        }
        Ok(Self::make(organization, name, RoleKind::Custom, permissions, stamp))
    }

    fn make(
        organization: OrganizationId,
        name: Name,
        kind: RoleKind,
        permissions: BTreeSet<Permission>,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let record = RoleRecord {
            id: generate_id(stamp),
            organization,
            name,
            kind,
            permissions,
            version: Version::INITIAL,
            created_at: stamp.at(),
        };
        Self(record).recorded(Action::RoleCreate, None, stamp)
    }

    /// The role as a store read it.
    #[must_use]
    pub fn from_record(record: RoleRecord) -> Self {
        Self(record)
    }

    /// Everything that is stored of it.
    #[must_use]
    pub fn record(&self) -> &RoleRecord {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> RoleId {
        self.0.id
    }

    /// Built in or custom.
    #[must_use]
    pub fn kind(&self) -> RoleKind {
        self.0.kind
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// What the role's holders may do while the organization is on this plan (design rule 3.1).
    ///
    /// On Enterprise the switches count; Admin administers whatever they say. On MultiUser the
    /// Admin role has everything and all others nothing. On Individual impersonation does not exist.
    #[must_use]
    pub fn permissions_on(&self, plan: Plan) -> BTreeSet<Permission> {
        let is_admin = self.0.kind == RoleKind::Admin;
        let mut permissions = match plan {
            Plan::Enterprise => self.0.permissions.clone(),
            Plan::MultiUser | Plan::Individual if is_admin => BTreeSet::from(Permission::ALL),
            Plan::MultiUser | Plan::Individual => BTreeSet::new(),
        };
        if is_admin {
            permissions.insert(Permission::AdministerOrganization);
        } else {
            permissions.remove(&Permission::AdministerOrganization);
        }
        if !plan.includes_impersonation() {
            permissions.remove(&Permission::ManageUserImpersonation);
        }
        permissions
    }

    /// Renames it or sets its switches. Admin keeps administering the organization.
    ///
    /// # Errors
    /// [`RoleError`].
    pub fn edit(
        self,
        name: Option<Name>,
        permissions: Option<BTreeSet<Permission>>,
        stamp: &Stamp<'_>,
    ) -> Result<Recorded<Self>, RoleError> {
        let before = self.snapshot();
        let mut record = self.0;
        if let Some(name) = name.filter(|name| *name != record.name) {
            if record.kind != RoleKind::Custom {
                return Err(RoleError::BuiltIn);
            }
            record.name = name;
        }
        if let Some(mut permissions) = permissions {
            if record.kind == RoleKind::Admin {
                permissions.insert(Permission::AdministerOrganization);
            } else if permissions.contains(&Permission::AdministerOrganization) {
                return Err(RoleError::NotAssignable);
            }
            record.permissions = permissions;
        }
        record.version = record.version.next();
        Ok(Self(record).recorded(Action::RoleEdit, Some(before), stamp))
    }

    /// Whether the name and the switches are the same as those of `other`.
    #[must_use]
    pub fn gives_the_same_as(&self, other: &Self) -> bool {
        self.0.name == other.0.name && self.0.permissions == other.0.permissions
    }

    /// Deletes it. That nobody holds it is for the caller to make sure of.
    ///
    /// # Errors
    /// [`RoleError::BuiltIn`].
    pub fn delete(self, stamp: &Stamp<'_>) -> Result<Recorded<Self>, RoleError> {
        if self.0.kind != RoleKind::Custom {
            return Err(RoleError::BuiltIn);
        }
        let mut event = stamp.event(Action::RoleDelete, Party::Organization(self.0.organization));
        event.before = Some(self.snapshot());
        Ok(Recorded::new(self, event))
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new()
            .with("role_id", self.0.id.to_string())
            .with("name", self.0.name.as_str())
            .with(
                "permissions",
                self.0.permissions.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
    }

    fn recorded(
        self,
        action: Action,
        before: Option<Snapshot>,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let mut event = stamp.event(action, Party::Organization(self.0.organization));
        event.before = before;
        event.after = Some(self.snapshot());
        Recorded::new(self, event)
    }
}

/// The two roles that every organization has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInRole {
    /// The administrator.
    Admin,
    /// The member.
    Member,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{organization_id, with_stamp};

    #[test]
    fn d11_a_custom_role_counts_on_enterprise_only() {
        with_stamp(|stamp| {
            let permissions = BTreeSet::from([Permission::ManageUserImpersonation]);
            let role = Role::create(
                organization_id(),
                Name::literal("Support lead"),
                permissions.clone(),
                stamp,
            )
            .unwrap();
            let role = role.into_parts().0;
            assert_eq!(role.permissions_on(Plan::Enterprise), permissions);
            assert!(role.permissions_on(Plan::MultiUser).is_empty());
            assert!(role.permissions_on(Plan::Individual).is_empty());
        });
    }

    #[test]
    fn g1_managing_can_be_switched_off_for_admin_on_enterprise() {
        with_stamp(|stamp| {
            let admin = Role::built_in(organization_id(), BuiltInRole::Admin, stamp).into_parts().0;
            let admin = admin.edit(None, Some(BTreeSet::new()), stamp).unwrap().into_parts().0;
            let on_enterprise = admin.permissions_on(Plan::Enterprise);
            assert!(!on_enterprise.contains(&Permission::ManageUserImpersonation));
            assert!(on_enterprise.contains(&Permission::AdministerOrganization));
            assert!(
                admin
                    .permissions_on(Plan::MultiUser)
                    .contains(&Permission::ManageUserImpersonation)
            );
            assert!(
                !admin
                    .permissions_on(Plan::Individual)
                    .contains(&Permission::ManageUserImpersonation)
            );
        });
    }

    #[test]
    fn nobody_else_can_be_made_to_administer() {
        with_stamp(|stamp| {
            let all = BTreeSet::from(Permission::ALL);
            let refused =
                Role::create(organization_id(), Name::literal("Boss"), all.clone(), stamp);
            assert_eq!(refused.unwrap_err(), RoleError::NotAssignable);
            let member =
                Role::built_in(organization_id(), BuiltInRole::Member, stamp).into_parts().0;
            assert_eq!(member.edit(None, Some(all), stamp).unwrap_err(), RoleError::NotAssignable);
        });
    }
}

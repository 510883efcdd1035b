//! What a decision is made of.

use crate::{
    access::AccessTypes,
    ids::{ChannelId, GrantId, OrganizationId, UserId},
    organization::Organization,
    plan::Plan,
    time::Window,
    user::{User, UserStatus},
    version::Version,
};

/// A snapshot of everything that bears on one decision. What is absent is unknown, and what is
/// unknown denies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The organization in which the question is asked.
    pub organization: Option<OrganizationFacts>,
    /// The user who acts.
    pub actor: Option<UserFacts>,
    /// The user whose account is acted on.
    pub subject: Option<UserFacts>,
    /// Grants, in any order; others than those of the pair are ignored.
    pub grants: Vec<GrantFacts>,
    /// The channel that is asked about.
    pub channel: Option<ChannelFacts>,
}

/// The organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrganizationFacts {
    /// Which one.
    pub id: OrganizationId,
    /// Its plan now.
    pub plan: Plan,
}

/// A user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserFacts {
    /// Who.
    pub id: UserId,
    /// The organization that the user is in.
    pub organization: OrganizationId,
    /// Whether the account is in use.
    pub status: UserStatus,
    /// Whether the account is never to be impersonated.
    pub protected: bool,
}

/// A grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantFacts {
    /// Which one.
    pub id: GrantId,
    /// Its version.
    pub version: Version,
    /// The organization that it is in.
    pub organization: OrganizationId,
    /// The user granting access.
    pub grantor: UserId,
    /// The user receiving access.
    pub grantee: UserId,
    /// What it gives.
    pub access: AccessTypes,
    /// When it holds.
    pub window: Window,
}

/// A channel, with the memberships that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelFacts {
    /// Which one.
    pub id: ChannelId,
    /// The organization that it is in.
    pub organization: OrganizationId,
    /// Whether the actor is a member now.
    pub actor_is_member: bool,
    /// Whether the subject is a member now.
    pub subject_is_member: bool,
}

impl From<&Organization> for OrganizationFacts {
    fn from(organization: &Organization) -> Self {
        Self { id: organization.id(), plan: organization.plan() }
    }
}

impl From<&User> for UserFacts {
    fn from(user: &User) -> Self {
        Self {
            id: user.id(),
            organization: user.organization_id(),
            status: user.status(),
            protected: user.is_protected(),
        }
    }
}

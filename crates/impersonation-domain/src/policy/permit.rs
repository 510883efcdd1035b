//! Acts, permits and denials.

use std::fmt;

use super::{GrantFacts, Rule};
use crate::{
    access::AccessType,
    ids::{ChannelId, GrantId, OrganizationId, UserId},
    time::Timestamp,
    version::Version,
};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::LogIn {}
    impl Sealed for super::ActAs {}
    impl Sealed for super::SendAs {}
    impl Sealed for super::SendAnywhere {}
}

/// What can be asked for. The three acts are the only ones.
pub trait Act: Copy + fmt::Debug + sealed::Sealed {
    /// The access type that the act needs.
    const ACCESS: AccessType;

    /// The channel in which it would happen.
    fn channel(&self) -> Option<ChannelId> {
        None
    }

    /// The grant to which the actor is already bound, inside a login session.
    fn bound_to(&self) -> Option<GrantId> {
        None
    }
}

/// Start a login session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogIn;

/// Do something inside a login session that was started with this grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActAs {
    /// The session's grant.
    pub grant: GrantId,
}

/// Send a message or files as the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendAs {
    /// The channel to send in.
    pub channel: ChannelId,
}

/// Send somewhere: for asking whether any channel could do. Nothing acts on a permit for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SendAnywhere;

impl Act for SendAnywhere {
    const ACCESS: AccessType = AccessType::Send;
}

impl Act for LogIn {
    const ACCESS: AccessType = AccessType::Login;
}

impl Act for ActAs {
    const ACCESS: AccessType = AccessType::Login;

    fn bound_to(&self) -> Option<GrantId> {
        Some(self.grant)
    }
}

impl Act for SendAs {
    const ACCESS: AccessType = AccessType::Send;

    fn channel(&self) -> Option<ChannelId> {
        Some(self.channel)
    }
}

/// A grant as it stood when it allowed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantRef {
    /// Which grant.
    pub id: GrantId,
    /// In which version.
    pub version: Version,
}

/// The proof that [`super::evaluate`] has permitted an act. Nothing else can make one, and nothing
/// acts on another's account without one.
///
/// ```compile_fail
/// use impersonation_domain::policy::{LogIn, Permit};
/// // The fields are private, and so is the constructor.
/// let permit: Permit<LogIn> = Permit { act: LogIn };
/// ```
#[must_use = "a permit that is not used allows nothing"]
#[derive(Debug, PartialEq, Eq)]
pub struct Permit<A> {
    organization: OrganizationId,
    actor: UserId,
    subject: UserId,
    grant: GrantRef,
    grant_expires_at: Option<Timestamp>,
    act: A,
}

impl<A: Act> Permit<A> {
    pub(super) fn new(
        organization: OrganizationId,
        actor: UserId,
        subject: UserId,
        grant: &GrantFacts,
        act: A,
    ) -> Self {
        let grant_expires_at = grant.window.expires_at();
        Self {
            organization,
            actor,
            subject,
            grant: GrantRef { id: grant.id, version: grant.version },
            grant_expires_at,
            act,
        }
    }

    /// The organization in which it holds.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who may act.
    #[must_use]
    pub fn actor(&self) -> UserId {
        self.actor
    }

    /// Whose account may be acted on.
    #[must_use]
    pub fn subject(&self) -> UserId {
        self.subject
    }

    /// The grant that allows it.
    #[must_use]
    pub fn grant(&self) -> GrantRef {
        self.grant
    }

    /// When that grant expires: nothing that rests on it may last longer.
    #[must_use]
    pub fn grant_expires_at(&self) -> Option<Timestamp> {
        self.grant_expires_at
    }

    /// What is permitted.
    #[must_use]
    pub fn act(&self) -> A {
        self.act
    }
}

/// Why an act is denied.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial {
    rule: Rule,
    code: &'static str,
    grant: Option<GrantRef>,
}

impl Denial {
    pub(super) fn new<A: Act>(rule: Rule, grant: Option<&GrantFacts>) -> Self {
        let grant = grant.map(|grant| GrantRef { id: grant.id, version: grant.version });
        Self { rule, code: rule.code::<A>(), grant }
    }

    /// The first rule that did not hold.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The stable code of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The pair's grant, where there is one.
    #[must_use]
    pub fn grant(&self) -> Option<GrantRef> {
        self.grant
    }
}

/// The answer to a request. A denial is a value, not an error.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Decision<A> {
    /// The act is permitted.
    Permit(Permit<A>),
    /// The act is denied.
    Deny(Denial),
}

impl<A> Decision<A> {
    /// The permit, or else the denial as an error.
    ///
    /// # Errors
    /// The [`Denial`].
    pub fn into_result(self) -> Result<Permit<A>, Denial> {
        match self {
            Self::Permit(permit) => Ok(permit),
            Self::Deny(denial) => Err(denial),
        }
    }

    /// Whether the act is permitted.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        matches!(self, Self::Permit(_))
    }
}

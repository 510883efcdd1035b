//! Grants: who may act on whose account.

mod state;

pub use state::{GrantState, GrantWarning, UnknownGrantState};

use thiserror::Error;

use crate::{
    access::AccessTypes,
    audit::{Action, Recorded, Snapshot, Stamp},
    ids::{GrantId, OrganizationId, UserId, generate_id},
    policy::{GrantFacts, GrantRef},
    text::Reason,
    time::{Timestamp, Window},
    user::User,
    version::Version,
};

/// Why a grant cannot be made or changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantError {
    /// Design rule 3.2.
    #[error("a user cannot be granted access to their own account; name two different people")]
    SameUser,
    /// Grants never cross organizations.
    #[error("both people must be users of the organization")]
    OtherOrganization,
    /// Design rule 3.2.
    #[error("the user granting access is not active; reactivate them first")]
    GrantorInactive,
    /// Design rule 3.2.
    #[error("the user receiving access is not active; reactivate them first")]
    GranteeInactive,
    /// Design rule 3.7.
    #[error("the account is protected and can never be impersonated; unprotect it first")]
    GrantorProtected,
    /// A grant that has expired before it begins gives nothing.
    #[error(
        "the expiry is in the past; send a later `expires_at`, or delete the grant to end access now"
    )]
    AlreadyExpired,
}

/// A grant as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// Its identifier.
    pub id: GrantId,
    /// The organization that both users belong to.
    pub organization: OrganizationId,
    /// The user granting access: whose account is acted on.
    pub grantor: UserId,
    /// The user receiving access: who acts.
    pub grantee: UserId,
    /// What is granted.
    pub access: AccessTypes,
    /// When it holds.
    pub window: Window,
    /// Why, in the words of whoever made it.
    pub reason: Option<Reason>,
    /// Raised by each change.
    pub version: Version,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it last allowed something.
    pub last_used_at: Option<Timestamp>,
}

/// An impersonation relationship: one user may act on the account of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant(GrantRecord);

/// What a new grant is made of.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    /// The user granting access.
    pub grantor: &'a User,
    /// The user receiving access.
    pub grantee: &'a User,
    /// What is granted.
    pub access: AccessTypes,
    /// When it holds.
    pub window: Window,
    /// Why.
    pub reason: Option<Reason>,
    /// Who makes it.
    pub created_by: UserId,
    /// Whether it may have expired already: for putting back what was deleted.
    pub may_have_expired: bool,
}

/// What is to change of a grant. `None` leaves a field as it is; `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantEdit {
    /// The access types.
    pub access: Option<AccessTypes>,
    /// The reason.
    pub reason: Option<Option<Reason>>,
    /// The start.
    pub starts_at: Option<Option<Timestamp>>,
    /// The expiry.
    pub expires_at: Option<Option<Timestamp>>,
}

/// Why an edit is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantEditError {
    /// The grant does not allow it.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// Start and expiry are in the wrong order.
    #[error(transparent)]
    Window(#[from] crate::time::EmptyWindow),
}

impl Grant {
    /// Makes a grant between two active users of one organization (design rule 3.2). That the pair
    /// has none yet, and that the maker may make one, is for the caller to make sure of.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn create(new: NewGrant<'_>, stamp: &Stamp<'_>) -> Result<Recorded<Self>, GrantError> {
        let NewGrant { grantor, grantee, access, window, reason, created_by, may_have_expired } =
            new;
        if grantor.id() == grantee.id() {
            return Err(GrantError::SameUser);
        }
        if grantor.organization_id() != grantee.organization_id() {
            return Err(GrantError::OtherOrganization);
        }
        if !grantor.is_active() {
            return Err(GrantError::GrantorInactive);
        }
        if !grantee.is_active() {
            return Err(GrantError::GranteeInactive);
        }
        if grantor.is_protected() {
            return Err(GrantError::GrantorProtected);
        }
        if window.has_expired(stamp.at()) && !may_have_expired {
            return Err(GrantError::AlreadyExpired);
        }
        let grant = Self(GrantRecord {
            id: generate_id(stamp),
            organization: grantor.organization_id(),
            grantor: grantor.id(),
            grantee: grantee.id(),
            access,
            window,
            reason,
            version: Version::INITIAL,
            created_at: stamp.at(),
            created_by,
            last_used_at: None,
        });
        Ok(grant.recorded(Action::GrantCreate, None, stamp))
    }

    /// The grant as a store read it.
    ///
    /// # Errors
    /// [`GrantError::SameUser`] for a row that no transition can have written.
    pub fn from_record(record: GrantRecord) -> Result<Self, GrantError> {
        if record.grantor == record.grantee { Err(GrantError::SameUser) } else { Ok(Self(record)) }
    }

    /// Everything that is stored of it.
    #[must_use]
    pub fn record(&self) -> &GrantRecord {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> GrantId {
        self.0.id
    }

    /// The user granting access.
    #[must_use]
    pub fn grantor(&self) -> UserId {
        self.0.grantor
    }

    /// The user receiving access.
    #[must_use]
    pub fn grantee(&self) -> UserId {
        self.0.grantee
    }

    /// What is granted.
    #[must_use]
    pub fn access(&self) -> AccessTypes {
        self.0.access
    }

    /// When it holds.
    #[must_use]
    pub fn window(&self) -> Window {
        self.0.window
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Which grant, in which version.
    #[must_use]
    pub fn reference(&self) -> GrantRef {
        GrantRef { id: self.0.id, version: self.0.version }
    }

    /// What a decision needs to know of it.
    #[must_use]
    pub fn facts(&self) -> GrantFacts {
        GrantFacts {
            id: self.0.id,
            version: self.0.version,
            organization: self.0.organization,
            grantor: self.0.grantor,
            grantee: self.0.grantee,
            access: self.0.access,
            window: self.0.window,
        }
    }

    /// Changes the grant. An edit that changes nothing is `None`: no event, and the version stays.
    ///
    /// # Errors
    /// [`GrantEditError`].
    pub fn edit(
        self,
        edit: GrantEdit,
        stamp: &Stamp<'_>,
    ) -> Result<Option<Recorded<Self>>, GrantEditError> {
        let mut record = self.0.clone();
        record.access = edit.access.unwrap_or(record.access);
        record.reason = edit.reason.unwrap_or(record.reason);
        record.window = Window::new(
            edit.starts_at.unwrap_or(record.window.starts_at()),
            edit.expires_at.unwrap_or(record.window.expires_at()),
        )?;
        if record == self.0 {
            return Ok(None);
        }
        let expiry_changes = record.window.expires_at() != self.0.window.expires_at();
        if expiry_changes && record.window.has_expired(stamp.at()) {
            return Err(GrantError::AlreadyExpired.into());
        }
        record.version = record.version.next();
        let before = self.snapshot();
        Ok(Some(Self(record).recorded(Action::GrantEdit, Some(before), stamp)))
    }

    /// Deletes the grant. One made anew for the same pair has another identifier.
    pub fn delete(self, stamp: &Stamp<'_>) -> Recorded<Self> {
        let mut event = stamp.event_on(Action::GrantDelete, self.0.grantor);
        event.grant = Some(self.reference());
        event.before = Some(self.snapshot());
        Recorded::new(self, event)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new()
            .with("grantor_id", self.0.grantor.to_string())
            .with("grantee_id", self.0.grantee.to_string())
            .with(
                "access",
                self.0.access.iter().map(|access| access.to_string()).collect::<Vec<_>>(),
            )
            .with_some("reason", self.0.reason.as_ref().map(Reason::as_str))
            .with_some("starts_at", self.0.window.starts_at().map(|at| at.to_rfc3339()))
            .with_some("expires_at", self.0.window.expires_at().map(|at| at.to_rfc3339()))
    }

    fn recorded(
        self,
        action: Action,
        before: Option<Snapshot>,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let mut event = stamp.event_on(action, self.0.grantor);
        event.grant = Some(self.reference());
        event.reason = self.0.reason.as_ref().map(|reason| reason.as_str().to_owned());
        event.before = before;
        let after = self.snapshot();
        // Whoever gives themself access is flagged (design rule 3.7).
        let to_oneself = stamp.actor().user() == Some(self.0.grantee);
        event.after = Some(if to_oneself { after.with("granted_to_oneself", true) } else { after });
        Recorded::new(self, event)
    }
}

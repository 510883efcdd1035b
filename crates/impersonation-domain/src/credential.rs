//! How people and programs prove who they are: their own sessions, and API tokens.

use chrono::TimeDelta;

use crate::{
    audit::{Action, EventContent, Recorded, Snapshot, Stamp},
    ids::{OrganizationId, SignInId, TokenId, UserId, generate_id},
    secret::{PasswordHash, SecretHash},
    text::Name,
    time::Timestamp,
};

/// How long a session of one's own lasts.
pub const SIGN_IN_LIMIT: TimeDelta = TimeDelta::hours(12);

/// How long an API token lasts if nothing is said, and the longest that it may.
pub const DEFAULT_TOKEN_LIFETIME: TimeDelta = TimeDelta::days(90);
/// The longest that an API token may last.
pub const MAX_TOKEN_LIFETIME: TimeDelta = TimeDelta::days(366);

/// With what a person or program is acting on their own behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnCredentialId {
    /// A session opened by signing in.
    SignIn(SignInId),
    /// An API token.
    Token(TokenId),
    /// A session that an embedding product keeps itself.
    External(SignInId),
}

/// A credential that was valid when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCredential {
    /// Which one.
    pub id: OwnCredentialId,
    /// When it ends: nothing that rests on it may last longer.
    pub expires_at: Timestamp,
}

/// A user's own session, opened by signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Its identifier.
    pub id: SignInId,
    /// The user's organization.
    pub organization: OrganizationId,
    /// The user.
    pub user: UserId,
    /// The hash of its token.
    pub token_hash: SecretHash,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub ended_at: Option<Timestamp>,
}

impl SignIn {
    /// Opens a session for a user whose password was right.
    pub fn start(
        organization: OrganizationId,
        user: UserId,
        token_hash: SecretHash,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let sign_in = Self {
            id: generate_id(stamp),
            organization,
            user,
            token_hash,
            created_at: stamp.at(),
            expires_at: stamp.at() + SIGN_IN_LIMIT,
            ended_at: None,
        };
        let mut event = stamp.event_on(Action::SignIn, user);
        event.credential = Some(OwnCredentialId::SignIn(sign_in.id));
        Recorded::new(sign_in, event)
    }

    /// Signs out.
    pub fn end(self, stamp: &Stamp<'_>) -> Recorded<Self> {
        let mut event = stamp.event_on(Action::SignOut, self.user);
        event.credential = Some(OwnCredentialId::SignIn(self.id));
        Recorded::new(Self { ended_at: Some(stamp.at()), ..self }, event)
    }

    /// The credential, if it is valid at `now`.
    #[must_use]
    pub fn credential(&self, now: Timestamp) -> Option<OwnCredential> {
        let valid = self.ended_at.is_none() && now < self.expires_at;
        valid.then_some(OwnCredential {
            id: OwnCredentialId::SignIn(self.id),
            expires_at: self.expires_at,
        })
    }
}

/// An API token: it lets a program act as the administrator who made it, with whatever rights that
/// person has at each use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identifier.
    pub id: TokenId,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// The user as whom it acts.
    pub user: UserId,
    /// What it is for.
    pub name: Name,
    /// The hash of its token.
    pub token_hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Makes a token. The lifetime is for the caller to check.
    pub fn create(
        organization: OrganizationId,
        user: UserId,
        name: Name,
        token_hash: SecretHash,
        expires_at: Timestamp,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let token = Self {
            id: generate_id(stamp),
            organization,
            user,
            name,
            token_hash,
            created_at: stamp.at(),
            expires_at,
            revoked_at: None,
        };
        let event = EventContent {
            after: Some(token.snapshot()),
            ..stamp.event_on(Action::TokenCreate, user)
        };
        Recorded::new(token, event)
    }

    /// Revokes it.
    pub fn revoke(self, stamp: &Stamp<'_>) -> Recorded<Self> {
        let event = EventContent {
            before: Some(self.snapshot()),
            ..stamp.event_on(Action::TokenRevoke, self.user)
        };
        Recorded::new(Self { revoked_at: Some(stamp.at()), ..self }, event)
    }

    /// The credential, if it is valid at `now`.
    #[must_use]
    pub fn credential(&self, now: Timestamp) -> Option<OwnCredential> {
        let valid = self.revoked_at.is_none() && now < self.expires_at;
        valid.then_some(OwnCredential {
            id: OwnCredentialId::Token(self.id),
            expires_at: self.expires_at,
        })
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new()
            .with("token_id", self.id.to_string())
            .with("name", self.name.as_str())
            .with("expires_at", self.expires_at.to_rfc3339())
    }
}

/// A new password of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordChange {
    /// Whose.
    pub user: UserId,
    /// Its hash.
    pub hash: PasswordHash,
}

impl PasswordChange {
    /// Sets the password.
    pub fn record(user: UserId, hash: PasswordHash, stamp: &Stamp<'_>) -> Recorded<Self> {
        Recorded::new(Self { user, hash }, stamp.event_on(Action::UserSetPassword, user))
    }
}

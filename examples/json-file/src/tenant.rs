//! What stands in the file of one organization.

use std::collections::{BTreeMap, BTreeSet};

use impersonation_domain::{
    ids::{
        ChannelId, GrantId, LoginSessionId, MessageId, OrganizationId, RoleId, SignInId, TokenId,
        UserId,
    },
    ports::{Constraint, RepositoryError},
    secret::SecretHash,
    time::Timestamp,
    version::Version,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rows::{
    AnswerRow, ChannelRow, EventRow, GrantRow, HeadRow, LoginSessionRow, MessageRow,
    OrganizationRow, PasswordRow, RoleRow, SignInRow, TokenRow, UserRow,
};

/// Everything of one organization. A unit of work has one of these in its hands and no other, so
/// that nothing of another organization can get into its answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tenant {
    pub(crate) organization: Option<OrganizationRow>,
    pub(crate) roles: BTreeMap<RoleId, RoleRow>,
    pub(crate) users: BTreeMap<UserId, UserRow>,
    pub(crate) passwords: BTreeMap<UserId, PasswordRow>,
    pub(crate) channels: BTreeMap<ChannelId, ChannelRow>,
    pub(crate) members: BTreeSet<(ChannelId, UserId)>,
    pub(crate) grants: BTreeMap<GrantId, GrantRow>,
    pub(crate) login_sessions: BTreeMap<LoginSessionId, LoginSessionRow>,
    /// Who has read what in which minute, see `LoginSessionRepository::first_read`.
    pub(crate) reads: BTreeSet<(Uuid, String, Timestamp)>,
    pub(crate) messages: BTreeMap<MessageId, MessageRow>,
    pub(crate) sign_ins: BTreeMap<SignInId, SignInRow>,
    pub(crate) tokens: BTreeMap<TokenId, TokenRow>,
    /// Answers to requests with an idempotency key.
    pub(crate) answers: Vec<AnswerRow>,
    /// Where the audit log ends.
    pub(crate) head: HeadRow,
    /// The audit log. Events are added to its end, and nothing else is ever done to it.
    pub(crate) events: Vec<EventRow>,
}

impl Tenant {
    /// Whether anything here rests on the token with this hash, valid or not.
    pub(crate) fn knows_token(&self, hash: &SecretHash) -> bool {
        self.login_sessions.values().any(|session| session.0.token_hash == *hash)
            || self.sign_ins.values().any(|sign_in| sign_in.0.token_hash == *hash)
            || self.tokens.values().any(|token| token.0.token_hash == *hash)
    }
}

/// That a row in this version may be saved: the first version where there is none, another where
/// the one before it stands.
pub(crate) fn check_version(stored: Option<Version>, new: Version) -> Result<(), RepositoryError> {
    match stored {
        None if new == Version::INITIAL => Ok(()),
        Some(_) if new == Version::INITIAL => Err(RepositoryError::Duplicate(Constraint::Other)),
        Some(stored) if stored.next() == new => Ok(()),
        None | Some(_) => Err(RepositoryError::Stale),
    }
}

/// That a row belongs to the organization of the unit of work.
pub(crate) fn check_organization(
    unit: OrganizationId,
    row: OrganizationId,
) -> Result<(), RepositoryError> {
    let error = || RepositoryError::unavailable("the row belongs to another organization");
    (unit == row).then_some(()).ok_or_else(error)
}

/// How names and addresses are compared: without regard to ASCII case, byte by byte.
pub(crate) fn key(text: &str) -> String {
    text.to_ascii_lowercase()
}

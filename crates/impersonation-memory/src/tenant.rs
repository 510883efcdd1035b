//! Everything that is kept of one organization.

use std::sync::Arc;

use impersonation_domain::{
    audit::{AuditHead, Event},
    channel::Channel,
    credential::{ApiToken, SignIn},
    grant::Grant,
    ids::{
        ChannelId, GrantId, LoginSessionId, MessageId, OrganizationId, RoleId, SignInId, TokenId,
        UserId,
    },
    login_session::LoginSession,
    message::Message,
    organization::Organization,
    ports::{Constraint, RepositoryError, StoredResponse},
    role::Role,
    secret::{PasswordHash, SecretHash},
    time::Timestamp,
    user::User,
    version::Version,
};
use uuid::Uuid;

use crate::table::Table;

/// The key of an answer: actor, endpoint, key.
pub(crate) type ResponseKey = (UserId, String, String);

/// Everything that is kept of one organization. Nothing of another is ever in reach of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tenant {
    pub(crate) organization: Option<Organization>,
    pub(crate) roles: Table<RoleId, Role>,
    pub(crate) users: Table<UserId, User>,
    pub(crate) channels: Table<ChannelId, Channel>,
    pub(crate) members: Table<(ChannelId, UserId), ()>,
    pub(crate) grants: Table<GrantId, Grant>,
    pub(crate) sessions: Table<LoginSessionId, LoginSession>,
    pub(crate) reads: Table<(Uuid, String, Timestamp), ()>,
    pub(crate) messages: Table<MessageId, Message>,
    pub(crate) sign_ins: Table<SignInId, SignIn>,
    pub(crate) tokens: Table<TokenId, ApiToken>,
    pub(crate) passwords: Table<UserId, PasswordHash>,
    pub(crate) responses: Table<ResponseKey, StoredResponse>,
    pub(crate) events: Arc<Vec<Event>>,
    pub(crate) head: AuditHead,
}

impl Tenant {
    /// Whether anything that rests on this token is kept here, valid or not.
    pub(crate) fn knows_token(&self, hash: &SecretHash) -> bool {
        self.sessions.values().any(|session| session.record().token_hash == *hash)
            || self.sign_ins.values().any(|sign_in| sign_in.token_hash == *hash)
            || self.tokens.values().any(|token| token.token_hash == *hash)
    }
}

/// That a row in this version may take the place of the stored one: the first version where there
/// is none, another where the one before it is.
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
    if unit == row {
        Ok(())
    } else {
        Err(RepositoryError::unavailable("the row belongs to another organization"))
    }
}

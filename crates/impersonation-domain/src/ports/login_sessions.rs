//! Login sessions in a store.

use async_trait::async_trait;

use super::{Page, PageLimit, RepositoryError};
use crate::{
    audit::Recorded,
    credential::OwnCredentialId,
    ids::{GrantId, LoginSessionId, UserId},
    login_session::LoginSession,
    secret::SecretHash,
    time::Timestamp,
};

/// Which live sessions are meant. Each part that is given must fit; none given means all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiveSessions {
    /// Those of this actor.
    pub actor: Option<UserId>,
    /// Those on this account.
    pub subject: Option<UserId>,
    /// Those of this user, as actor or as subject.
    pub involving: Option<UserId>,
    /// Those that this grant allowed.
    pub grant: Option<GrantId>,
    /// Those that rest on this session or token of the actor.
    pub own_credential: Option<OwnCredentialId>,
}

/// Which sessions to list: the latest start first.
#[derive(Debug, Clone, Default)]
pub struct LoginSessionQuery {
    /// Only live ones, or only ended ones.
    pub live: Option<bool>,
    /// Only those of this actor.
    pub actor: Option<UserId>,
    /// Only those on this account.
    pub subject: Option<UserId>,
    /// Only those of this user, as actor or as subject.
    pub involving: Option<UserId>,
    /// Where to go on: after this session.
    pub after: Option<(Timestamp, LoginSessionId)>,
    /// How many at most.
    pub limit: PageLimit,
}

/// Login sessions of the unit of work's organization. A session is live until an end is saved,
/// whatever its limits say.
#[async_trait]
pub trait LoginSessionRepository: Send {
    /// A session.
    async fn session(
        &mut self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, RepositoryError>;
    /// The session with this token.
    async fn by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<LoginSession>, RepositoryError>;
    /// All live sessions that are meant, in the order of their identifiers.
    async fn live(&mut self, which: &LiveSessions) -> Result<Vec<LoginSession>, RepositoryError>;
    /// Live sessions whose end has come by `now`, or whose last use is not after `idle_since`: both
    /// limits are half-open, as in [`LoginSession::reached_limit`].
    async fn overdue(
        &mut self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<LoginSession>, RepositoryError>;
    /// A page of the list, sorted by start and identifier, the latest first.
    async fn list(
        &mut self,
        query: &LoginSessionQuery,
    ) -> Result<Page<LoginSession, (Timestamp, LoginSessionId)>, RepositoryError>;
    /// Saves a session and its event. A new one is inserted; one that has ended stays ended:
    /// saving over it is [`RepositoryError::Stale`].
    async fn save(
        &mut self,
        session: Recorded<LoginSession>,
    ) -> Result<LoginSession, RepositoryError>;
    /// Notes a use of a live session, which puts its idle limit off.
    async fn touch(&mut self, id: LoginSessionId, at: Timestamp) -> Result<(), RepositoryError>;
    /// Notes that `reader` has read the resource in this minute. The answer is whether it is the
    /// first time: only then an event is written.
    async fn first_read(
        &mut self,
        reader: uuid::Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, RepositoryError>;
}

//! The audit log in a store.

use async_trait::async_trait;

use super::{Page, PageLimit, RepositoryError};
use crate::{
    audit::{Action, AuditHead, Event, EventContent, Outcome},
    ids::{LoginSessionId, UserId},
    time::Timestamp,
};

/// Which events to list: the latest first, by sequence.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Only those on this account.
    pub account: Option<UserId>,
    /// Only those by this actor.
    pub actor: Option<UserId>,
    /// Only those on this account or by this actor.
    pub involving: Option<UserId>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only what was allowed, or refused.
    pub outcome: Option<Outcome>,
    /// Only those of this login session.
    pub login_session: Option<LoginSessionId>,
    /// Only those from this moment on.
    pub since: Option<Timestamp>,
    /// Only those before this moment.
    pub until: Option<Timestamp>,
    /// Where to go on: before this sequence.
    pub before_sequence: Option<u64>,
    /// How many at most.
    pub limit: PageLimit,
}

/// The audit log of the unit of work's organization. There is no way to change or delete an event.
#[async_trait]
pub trait AuditLog: Send {
    /// Where the chain ends.
    async fn head(&mut self) -> Result<AuditHead, RepositoryError>;
    /// Writes an event that belongs to no change of a row: a refusal, a read, a question.
    async fn append(&mut self, content: EventContent) -> Result<Event, RepositoryError>;
    /// A page of the list.
    async fn query(&mut self, query: &AuditQuery) -> Result<Page<Event, u64>, RepositoryError>;
    /// Events in the order of their sequence, from the one after `after` on, at most `limit`.
    async fn range(&mut self, after: u64, limit: u16) -> Result<Vec<Event>, RepositoryError>;
}

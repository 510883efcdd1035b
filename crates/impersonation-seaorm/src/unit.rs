//! One transaction as a unit of work.

mod audit_log;
mod audit_query;
mod channels;
mod credentials;
mod directory;
mod directory_store;
mod facts;
mod grant_list;
mod grants;
mod head;
mod idempotency;
mod messages;
#[cfg(planted)]
mod planted;
mod sessions;
mod statements;

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent, Ledger, Recorded},
    ids::{OrganizationId, TypedId},
    policy::Facts,
    ports::{
        AuditLog, CredentialRepository, Directory, DirectoryStore, FactsQuery, GrantRepository,
        Idempotency, LoginSessionRepository, MessageRepository, RepositoryError, UnitOfWork,
    },
    time::to_microseconds,
};
use sea_orm::{ConnectionTrait, QueryResult, sea_query::SelectStatement};
use thiserror::Error;
use uuid::Uuid;

pub(crate) use self::head::{Lock, read_head};
use crate::{
    bounded::Transaction,
    error::{self, Fault},
    store::turns::Turn,
};

/// Why a unit of work does no more.
#[derive(Debug, Error)]
enum Refusal {
    #[error("an earlier statement of this transaction failed, or was given up half-way")]
    Broken,
    #[error("this transaction only reads")]
    ReadOnly,
    #[error("the row belongs to another organization than the transaction")]
    Foreign,
    #[error("there is no organization whose audit log could take the events")]
    NoOrganization,
}

impl From<Refusal> for RepositoryError {
    fn from(refusal: Refusal) -> Self {
        Self::unavailable(refusal)
    }
}

/// The audit log as the transaction sees it.
enum Log {
    /// Where it ended when the transaction began.
    Reading(AuditHead),
    /// What was sealed in the transaction, and the events that are still to be inserted.
    Writing { ledger: Ledger, at_first: AuditHead, pending: Vec<Event> },
}

/// A transaction on one organization. Dropping it rolls back.
pub(crate) struct Unit {
    transaction: Transaction,
    organization: OrganizationId,
    /// Whether there is such an organization.
    exists: bool,
    log: Log,
    /// Whether a statement failed or was given up, so that nothing may be committed any more.
    broken: bool,
    /// Held until the transaction is over.
    _turn: Option<Turn>,
    /// For a second transaction.
    #[cfg(planted)]
    pool: Option<crate::bounded::Pool>,
}

impl Unit {
    /// A unit of work on a transaction that holds the organization's lock, and found its log to end
    /// here; there is no log where there is no organization yet.
    pub(crate) fn writing(
        transaction: Transaction,
        organization: OrganizationId,
        head: Option<AuditHead>,
        turn: Option<Turn>,
    ) -> Self {
        let at_first = head.unwrap_or_default();
        let ledger = Ledger::new(organization, at_first);
        let log = Log::Writing { ledger, at_first, pending: Vec::new() };
        let exists = head.is_some();
        Self {
            transaction,
            organization,
            exists,
            log,
            broken: false,
            _turn: turn,
            #[cfg(planted)]
            pool: None,
        }
    }

    /// A unit of work on a transaction that only reads, and found the organization's log to end
    /// here.
    pub(crate) fn reading(
        transaction: Transaction,
        organization: OrganizationId,
        head: Option<AuditHead>,
    ) -> Self {
        let log = Log::Reading(head.unwrap_or_default());
        let exists = head.is_some();
        Self {
            transaction,
            organization,
            exists,
            log,
            broken: false,
            _turn: None,
            #[cfg(planted)]
            pool: None,
        }
    }

    /// The identifier of the organization, for queries.
    fn tenant(&self) -> Uuid {
        self.organization.uuid()
    }

    /// The rows that a query finds.
    async fn rows(&mut self, query: &SelectStatement) -> Result<Vec<QueryResult>, RepositoryError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        self.transaction.query_all(query).await.map_err(|error| self.fail(error))
    }

    /// The first row that a query finds.
    async fn row(
        &mut self,
        query: &SelectStatement,
    ) -> Result<Option<QueryResult>, RepositoryError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        self.transaction.query_one(query).await.map_err(|error| self.fail(error))
    }

    fn fail(&mut self, error: sea_orm::DbErr) -> RepositoryError {
        self.broken = true;
        error::repository(error)
    }

    /// Begins a change. Until [`Self::settle`] or [`Self::finish`], the unit counts as broken: whoever
    /// gives the change up half-way cannot commit half of it.
    fn start(&mut self) -> Result<(), RepositoryError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        if matches!(self.log, Log::Reading(_)) {
            return Err(Refusal::ReadOnly.into());
        }
        self.broken = true;
        Ok(())
    }

    /// Ends a change that has no event.
    fn finish<T>(&mut self, done: Result<T, Fault>) -> Result<T, RepositoryError> {
        match done {
            Ok(value) => {
                self.broken = false;
                Ok(value)
            }
            Err(Fault::Refused(error)) => {
                self.broken = false;
                Err(error)
            }
            Err(Fault::Failed(error)) => Err(error),
        }
    }

    /// Ends a change by sealing its event.
    fn settle<T>(
        &mut self,
        done: Result<(), Fault>,
        recorded: Recorded<T>,
    ) -> Result<T, RepositoryError> {
        self.finish(done)?;
        let (value, content) = recorded.into_parts();
        self.seal(content)?;
        Ok(value)
    }

    /// Gives an event its place. It is inserted before the log is read, and at the latest before the
    /// commit.
    fn seal(&mut self, content: EventContent) -> Result<Event, RepositoryError> {
        match &mut self.log {
            Log::Reading(_) => Err(Refusal::ReadOnly.into()),
            Log::Writing { ledger, pending, .. } => {
                let event =
                    ledger.seal(EventContent { at: to_microseconds(content.at), ..content });
                pending.push(event.clone());
                Ok(event)
            }
        }
    }

    /// Refuses what belongs to another organization.
    fn own(&self, organization: OrganizationId) -> Result<(), Fault> {
        if organization == self.organization {
            Ok(())
        } else {
            Err(Fault::Refused(Refusal::Foreign.into()))
        }
    }
}

#[async_trait]
impl UnitOfWork for Unit {
    fn directory(&mut self) -> &mut dyn Directory {
        self
    }

    fn directory_store(&mut self) -> &mut dyn DirectoryStore {
        self
    }

    fn grants(&mut self) -> &mut dyn GrantRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn LoginSessionRepository {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageRepository {
        self
    }

    fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self
    }

    fn audit_log(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        facts::read(self, query).await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), RepositoryError> {
        if self.broken {
            return Err(Refusal::Broken.into());
        }
        #[cfg(planted)]
        if impersonation_domain::planted::Bug::AuditAfterCommit.is_active() {
            return self.commit_before_its_events().await;
        }
        self.write_log().await?;
        let Self { transaction, .. } = *self;
        transaction.commit().await.map_err(error::repository)
    }
}

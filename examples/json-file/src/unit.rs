//! Units of work.

mod audit_log;
mod credentials;
mod directory;
mod directory_store;
mod grants;
mod idempotency;
mod login_sessions;
mod messages;

use std::sync::Arc;

use async_trait::async_trait;
use impersonation_domain::{
    audit::{Event, EventContent, Ledger, Recorded},
    ids::OrganizationId,
    ports::{
        AuditLog, CredentialRepository, Directory, DirectoryStore, GrantRepository, Idempotency,
        LoginSessionRepository, MessageRepository, RepositoryError, UnitOfWork,
    },
};
use tokio::sync::OwnedMutexGuard;

use crate::{
    rows::{EventRow, HeadRow},
    store::JsonFile,
    tenant::Tenant,
};

/// One transaction. It sees the state with which it began, and what it has changed itself; when it
/// is dropped, that is gone.
pub(crate) struct Unit {
    store: JsonFile,
    organization: OrganizationId,
    /// What is stored of the organization: shared with everybody until the first change, and from
    /// then on a copy.
    tenant: Arc<Tenant>,
    is_changed: bool,
    /// Gives events their places in the chain of the organization.
    ledger: Ledger,
    /// Absent in a unit that only reads. Dropping it lets the next one begin.
    turn: Option<OwnedMutexGuard<()>>,
}

impl Unit {
    /// Begins one. Whoever may write has waited for the turn before, so that the state is the last.
    pub(crate) fn new(
        store: JsonFile,
        organization: OrganizationId,
        turn: Option<OwnedMutexGuard<()>>,
    ) -> Self {
        let tenant = store.tenant(organization);
        let ledger = Ledger::new(organization, tenant.head.0);
        Self { store, organization, tenant, is_changed: false, ledger, turn }
    }

    /// What is stored of the organization, to be changed.
    fn change(&mut self) -> Result<&mut Tenant, RepositoryError> {
        if self.turn.is_none() {
            return Err(RepositoryError::unavailable("this unit of work only reads"));
        }
        self.is_changed = true;
        Ok(Arc::make_mut(&mut self.tenant))
    }

    /// Makes a change and writes its event, or does neither. Every change goes through here, or is
    /// one of the few that the ports name as having no event of their own.
    fn record<T: Clone>(
        &mut self,
        recorded: Recorded<T>,
        change: impl FnOnce(&mut Tenant, T) -> Result<(), RepositoryError>,
    ) -> Result<T, RepositoryError> {
        let (value, event) = recorded.into_parts();
        change(self.change()?, value.clone())?;
        self.append_event(event)?;
        Ok(value)
    }

    fn append_event(&mut self, content: EventContent) -> Result<Event, RepositoryError> {
        self.change()?;
        let event = self.ledger.seal(content);
        let head = HeadRow(self.ledger.head());
        let tenant = self.change()?;
        tenant.events.push(EventRow(event.clone()));
        tenant.head = head;
        Ok(event)
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

    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        if !self.is_changed {
            return Ok(());
        }
        // The turn is held until this has returned.
        self.store.commit(self.organization, &self.tenant).map_err(RepositoryError::unavailable)
    }
}

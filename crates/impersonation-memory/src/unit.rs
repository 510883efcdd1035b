//! Units of work.

mod audit_log;
mod credentials;
mod directory;
mod directory_store;
mod grant_list;
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

use crate::{
    store::{InMemory, Writing},
    tenant::Tenant,
};

/// One transaction on a copy of one organization.
pub(crate) struct Unit {
    store: InMemory,
    organization: OrganizationId,
    /// The copy. Its events are those before the unit: new ones wait in `sealed`.
    tenant: Tenant,
    ledger: Ledger,
    sealed: Vec<Event>,
    /// Absent in a unit that only reads.
    writing: Option<Writing>,
    /// The product's own, where people are not kept in here.
    external: Option<Box<dyn Directory>>,
}

impl Unit {
    pub(crate) fn new(
        store: InMemory,
        organization: OrganizationId,
        writing: Option<Writing>,
    ) -> Self {
        let tenant = store.tenant(organization);
        let ledger = Ledger::new(organization, tenant.head);
        let external = store.directory(organization);
        Self { store, organization, tenant, ledger, sealed: Vec::new(), writing, external }
    }

    /// The copy, to be changed.
    fn change(&mut self) -> Result<&mut Tenant, RepositoryError> {
        if self.writing.is_some() {
            Ok(&mut self.tenant)
        } else {
            Err(RepositoryError::unavailable("this unit of work only reads"))
        }
    }

    /// Gives an event its place.
    fn seal(&mut self, content: EventContent) -> Event {
        let event = self.ledger.seal(content);
        #[cfg(planted)]
        if impersonation_domain::planted::Bug::AuditPastTransaction.is_active() {
            return self.publish_at_once(event);
        }
        self.sealed.push(event.clone());
        event
    }

    #[cfg(planted)]
    fn publish_at_once(&mut self, event: Event) -> Event {
        Arc::make_mut(&mut self.tenant.events).push(event.clone());
        let head = self.ledger.head();
        self.store.publish(self.organization, |published| {
            Arc::make_mut(&mut published.events).push(event.clone());
            published.head = head;
        });
        event
    }

    /// Makes a change, and gives its event a place where it succeeds.
    fn record<T: Clone>(
        &mut self,
        recorded: Recorded<T>,
        change: impl FnOnce(&mut Tenant, T) -> Result<(), RepositoryError>,
    ) -> Result<T, RepositoryError> {
        let (value, event) = recorded.into_parts();
        change(self.change()?, value.clone())?;
        self.seal(event);
        Ok(value)
    }
}

#[async_trait]
impl UnitOfWork for Unit {
    fn directory(&mut self) -> &mut dyn Directory {
        match self.external {
            Some(ref mut external) => external.as_mut(),
            None => self,
        }
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
        let unit = *self;
        if unit.writing.is_some() {
            let (tenant, sealed, head) = (unit.tenant, unit.sealed, unit.ledger.head());
            unit.store.publish(unit.organization, |published| {
                // The copy lets go of its events, so that the published ones grow in place.
                let mut events = std::mem::take(&mut published.events);
                *published = Tenant { events: Arc::default(), head, ..tenant };
                Arc::make_mut(&mut events).extend(sealed);
                published.events = events;
            });
        }
        Ok(())
    }
}

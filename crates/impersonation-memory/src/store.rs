//! The store: what is published, and whose turn it is to write.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use async_trait::async_trait;
use impersonation_domain::{
    ids::OrganizationId,
    ports::{Directory, RepositoryError, UnitOfWork, UnitOfWorkFactory},
};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::{tenant::Tenant, unit::Unit};

/// Makes the directory of an organization, over a product's own tables.
type MakeDirectory = dyn Fn(OrganizationId) -> Box<dyn Directory> + Send + Sync;

/// An in-memory storage. Clones share it.
///
/// A unit of work that may write works on a copy of its organization and publishes it at the
/// commit; those of one organization wait for each other. One that only reads keeps what was
/// published when it began, and waits for nobody.
#[derive(Clone, Default)]
pub struct InMemory(Arc<Inner>);

#[derive(Default)]
struct Inner {
    published: Mutex<BTreeMap<OrganizationId, Tenant>>,
    turns: Mutex<BTreeMap<OrganizationId, Weak<Turn<()>>>>,
    founding: Arc<Turn<()>>,
    directory: Option<Box<MakeDirectory>>,
}

/// The right to write: held until the unit of work ends.
pub(crate) struct Writing {
    _organization: OwnedMutexGuard<()>,
    _founding: Option<OwnedMutexGuard<()>>,
}

impl InMemory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store beside a product's own tables: organizations, users, roles and channels are read
    /// from the directory that `make` answers for an organization, everything else is kept in here.
    /// What only the management of people needs ([`impersonation_domain::ports::DirectoryStore`])
    /// fails, as it is the product's own.
    #[must_use]
    pub fn with_directory<F>(make: F) -> Self
    where
        F: Fn(OrganizationId) -> Box<dyn Directory> + Send + Sync + 'static,
    {
        Self(Arc::new(Inner { directory: Some(Box::new(make)), ..Inner::default() }))
    }

    /// The product's own directory of an organization, where there is one.
    pub(crate) fn directory(&self, organization: OrganizationId) -> Option<Box<dyn Directory>> {
        self.0.directory.as_ref().map(|make| make(organization))
    }

    /// What is published of an organization.
    pub(crate) fn tenant(&self, organization: OrganizationId) -> Tenant {
        self.published().get(&organization).cloned().unwrap_or_default()
    }

    /// What is published, of every organization.
    pub(crate) fn tenants(&self) -> Vec<(OrganizationId, Tenant)> {
        self.published().iter().map(|(id, tenant)| (*id, tenant.clone())).collect()
    }

    /// Publishes what a unit of work has made of an organization.
    pub(crate) fn publish(&self, organization: OrganizationId, publish: impl FnOnce(&mut Tenant)) {
        publish(self.published().entry(organization).or_default());
    }

    fn published(&self) -> MutexGuard<'_, BTreeMap<OrganizationId, Tenant>> {
        self.0.published.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, organization: OrganizationId) -> Arc<Turn<()>> {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&organization).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(organization, Arc::downgrade(&turn));
        turn
    }

    async fn wait_for_turn(&self, organization: OrganizationId) -> Writing {
        let organization_turn = self.turn(organization).lock_owned().await;
        let exists = self.0.directory.is_some() || self.tenant(organization).organization.is_some();
        let founding =
            if exists { None } else { Some(Arc::clone(&self.0.founding).lock_owned().await) };
        Writing { _organization: organization_turn, _founding: founding }
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory")
    }
}

#[async_trait]
impl UnitOfWorkFactory for InMemory {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let writing = self.wait_for_turn(organization).await;
        Ok(Box::new(Unit::new(self.clone(), organization, Some(writing))))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        Ok(Box::new(Unit::new(self.clone(), organization, None)))
    }
}

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use impersonation_domain::{
    ids::OrganizationId,
    ports::{RepositoryError, UnitOfWork, UnitOfWorkFactory},
};
use impersonation_memory::InMemory;
use impersonation_testkit::{
    serializability,
    store::{OpenStore, StoreFixture},
};

use crate::contract::Memory;

#[test]
fn r5_what_concurrent_use_cases_see_is_explained_by_some_order_of_them() {
    serializability::run(&Memory, "memory", 50);
}

/// A store that now and then reads from a state which was the current one a while ago: a cache.
struct Stale {
    store: InMemory,
    kept: Mutex<Option<Box<dyn UnitOfWork>>>,
}

#[async_trait]
impl UnitOfWorkFactory for Stale {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.store.begin(organization).await
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let (current, other) = (
            self.store.begin_read(organization).await?,
            self.store.begin_read(organization).await?,
        );
        let mut kept = self.kept.lock().unwrap();
        // Every other one gets what the one before it had.
        Ok(kept.take().unwrap_or_else(|| {
            *kept = Some(other);
            current
        }))
    }
}

struct StaleMemory;

#[async_trait]
impl StoreFixture for StaleMemory {
    async fn open(&self) -> Option<OpenStore> {
        let store = InMemory::new();
        Some(OpenStore {
            units: Arc::new(Stale { store: store.clone(), kept: Mutex::default() }),
            index: Arc::new(store),
            keep: Box::new(()),
        })
    }
}

#[test]
fn a_store_that_reads_from_a_cache_is_found_out() {
    let run = AssertUnwindSafe(|| serializability::run(&StaleMemory, "memory with a cache", 50));
    let told = catch_unwind(run).unwrap_err();
    let told = told.downcast_ref::<String>().unwrap();
    assert!(told.contains("no order explains what was seen"), "{told}");
}

//! What happens at the same time on two servers that share a database.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use impersonation_domain::{
    ids::OrganizationId,
    ports::{RepositoryError, UnitOfWork, UnitOfWorkFactory},
};
use impersonation_seaorm::Store;
use impersonation_testkit::{
    race_suite,
    store::{OpenStore, StoreFixture},
};

use crate::support::Opened;

/// Two servers, which are asked in turn: of two units of work that begin one after the other, each is
/// begun by another one.
struct TwoServers {
    servers: [Arc<Store>; 2],
    asked: AtomicUsize,
}

impl TwoServers {
    fn next(&self) -> &Store {
        let [one, other] = &self.servers;
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { one } else { other }
    }
}

#[async_trait]
impl UnitOfWorkFactory for TwoServers {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.next().begin(organization).await
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        // Not in turn, so that what only reads does not change who writes.
        self.servers[0].begin_read(organization).await
    }
}

async fn twice(opened: Opened) -> OpenStore {
    let second = Arc::new(Store::connect(&opened.settings).await.unwrap());
    let servers = [opened.store.clone(), second];
    let units = Arc::new(TwoServers { servers, asked: AtomicUsize::new(0) });
    OpenStore { units, index: opened.store.clone(), keep: Box::new(opened) }
}

struct Sqlite;

#[async_trait]
impl StoreFixture for Sqlite {
    async fn open(&self) -> Option<OpenStore> {
        Some(twice(Opened::sqlite().await).await)
    }
}

struct Postgres;

#[async_trait]
impl StoreFixture for Postgres {
    async fn open(&self) -> Option<OpenStore> {
        match Opened::postgres().await {
            Some(opened) => Some(twice(opened).await),
            None => None,
        }
    }
}

race_suite!(two_on_sqlite, Sqlite);
race_suite!(two_on_postgres, Postgres);

//! Databases of a test's own.

mod postgres;

use std::sync::Arc;

use async_trait::async_trait;
use impersonation_seaorm::{ConnectSettings, Store};
use impersonation_testkit::store::{OpenStore, StoreFixture};
use tempfile::TempDir;

pub(crate) use self::postgres::TestDatabase;

/// A SQLite file in a folder of its own.
pub(crate) struct Sqlite;

#[async_trait]
impl StoreFixture for Sqlite {
    async fn open(&self) -> Option<OpenStore> {
        let folder = TempDir::with_prefix("impersonation-test-").unwrap();
        let file = folder.path().join("store.db");
        let store = Store::connect(&ConnectSettings::new(file.to_str().unwrap())).await.unwrap();
        store.migrate().await.unwrap();
        Some(open(store, folder))
    }
}

/// A database on the PostgreSQL server of the tests, if there is one.
pub(crate) struct Postgres;

#[async_trait]
impl StoreFixture for Postgres {
    async fn open(&self) -> Option<OpenStore> {
        let database = TestDatabase::migrated().await?;
        let store = database.connect().await;
        Some(open(store, database))
    }
}

fn open(store: Store, keep: impl Send + 'static) -> OpenStore {
    let store = Arc::new(store);
    OpenStore { units: store.clone(), index: store, keep: Box::new(keep) }
}

//! Databases of a test's own.

mod postgres;

use std::{any::Any, sync::Arc};

use async_trait::async_trait;
use impersonation_domain::ports::UnitOfWorkFactory;
use impersonation_seaorm::{ConnectSettings, Store};
use impersonation_testkit::{
    store::{OpenStore, StoreFixture},
    world::World,
};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend, QueryResult, Statement};
use tempfile::TempDir;

use self::postgres::TestDatabase;
pub(crate) use self::postgres::run;

/// A SQLite file in a folder of its own.
pub(crate) struct Sqlite;

#[async_trait]
impl StoreFixture for Sqlite {
    async fn open(&self) -> Option<OpenStore> {
        Some(Opened::sqlite().await.into_contract())
    }
}

/// A database on the PostgreSQL server of the tests, if there is one.
pub(crate) struct Postgres;

#[async_trait]
impl StoreFixture for Postgres {
    async fn open(&self) -> Option<OpenStore> {
        Opened::postgres().await.map(Opened::into_contract)
    }
}

/// A database of a test's own.
pub(crate) struct Opened {
    /// The store in it.
    pub(crate) store: Arc<Store>,
    /// How it was reached, for another one like it.
    pub(crate) settings: ConnectSettings,
    keep: Box<dyn Any + Send>,
}

impl Opened {
    /// A SQLite file with the schema.
    pub(crate) async fn sqlite() -> Self {
        let opened = Self::empty_sqlite().await;
        opened.store.migrate().await.unwrap();
        opened
    }

    /// A SQLite file with nothing in it.
    pub(crate) async fn empty_sqlite() -> Self {
        let folder = TempDir::with_prefix("impersonation-test-").unwrap();
        let settings = ConnectSettings::new(folder.path().join("store.db").to_str().unwrap());
        Self::open(settings, folder).await
    }

    /// A PostgreSQL database with the schema.
    pub(crate) async fn postgres() -> Option<Self> {
        let database = TestDatabase::migrated().await?;
        Some(Self::open(database.settings(), database).await)
    }

    /// A PostgreSQL database with nothing in it.
    pub(crate) async fn empty_postgres() -> Option<Self> {
        let database = TestDatabase::empty().await?;
        Some(Self::open(database.settings(), database).await)
    }

    async fn open(settings: ConnectSettings, keep: impl Send + 'static) -> Self {
        let store = Arc::new(Store::connect(&settings).await.unwrap());
        Self { store, settings, keep: Box::new(keep) }
    }

    fn into_contract(self) -> OpenStore {
        OpenStore { units: self.store.clone(), index: self.store, keep: self.keep }
    }

    /// The store's units of work.
    pub(crate) fn units(&self) -> Arc<dyn UnitOfWorkFactory> {
        self.store.clone()
    }

    /// An organization on Enterprise.
    pub(crate) async fn world(&self) -> World {
        World::enterprise(self.units()).await
    }

    /// Whether this is SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        !self.settings.url.starts_with("postgres")
    }

    /// A connection past the store, as another program would have one.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        let url = if self.is_sqlite() {
            format!("sqlite://{}", self.settings.url)
        } else {
            self.settings.url.clone()
        };
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.unwrap()
    }

    /// A connection past the store on which no constraint and no trigger holds.
    pub(crate) async fn raw_without_constraints(&self) -> DatabaseConnection {
        let raw = self.raw().await;
        if self.is_sqlite() {
            run(&raw, "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF").await;
            for name in ["keep", "stay", "once"] {
                run(&raw, &format!("DROP TRIGGER audit_events_{name}")).await;
            }
        } else {
            run(&raw, "SET session_replication_role = replica").await;
            let constraints = "SELECT conrelid::regclass::text AS \"table\", conname AS name \
                FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace";
            for row in rows(&raw, constraints).await {
                let table: String = row.try_get("", "table").unwrap();
                let name: String = row.try_get("", "name").unwrap();
                run(&raw, &format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await;
            }
        }
        raw
    }
}

/// What a query finds.
pub(crate) async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    use sea_orm::ConnectionTrait as _;
    let backend: DbBackend = connection.get_database_backend();
    connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap()
}

/// Makes a test of each case on each database.
macro_rules! on_both {
    ($($case:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(crate::support::Opened::sqlite().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    match crate::support::Opened::postgres().await {
                        Some(opened) => super::$case(opened).await,
                        None => println!("skipped: there is no PostgreSQL server here"),
                    }
                }
            )+
        }
    };
}

pub(crate) use on_both;

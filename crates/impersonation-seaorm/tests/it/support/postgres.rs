//! Databases on the PostgreSQL server that `IMP_TEST_PG` names.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use impersonation_seaorm::{ConnectSettings, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tokio::runtime::Builder;

/// The name of the one database whose schema is made by migrations; the others are copies of it.
/// Another schema has another name, should the server outlive it.
fn template() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migration");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file).unwrap().hash(&mut hasher);
    }
    format!("impersonation_test_template_{:x}", hasher.finish())
}

/// A database of a test's own, dropped at its end.
pub(crate) struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// An empty database; `None` without a server, unless `IMP_REQUIRE_PG` is 1.
    pub(crate) async fn empty() -> Option<Self> {
        let admin = Self::admin().await?;
        Some(Self::make(&admin, "template1").await)
    }

    /// A database with the schema; `None` without a server, unless `IMP_REQUIRE_PG` is 1.
    pub(crate) async fn migrated() -> Option<Self> {
        let admin = Self::admin().await?;
        // Every test is a process of its own: whoever comes first makes the template.
        run(&admin, "SELECT pg_advisory_lock(7238120449321003)").await;
        let template = template();
        make_template(&admin, &template).await;
        let database = Self::make(&admin, &template).await;
        run(&admin, "SELECT pg_advisory_unlock(7238120449321003)").await;
        Some(database)
    }

    async fn admin() -> Option<DatabaseConnection> {
        let Ok(url) = env::var("IMP_TEST_PG") else {
            let required = env::var("IMP_REQUIRE_PG").is_ok_and(|value| value == "1");
            assert!(!required, "IMP_REQUIRE_PG is 1, but IMP_TEST_PG names no PostgreSQL server");
            return None;
        };
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Some(Database::connect(options).await.expect("the PostgreSQL server of the tests answers"))
    }

    async fn make(admin: &DatabaseConnection, template: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "impersonation_test_{}_{}",
            process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        run(admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { name }
    }

    /// How it is reached. The server of the tests may be one that does not wait for the disk.
    pub(crate) fn settings(&self) -> ConnectSettings {
        settings(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A thread of its own: this one may be inside a runtime.
        let dropped = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = Self::admin().await.unwrap();
                run(&admin, &drop).await;
            });
        });
        dropped.join().unwrap();
    }
}

fn settings(database: &str) -> ConnectSettings {
    ConnectSettings {
        allow_unsafe_durability: true,
        max_connections: 4,
        ..ConnectSettings::new(url_of(database))
    }
}

/// The address of another database on the server.
fn url_of(database: &str) -> String {
    let url = env::var("IMP_TEST_PG").unwrap();
    let (address, options) =
        url.split_once('?').map_or((url.as_str(), String::new()), |(address, options)| {
            (address, format!("?{options}"))
        });
    let (server, _) = address.rsplit_once('/').expect("the address ends with a database");
    format!("{server}/{database}{options}")
}

/// Makes the template, unless it is there.
async fn make_template(admin: &DatabaseConnection, template: &str) {
    let query = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
    let query = Statement::from_string(DbBackend::Postgres, query);
    if admin.query_one_raw(query).await.unwrap().is_none() {
        run(admin, &format!("CREATE DATABASE {template}")).await;
        let store = Store::connect(&settings(template)).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await.unwrap();
    }
}

/// Runs a statement.
pub(crate) async fn run(connection: &DatabaseConnection, sql: &str) {
    connection.execute_unprepared(sql).await.unwrap();
}

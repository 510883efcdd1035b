//! The schema, made step by step. Both databases get the same tables from the same text.

mod ddl;
mod m0001_directory;
mod m0002_grants;
mod m0003_login_sessions;
mod m0004_messages;
mod m0005_credentials;
mod m0006_audit;

use async_trait::async_trait;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Every migration, in order. A released one is never changed again.
pub(crate) struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_directory::Migration),
            Box::new(m0002_grants::Migration),
            Box::new(m0003_login_sessions::Migration),
            Box::new(m0004_messages::Migration),
            Box::new(m0005_credentials::Migration),
            Box::new(m0006_audit::Migration),
        ]
    }
}

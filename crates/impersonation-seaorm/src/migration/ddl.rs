//! One text of the schema for both databases: `{id}`, `{text}`, `{number}`, `{bytes}` and `{options}`
//! stand for what differs.
//!
//! - Identifiers are 16 bytes, compared byte by byte: `uuid` on PostgreSQL, `BLOB` on SQLite.
//! - Texts are compared byte by byte: `COLLATE "C"` on PostgreSQL, as always on SQLite.
//! - Moments are microseconds since 1970, switches 0 or 1, both in 64-bit numbers.
//! - SQLite's tables are `STRICT`: they take no value of another type.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::SchemaManager;

/// Runs a text of the schema.
pub(super) async fn run(manager: &SchemaManager<'_>, text: &str) -> Result<(), DbErr> {
    let (id, collated, number, bytes, options) = match manager.get_database_backend() {
        DbBackend::Sqlite => ("BLOB", "TEXT", "INTEGER", "BLOB", " STRICT"),
        _ => ("uuid", "text COLLATE \"C\"", "bigint", "bytea", ""),
    };
    let sql = text
        .replace("{id}", id)
        .replace("{text}", collated)
        .replace("{number}", number)
        .replace("{bytes}", bytes)
        .replace("{options}", options);
    run_as_is(manager, &sql).await
}

/// Runs a text that belongs to one of the two databases.
pub(super) async fn run_as_is(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await?;
    Ok(())
}

/// Makes a migration of a text of the schema. There is no way back: a backup is.
macro_rules! migration {
    ($text:expr) => {
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[expect(
            elided_lifetimes_in_paths,
            reason = "as in the trait: with the lifetime written out the signatures differ"
        )]
        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm::DbErr> {
                super::ddl::run(manager, $text).await
            }

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}

pub(super) use migration;

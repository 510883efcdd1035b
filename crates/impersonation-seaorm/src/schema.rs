//! Where the schema stands, and bringing it up to date.

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sea_query::{Query, SelectStatement},
};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use crate::{error::SchemaError, migration::Migrator};

const BOOK: &str = "seaql_migrations";

/// How the schema of a database relates to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// It is just what this program needs.
    Current,
    /// Migrations are still to be applied: these.
    Pending(Vec<String>),
    /// A newer program has applied migrations that this one does not know: these. Nothing may be
    /// read or written.
    Newer(Vec<String>),
}

/// Where the schema stands. Nothing is written.
pub(crate) async fn state(connection: &DatabaseConnection) -> Result<SchemaState, SchemaError> {
    let transaction = connection.begin().await?;
    let state = state_within(&transaction).await?;
    transaction.rollback().await?;
    Ok(state)
}

async fn state_within(transaction: &DatabaseTransaction) -> Result<SchemaState, SchemaError> {
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = applied(transaction).await?;
    let unknown: Vec<String> =
        applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    let pending: Vec<String> = known.into_iter().filter(|name| !applied.contains(name)).collect();
    Ok(match (unknown.is_empty(), pending.is_empty()) {
        (false, _) => SchemaState::Newer(unknown),
        (true, false) => SchemaState::Pending(pending),
        (true, true) => SchemaState::Current,
    })
}

async fn applied(transaction: &DatabaseTransaction) -> Result<Vec<String>, DbErr> {
    if !SchemaManager::new(transaction).has_table(BOOK).await? {
        return Ok(Vec::new());
    }
    let query: SelectStatement = Query::select().column("version").from(BOOK).take();
    let rows = transaction.query_all(&query).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

/// Applies what is pending, all of it or nothing. Whoever else wants to do so waits, and then finds
/// nothing left to do.
pub(crate) async fn migrate(connection: &DatabaseConnection) -> Result<(), SchemaError> {
    let transaction = connection
        .begin_with_options(TransactionOptions {
            isolation_level: None,
            access_mode: None::<AccessMode>,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Others may take long, and so may we.
        transaction
            .execute_unprepared(
                "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
                 SELECT pg_advisory_xact_lock(7238120449321001)",
            )
            .await?;
    }
    if let SchemaState::Newer(unknown) = state_within(&transaction).await? {
        return Err(SchemaError::Newer(unknown.join(", ")));
    }
    Migrator::up(&transaction, None).await?;
    transaction.commit().await?;
    Ok(())
}

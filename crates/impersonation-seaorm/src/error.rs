//! What can go wrong, and what the domain is told of it.

use std::{error::Error as StdError, io};

use impersonation_domain::ports::{Constraint, RepositoryError};
use sea_orm::{DbErr, SqlErr};
use thiserror::Error;

/// Why a database could not be opened.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The address is none. It is not repeated, as it may hold a password.
    #[error(
        "the database address cannot be read; use `postgres://…`, `sqlite://…` or the path of a file"
    )]
    Address(#[source] Box<dyn StdError + Send + Sync>),
    /// The kind of database is another one.
    #[error(
        "`{0}` databases are not supported; use `postgres://…`, `sqlite://…` or the path of a file"
    )]
    UnknownKind(String),
    /// The database cannot be reached or does not let us in.
    #[error("the database cannot be opened")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// The file of the database cannot be made.
    #[error("the file of the database cannot be made; does its folder exist?")]
    File(#[source] io::Error),
    /// The database may lose what it has acknowledged.
    #[error(
        "`{setting}` is `{found}` where `{needed}` is needed: the database could lose or corrupt what \
         it has acknowledged"
    )]
    UnsafeDurability {
        /// Which setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        needed: &'static str,
    },
    /// The database is a standby, which may be behind.
    #[error("the PostgreSQL server is a standby; connect to the primary")]
    Standby,
}

impl From<DbErr> for ConnectError {
    fn from(error: DbErr) -> Self {
        Self::Unreachable(Box::new(error))
    }
}

/// Why the schema could not be read or brought up to date.
#[derive(Debug, Error)]
pub enum SchemaError {
    /// A newer program has changed the schema.
    #[error(
        "the database has the migration `{0}`, which this program does not know; use the newer program"
    )]
    Newer(String),
    /// The schema is older than the program.
    #[error("the database lacks the migration `{0}`; migrate it first")]
    Pending(String),
    /// The database failed.
    #[error("the schema cannot be read or changed")]
    Database(#[source] Box<dyn StdError + Send + Sync>),
}

impl From<DbErr> for SchemaError {
    fn from(error: DbErr) -> Self {
        Self::Database(Box::new(error))
    }
}

/// What the domain is told of a failure.
pub(crate) fn repository(error: DbErr) -> RepositoryError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => RepositoryError::Duplicate(Constraint::Other),
        _ => RepositoryError::unavailable(error),
    }
}

/// How a statement within a transaction went wrong.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It was answered, and the transaction is sound.
    Refused(RepositoryError),
    /// It failed, and the transaction with it.
    Failed(RepositoryError),
}

impl From<RepositoryError> for Fault {
    fn from(error: RepositoryError) -> Self {
        Self::Refused(error)
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self::Failed(repository(error))
    }
}

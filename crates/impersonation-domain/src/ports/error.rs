//! What can go wrong in a store.

use std::error::Error as StdError;

use thiserror::Error;

/// A rule of uniqueness that the store itself enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// One user that is not removed for each (organization, email).
    UserEmail,
    /// One role for each (organization, name).
    RoleName,
    /// One channel for each (organization, name).
    ChannelName,
    /// One grant for each (organization, grantor, grantee).
    GrantPair,
    /// Anything else.
    Other,
}

/// A store could not do what it was asked. Whoever gets one has not been permitted anything.
#[derive(Debug, Error)]
pub enum RepositoryError {
    /// A row cannot be read back as what it should be.
    #[error("row `{id}` of `{table}` has an unreadable `{column}`")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        id: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A rule of uniqueness would be broken.
    #[error("the store refused a duplicate ({0:?})")]
    Duplicate(Constraint),
    /// The row is no longer in the version that the change was made from.
    #[error("the row has been changed meanwhile")]
    Stale,
    /// The store cannot be reached, or failed.
    #[error("the store failed")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

impl RepositoryError {
    /// A corrupt row, for this reason.
    pub fn corrupt(
        table: &'static str,
        column: &'static str,
        id: &impl ToString,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Corrupt { table, column, id: id.to_string(), source: source.into() }
    }

    /// A store that failed, for this reason.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

//! How to reach a database.

use std::{fmt, time::Duration};

use crate::observer::StatementObserver;

/// Which database to open, and how.
#[derive(Clone)]
pub struct ConnectSettings {
    /// Where it is.
    ///
    /// - `postgres://user:password@host/database`
    /// - `sqlite://path/to/file.db?mode=rwc`; without `mode=rwc` the file must exist
    /// - `path/to/file.db`: a SQLite file, made where there is none
    /// - `sqlite::memory:`: a throw-away SQLite file, deleted with the last clone of the store
    pub url: String,
    /// How many connections there are at most, at least 2; 8 by default. On SQLite one of them
    /// writes and the others read; on PostgreSQL each half has one purpose.
    pub max_connections: u32,
    /// How long a unit of work waits for its turn before the store counts as unavailable; 10
    /// seconds by default.
    pub acquire_timeout: Duration,
    /// How long to wait for a lock that another process holds; 5 seconds by default.
    pub lock_timeout: Duration,
    /// How long a statement, or a commit, may take on PostgreSQL before the store counts as
    /// unavailable and PostgreSQL gives it up; 10 seconds by default. So long a transaction whose
    /// server has vanished may keep others waiting. What became of a commit is then not known.
    pub statement_timeout: Duration,
    /// Accepts a database that may lose what it has acknowledged when the power fails, with a
    /// warning. For tests, never for a service.
    pub allow_unsafe_durability: bool,
    /// Is told of each statement.
    pub observer: Option<StatementObserver>,
}

impl ConnectSettings {
    /// The settings for this address, else by default.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 8,
            acquire_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            allow_unsafe_durability: false,
            observer: None,
        }
    }
}

impl fmt::Debug for ConnectSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        let Self {
            url: _,
            max_connections,
            acquire_timeout,
            lock_timeout,
            statement_timeout,
            allow_unsafe_durability,
            observer,
        } = self;
        f.debug_struct("ConnectSettings")
            .field("max_connections", max_connections)
            .field("acquire_timeout", acquire_timeout)
            .field("lock_timeout", lock_timeout)
            .field("statement_timeout", statement_timeout)
            .field("allow_unsafe_durability", allow_unsafe_durability)
            .field("observer", observer)
            .finish_non_exhaustive()
    }
}

//! The store: connections, and the transactions that are begun on them.

mod durability;
mod postgres;
mod sqlite;
pub(crate) mod turns;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use impersonation_domain::{
    ids::OrganizationId,
    ports::{RepositoryError, UnitOfWork, UnitOfWorkFactory},
};
use sea_orm::{ConnectionTrait as _, DbBackend};
use tempfile::TempDir;

use self::turns::Turns;
use crate::{
    bounded::Pool,
    error::{self, ConnectError, SchemaError},
    schema::{self, SchemaState},
    settings::ConnectSettings,
    unit::Unit,
};

/// A database of organizations. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    connections: Arc<Connections>,
}

/// What the clones of a store share.
struct Connections {
    /// For what only reads.
    reader: Pool,
    /// For what writes.
    writer: Pool,
    /// Who may write next, on PostgreSQL.
    turns: Turns,
    acquire_timeout: Duration,
    /// The folder of a throw-away database. It goes last.
    _throw_away: Option<TempDir>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.connections.reader.get_database_backend())
    }
}

impl Store {
    /// Opens a database. Its schema may still have to be [migrated](Self::migrate).
    ///
    /// # Errors
    /// [`ConnectError`]: among others for a database that may lose what it has acknowledged.
    pub async fn connect(settings: &ConnectSettings) -> Result<Self, ConnectError> {
        let url = settings.url.as_str();
        let (mut reader, mut writer, throw_away) = match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => {
                let (reader, writer) = postgres::connect(settings).await?;
                (reader, writer, None)
            }
            Some((kind, rest)) if kind != "sqlite" && rest.starts_with("//") => {
                return Err(ConnectError::UnknownKind(kind.to_owned()));
            }
            _ => sqlite::connect(settings).await?,
        };
        if let Some(observer) = &settings.observer {
            observer.watch(reader.inner_mut());
            observer.watch(writer.inner_mut());
        }
        let connections = Connections {
            reader,
            writer,
            turns: Turns::default(),
            acquire_timeout: settings.acquire_timeout,
            _throw_away: throw_away,
        };
        Ok(Self { connections: Arc::new(connections) })
    }

    /// Brings the schema up to date: all of it, or nothing. Several servers may do so at once.
    ///
    /// # Errors
    /// [`SchemaError::Newer`] where a newer program has been here.
    pub async fn migrate(&self) -> Result<(), SchemaError> {
        schema::migrate(self.connections.writer.inner()).await
    }

    /// Where the schema stands. Nothing is changed.
    ///
    /// # Errors
    /// [`SchemaError::Database`].
    pub async fn schema_state(&self) -> Result<SchemaState, SchemaError> {
        let reader = &self.connections.reader;
        reader.bound(schema::state(reader.inner())).await
    }

    /// Makes sure that the schema is just what this program needs.
    ///
    /// # Errors
    /// [`SchemaError`] where it is not.
    pub async fn require_current_schema(&self) -> Result<(), SchemaError> {
        match self.schema_state().await? {
            SchemaState::Current => Ok(()),
            SchemaState::Pending(names) => Err(SchemaError::Pending(names.join(", "))),
            SchemaState::Newer(names) => Err(SchemaError::Newer(names.join(", "))),
        }
    }

    /// What the database finds wrong with its own file, where it can be asked: SQLite is, for
    /// damage, for indexes that do not fit their tables, and for rows that point nowhere. It reads
    /// everything. Nothing is found in a sound file, and never on PostgreSQL.
    ///
    /// # Errors
    /// [`RepositoryError::Unavailable`], also for a file that is damaged too much to be asked.
    pub async fn damage(&self) -> Result<Vec<String>, RepositoryError> {
        match self.connections.reader.get_database_backend() {
            DbBackend::Sqlite => sqlite::damage(&self.connections.reader).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Closes all connections, once the units of work on them have ended. Nothing can be begun any
    /// more.
    ///
    /// # Errors
    /// [`RepositoryError::Unavailable`].
    pub async fn close(&self) -> Result<(), RepositoryError> {
        self.connections.reader.inner().close_by_ref().await.map_err(error::repository)?;
        self.connections.writer.inner().close_by_ref().await.map_err(error::repository)
    }

    pub(crate) fn reader(&self) -> &Pool {
        &self.connections.reader
    }
}

#[async_trait]
impl UnitOfWorkFactory for Store {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let Connections { writer, turns, acquire_timeout, .. } = &*self.connections;
        let unit: Unit = match writer.get_database_backend() {
            DbBackend::Sqlite => sqlite::begin(writer, organization).await?,
            _ => {
                let turn = turns.wait(organization, *acquire_timeout).await?;
                postgres::begin(writer, organization, turn).await?
            }
        };
        #[cfg(planted)]
        let unit = unit.on(writer);
        Ok(Box::new(unit))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let reader = &self.connections.reader;
        let unit = match reader.get_database_backend() {
            DbBackend::Sqlite => sqlite::begin_read(reader, organization).await?,
            _ => postgres::begin_read(reader, organization).await?,
        };
        Ok(Box::new(unit))
    }
}

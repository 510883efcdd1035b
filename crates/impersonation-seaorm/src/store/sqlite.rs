//! SQLite: one connection that writes, several that read.

#[cfg(test)]
mod power_cut;

use std::{fs::OpenOptions, io, path::Path, str::FromStr};

use impersonation_domain::{ids::OrganizationId, ports::RepositoryError};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TryGetable,
    sqlx::{
        self, ConnectOptions as _, Connection,
        pool::PoolOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use tempfile::TempDir;

use super::durability;
use crate::{
    bounded::{Bounded, Pool},
    error::{self, ConnectError},
    settings::ConnectSettings,
    unit::{Lock, Unit, read_head},
};

/// A reader, a writer, and the folder of a throw-away database.
pub(super) async fn connect(
    settings: &ConnectSettings,
) -> Result<(Pool, Pool, Option<TempDir>), ConnectError> {
    let (options, throw_away) = options(settings)?;
    // The writer first: it makes the file and puts it into WAL mode.
    let writer = open(settings, options.clone(), 1).await?;
    let readers = settings.max_connections.saturating_sub(1).max(1);
    let reader = open(settings, options.pragma("query_only", "ON"), readers).await?;
    Ok((Bounded::unbounded(reader), Bounded::unbounded(writer), throw_away))
}

fn options(
    settings: &ConnectSettings,
) -> Result<(SqliteConnectOptions, Option<TempDir>), ConnectError> {
    let url = settings.url.as_str();
    let (options, throw_away) = if matches!(url, "sqlite::memory:" | "sqlite://:memory:") {
        let folder = TempDir::with_prefix("impersonation-").map_err(ConnectError::File)?;
        let file = folder.path().join("store.db");
        (SqliteConnectOptions::new().filename(file).create_if_missing(true), Some(folder))
    } else if url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| ConnectError::Address(error.into()))?;
        (options, None)
    } else {
        (SqliteConnectOptions::new().filename(url).create_if_missing(true), None)
    };
    if !url.starts_with("sqlite:") || url.contains("mode=rwc") {
        make_file(options.get_filename()).map_err(ConnectError::File)?;
    }
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(settings.lock_timeout)
        .disable_statement_logging();
    #[cfg(planted)]
    let options = match impersonation_domain::planted::Bug::SynchronousNormal.is_active() {
        true => options.synchronous(SqliteSynchronous::Normal),
        false => options,
    };
    Ok((options, throw_away))
}

/// Makes the file, where there is none, for its owner alone: it will hold hashes of passwords. The
/// files that SQLite puts beside it are as this one.
fn make_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn open(
    settings: &ConnectSettings,
    options: SqliteConnectOptions,
    connections: u32,
) -> Result<DatabaseConnection, ConnectError> {
    // The address here only names the kind of database: what counts are the options.
    let mut connect = ConnectOptions::new("sqlite:store");
    connect
        .max_connections(connections)
        .acquire_timeout(settings.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |_| options.clone())
        .map_sqlx_sqlite_pool_opts(pool_options);
    let connection = Database::connect(connect).await?;
    check(&connection, settings.allow_unsafe_durability).await?;
    Ok(connection)
}

fn pool_options(pool: PoolOptions<sqlx::Sqlite>) -> PoolOptions<sqlx::Sqlite> {
    // A full disk may end a transaction without the driver noticing. Such a connection is not used
    // again.
    pool.test_before_acquire(false).idle_timeout(None).max_lifetime(None).after_release(
        |connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        },
    )
}

/// Reads back what makes the database safe.
async fn check(connection: &DatabaseConnection, unsafe_is_fine: bool) -> Result<(), ConnectError> {
    let journal_mode = pragma::<String>(connection, "journal_mode").await?.to_ascii_lowercase();
    let synchronous = pragma::<i64>(connection, "synchronous").await?.to_string();
    #[cfg(planted)]
    let synchronous = match impersonation_domain::planted::Bug::SynchronousNormal.is_active() {
        true => "2".to_owned(),
        false => synchronous,
    };
    let foreign_keys = pragma::<i64>(connection, "foreign_keys").await?.to_string();
    durability::require("journal_mode", journal_mode, &["wal"], unsafe_is_fine)?;
    durability::require("synchronous", synchronous, &["2", "3"], unsafe_is_fine)?;
    durability::require("foreign_keys", foreign_keys, &["1"], unsafe_is_fine)
}

async fn pragma<T: TryGetable>(connection: &DatabaseConnection, name: &str) -> Result<T, DbErr> {
    let query = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {name}"));
    let row = connection.query_one_raw(query).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(name.to_owned()))?.try_get_by_index(0)
}

/// What SQLite finds wrong with the file.
///
/// Both questions go to one connection, and in this order: `foreign_key_check` goes through the
/// tables that the connection has last seen, which may be none, and does not look whether there are
/// others by now; `integrity_check` does.
pub(super) async fn damage(reader: &Pool) -> Result<Vec<String>, RepositoryError> {
    let transaction = reader.begin().await.map_err(error::repository)?;
    let ask = async |question: &str| {
        transaction.query_all_raw(Statement::from_string(DbBackend::Sqlite, question)).await
    };
    let mut found = Vec::new();
    for row in ask("PRAGMA integrity_check").await.map_err(error::repository)? {
        let said: String = row.try_get_by_index(0).map_err(error::repository)?;
        found.extend((said != "ok").then_some(said));
    }
    for row in ask("PRAGMA foreign_key_check").await.map_err(error::repository)? {
        let table: String = row.try_get_by_index(0).map_err(error::repository)?;
        found.push(format!("a row of `{table}` points to one that is not there"));
    }
    Ok(found)
}

/// Begins a unit of work that writes: no other does, in this process or another.
pub(super) async fn begin(
    writer: &Pool,
    organization: OrganizationId,
) -> Result<Unit, RepositoryError> {
    let mode = SqliteTransactionMode::Immediate;
    #[cfg(planted)]
    let mode = match impersonation_domain::planted::Bug::SqliteDeferred.is_active() {
        true => SqliteTransactionMode::Deferred,
        false => mode,
    };
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(mode), ..TransactionOptions::default() };
    let transaction = writer.begin_with(options).await.map_err(error::repository)?;
    let head = read_head(&transaction, organization, Lock::Nothing).await?;
    Ok(Unit::writing(transaction, organization, head, None))
}

/// Begins a unit of work that only reads. Its first read, here, fixes what it sees.
pub(super) async fn begin_read(
    reader: &Pool,
    organization: OrganizationId,
) -> Result<Unit, RepositoryError> {
    let transaction = reader.begin().await.map_err(error::repository)?;
    let head = read_head(&transaction, organization, Lock::Nothing).await?;
    Ok(Unit::reading(transaction, organization, head))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use impersonation_domain::ports::{RepositoryError, UnitOfWorkFactory as _};
    use impersonation_testkit::world::World;

    use super::*;
    use crate::store::{Connections, Store, turns::Turns};

    /// A store whose writer may use only so many pages, and one like any other on the same file.
    async fn small_and_large(folder: &TempDir) -> (Store, Store) {
        let file = folder.path().join("store.db").display().to_string();
        let settings = ConnectSettings::new(file);
        let large = Store::connect(&settings).await.unwrap();
        large.migrate().await.unwrap();
        let (few_pages, _) = options(&settings).unwrap();
        let few_pages = few_pages.pragma("max_page_count", "120");
        let writer = open(&settings, few_pages, 1).await.unwrap();
        let connections = Connections {
            reader: Bounded::unbounded(large.reader().inner().clone()),
            writer: Bounded::unbounded(writer),
            turns: Turns::default(),
            acquire_timeout: settings.acquire_timeout,
            _throw_away: None,
        };
        (Store { connections: Arc::new(connections) }, large)
    }

    #[tokio::test]
    async fn p1_every_connection_waits_for_the_disk() {
        let settings = ConnectSettings::new("sqlite::memory:");
        let (reader, writer, _folder) = connect(&settings).await.unwrap();
        for connection in [&reader, &writer] {
            assert_eq!(
                pragma::<i64>(connection.inner(), "synchronous").await.unwrap(),
                2,
                "2 is FULL"
            );
        }
    }

    #[tokio::test]
    async fn p4_a_full_disk_fails_what_needs_room_and_nothing_after_it() {
        let folder = TempDir::with_prefix("impersonation-test-").unwrap();
        let (small, large) = small_and_large(&folder).await;
        let world = World::enterprise(Arc::new(large)).await;
        let cramped = World { units: Arc::new(small.clone()), ..world.clone() };
        for _ in 0..3 {
            let before = world.read(async |unit| unit.audit_log().head().await).await;
            let filled = cramped
                .attempt(async |unit| {
                    for number in 0..1000 {
                        let address = format!("{}{number}@acme.example", "x".repeat(40));
                        let user = cramped.new_user(&"X".repeat(100), &address);
                        unit.directory_store().save_user(user).await?;
                    }
                    Ok(())
                })
                .await;
            assert!(matches!(filled, Err(RepositoryError::Unavailable(_))), "{filled:?}");
            let after = world.read(async |unit| unit.audit_log().head().await).await;
            assert_eq!(after, before, "nothing is left of it");
            // The very same store goes on, with what still has room.
            let mut unit = small.begin(world.organization).await.unwrap();
            assert!(unit.directory().organization().await.unwrap().is_some());
            drop(unit);
            cramped.user(&format!("Ben {}", before.sequence)).await;
        }
        world.user("Cleo").await;
    }
}

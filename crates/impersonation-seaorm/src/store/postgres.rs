//! PostgreSQL.

use std::{io, str::FromStr, time::Duration};

use impersonation_domain::{ids::OrganizationId, ports::RepositoryError};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{
        self, ConnectOptions as _, Connection as _, PgConnection, Postgres, pool::PoolOptions,
        postgres::PgConnectOptions,
    },
};
use tokio::time::timeout;

use super::{durability, turns::Turn};
use crate::{
    bounded::{Bounded, Pool, Transaction},
    error::{self, ConnectError},
    settings::ConnectSettings,
    unit::{Lock, Unit, read_head},
};

/// How long a connection may have been idle before it is asked whether it still works.
const ASK_AFTER: Duration = Duration::from_secs(5);
/// How long it may take to answer that, and to become free for others.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How much longer than PostgreSQL itself is to work on a statement its answer is waited for.
const GRACE: Duration = Duration::from_secs(1);

/// A reader and a writer, each with connections of its own: what is read does not keep a revocation
/// waiting.
pub(super) async fn connect(settings: &ConnectSettings) -> Result<(Pool, Pool), ConnectError> {
    let options = options(settings)?;
    // Said once for each connection, not for each transaction.
    let read_only = options.clone().options([
        ("default_transaction_isolation", "repeatable read"),
        ("default_transaction_read_only", "on"),
    ]);
    let writers = settings.max_connections.div_ceil(2).max(1);
    let readers = settings.max_connections.saturating_sub(writers).max(1);
    let writer = open(settings, options, writers).await?;
    let reader = open(settings, read_only, readers).await?;
    let bounded = |pool| {
        let statement = settings.statement_timeout.saturating_add(GRACE);
        Bounded::new(pool, settings.acquire_timeout, statement)
    };
    Ok((bounded(reader), bounded(writer)))
}

fn options(settings: &ConnectSettings) -> Result<PgConnectOptions, ConnectError> {
    let milliseconds = |duration: Duration| duration.as_millis().to_string();
    let options = PgConnectOptions::from_str(&settings.url)
        .map_err(|error| ConnectError::Address(error.into()))?
        .options([
            ("lock_timeout", milliseconds(settings.lock_timeout)),
            ("statement_timeout", milliseconds(settings.statement_timeout)),
            // One whose server has vanished must not keep its organization locked.
            ("idle_in_transaction_session_timeout", milliseconds(settings.statement_timeout)),
        ])
        .disable_statement_logging();
    Ok(options)
}

async fn open(
    settings: &ConnectSettings,
    options: PgConnectOptions,
    connections: u32,
) -> Result<DatabaseConnection, ConnectError> {
    // The address here only names the kind of database: what counts are the options, and no trace
    // can show a password.
    let mut connect = ConnectOptions::new("postgres://store");
    connect
        .max_connections(connections)
        .acquire_timeout(settings.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(move |_| options.clone())
        .map_sqlx_postgres_pool_opts(pool_options);
    let connection = Database::connect(connect).await?;
    check(&connection, settings.allow_unsafe_durability).await?;
    Ok(connection)
}

/// Connections that do not answer leave the pool, which would wait for them without end.
fn pool_options(pool: PoolOptions<Postgres>) -> PoolOptions<Postgres> {
    pool.test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for >= ASK_AFTER {
                    answers(connection).await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move { answers(connection).await.map(|()| true) })
        })
}

/// Waits for an answer to nothing in particular: by then also an unfinished transaction is rolled
/// back.
async fn answers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let silent = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    timeout(ANSWER_WITHIN, connection.ping()).await.map_err(silent)?
}

/// Reads what makes the database safe.
async fn check(connection: &DatabaseConnection, unsafe_is_fine: bool) -> Result<(), ConnectError> {
    let query = "SELECT current_setting('fsync') AS fsync, \
        current_setting('synchronous_commit') AS synchronous_commit, \
        current_setting('full_page_writes') AS full_page_writes, \
        pg_is_in_recovery() AS is_standby";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("settings".to_owned()))?;
    if row.try_get::<bool>("", "is_standby")? {
        return Err(ConnectError::Standby);
    }
    // `remote_apply` waits for the standbys as well.
    for (setting, needed) in [
        ("fsync", &["on"][..]),
        ("synchronous_commit", &["on", "remote_apply"]),
        ("full_page_writes", &["on"]),
    ] {
        durability::require(setting, row.try_get("", setting)?, needed, unsafe_is_fine)?;
    }
    Ok(())
}

/// Begins a unit of work that writes. It waits until no other one on the organization is left, on
/// any server.
pub(super) async fn begin(
    writer: &Pool,
    organization: OrganizationId,
    turn: Turn,
) -> Result<Unit, RepositoryError> {
    let transaction = writer.begin().await.map_err(error::repository)?;
    #[cfg(planted)]
    if impersonation_domain::planted::Bug::HeadBeforeLock.is_active() {
        let head = read_head(&transaction, organization, Lock::Nothing).await?;
        return Ok(Unit::writing(transaction, organization, head, Some(turn)));
    }
    let mut head = read_head(&transaction, organization, Lock::Row).await?;
    if head.is_none() {
        // It does not exist yet, and there is no row to lock. Whoever waited here for another maker
        // looks once more.
        wait_for_makers(&transaction).await?;
        head = read_head(&transaction, organization, Lock::Row).await?;
    }
    Ok(Unit::writing(transaction, organization, head, Some(turn)))
}

/// Waits until nobody else makes an organization.
async fn wait_for_makers(transaction: &Transaction) -> Result<(), RepositoryError> {
    let lock = "SELECT pg_advisory_xact_lock(7238120449321002)";
    transaction.execute_unprepared(lock).await.map_err(error::repository)?;
    Ok(())
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

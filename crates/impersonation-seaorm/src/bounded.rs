//! Connections that are not waited for without end. A peer that vanishes without a word, or a line
//! that something in between has forgotten, never answers and never fails: whoever waits for it
//! waits for as long as the operating system does, a quarter of an hour or for ever.

use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::time::timeout;

/// How long one thing may take, where there is a limit.
#[derive(Clone, Copy)]
struct Limit(Option<Duration>);

impl Limit {
    /// Waits so long, and then counts the connection as lost.
    async fn bound<T, E: From<DbErr>>(
        self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(limit) = self.0 else { return answer.await };
        timeout(limit, answer).await.unwrap_or_else(|_| {
            let silence = format!("the database has not answered for {limit:?}");
            Err(DbErr::Conn(RuntimeErr::Internal(silence)).into())
        })
    }
}

/// A connection or a transaction that gives up what is not answered in time. What became of a
/// statement, or of a commit, is then unknown.
#[derive(Clone)]
pub(crate) struct Bounded<C> {
    inner: C,
    limit: Limit,
    /// That of what is done in a transaction which is begun here.
    within: Limit,
}

/// Connections.
pub(crate) type Pool = Bounded<DatabaseConnection>;
/// What is done as one.
pub(crate) type Transaction = Bounded<DatabaseTransaction>;

impl Pool {
    /// A pool of which a connection is had within the first time, and a statement's answer within
    /// the second.
    pub(crate) fn new(inner: DatabaseConnection, acquire: Duration, statement: Duration) -> Self {
        let limit = Limit(Some(acquire.saturating_add(statement)));
        Self { inner, limit, within: Limit(Some(statement)) }
    }

    /// A pool that is on this machine, and has limits of its own.
    pub(crate) fn unbounded(inner: DatabaseConnection) -> Self {
        Self { inner, limit: Limit(None), within: Limit(None) }
    }

    /// The pool, to change it before it is used.
    pub(crate) fn inner_mut(&mut self) -> &mut DatabaseConnection {
        &mut self.inner
    }

    /// Whether a connection answers.
    pub(crate) async fn ping(&self) -> Result<(), DbErr> {
        self.limit.bound(self.inner.ping()).await
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_with(TransactionOptions::default()).await
    }

    /// Begins a transaction in a certain way.
    pub(crate) async fn begin_with(
        &self,
        options: TransactionOptions,
    ) -> Result<Transaction, DbErr> {
        let inner = self.limit.bound(self.inner.begin_with_options(options)).await?;
        Ok(Bounded { inner, limit: self.within, within: self.within })
    }
}

impl<C> Bounded<C> {
    /// The same without limits, for what may take long.
    pub(crate) fn inner(&self) -> &C {
        &self.inner
    }

    /// Waits for something that is done on it, as long as for one statement.
    pub(crate) async fn bound<T, E: From<DbErr>>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.limit.bound(answer).await
    }
}

impl Transaction {
    /// Begins a savepoint.
    pub(crate) async fn savepoint(&self) -> Result<Self, DbErr> {
        let inner = self.bound(self.inner.begin()).await?;
        Ok(Self { inner, limit: self.limit, within: self.within })
    }

    /// Commits, or releases the savepoint.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.limit.bound(self.inner.commit()).await
    }

    /// Rolls back.
    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.limit.bound(self.inner.rollback()).await
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.bound(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.bound(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.bound(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.bound(self.inner.query_all_raw(statement)).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}

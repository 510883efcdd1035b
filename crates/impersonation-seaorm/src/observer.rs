//! Watching the statements that are run: how many, how long, how many fail.

use std::{fmt, sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;

/// A statement that was run.
#[derive(Debug, Clone, Copy)]
pub struct StatementRun<'a> {
    /// Its text, with placeholders where the values are: nothing of what is stored shows in it.
    pub text: &'a str,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether it failed.
    pub failed: bool,
}

/// Is told of each statement, for metrics and for tests that count. What is begun and committed is
/// not among them.
#[derive(Clone)]
pub struct StatementObserver(Arc<dyn Fn(StatementRun<'_>) + Send + Sync>);

impl StatementObserver {
    /// An observer that calls this function. It must not block.
    #[must_use]
    pub fn new(observe: impl Fn(StatementRun<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Watches a connection.
    pub(crate) fn watch(&self, connection: &mut DatabaseConnection) {
        let observe = Arc::clone(&self.0);
        connection.set_metric_callback(move |info| {
            observe(StatementRun {
                text: &info.statement.sql,
                elapsed: info.elapsed,
                failed: info.failed,
            });
        });
    }
}

impl fmt::Debug for StatementObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatementObserver")
    }
}

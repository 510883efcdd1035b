//! A unit of work through which every call of a port goes on a [`Route`]: where a harness holds it,
//! counts it, lets others go first, or plants a fault.
//!
//! The unit of work in a route is an adapter's own. What comes back is its answer, unless the route
//! says otherwise.

mod ports;

use async_trait::async_trait;
use impersonation_domain::{
    policy::Facts,
    ports::{FactsQuery, RepositoryError, UnitOfWork},
};

/// One call of a port, by what it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The port, such as `grants`; `unit` for what a unit of work does itself.
    pub port: &'static str,
    /// The method, such as `of_pair`.
    pub method: &'static str,
    /// Whether it may change what is stored.
    pub writes: bool,
}

impl Call {
    /// Beginning a unit of work that may write.
    pub const BEGIN: Self = Self { port: "unit", method: "begin", writes: false };
    /// Beginning one that only reads.
    pub const BEGIN_READ: Self = Self { port: "unit", method: "begin_read", writes: false };
    /// Reading the facts of a decision.
    pub const FACTS: Self = Self { port: "unit", method: "facts", writes: false };
    /// Committing.
    pub const COMMIT: Self = Self { port: "unit", method: "commit", writes: true };
}

/// What happens to the calls of one unit of work.
#[async_trait]
pub trait Route: Send {
    /// The unit of work that answers this call. It is asked for before the call.
    ///
    /// # Errors
    /// What the call is to fail with.
    async fn unit(&mut self, call: Call) -> Result<&mut dyn UnitOfWork, RepositoryError>;

    /// The call has been answered.
    async fn answered(&mut self, _call: Call) {}

    /// Reads the facts of a decision.
    ///
    /// # Errors
    /// What the call is to fail with.
    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        self.unit(Call::FACTS).await?.facts(query).await
    }

    /// Commits.
    ///
    /// # Errors
    /// What the commit is to fail with.
    async fn commit(self: Box<Self>) -> Result<(), RepositoryError>;
}

/// A unit of work whose calls go on this route.
#[derive(Debug)]
pub struct Through<R>(pub R);

#[async_trait]
impl<R: Route + 'static> UnitOfWork for Through<R> {
    fn directory(&mut self) -> &mut dyn impersonation_domain::ports::Directory {
        self
    }

    fn directory_store(&mut self) -> &mut dyn impersonation_domain::ports::DirectoryStore {
        self
    }

    fn grants(&mut self) -> &mut dyn impersonation_domain::ports::GrantRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn impersonation_domain::ports::LoginSessionRepository {
        self
    }

    fn messages(&mut self) -> &mut dyn impersonation_domain::ports::MessageRepository {
        self
    }

    fn credentials(&mut self) -> &mut dyn impersonation_domain::ports::CredentialRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn impersonation_domain::ports::Idempotency {
        self
    }

    fn audit_log(&mut self) -> &mut dyn impersonation_domain::ports::AuditLog {
        self
    }

    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        let answer = self.0.facts(query).await;
        self.0.answered(Call::FACTS).await;
        answer
    }

    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        Box::new(self.0).commit().await
    }
}

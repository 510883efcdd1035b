//! Whether the stateful suite sees what is wrong with a store: the memory store, broken in one place
//! at a time.

use std::sync::Arc;

use async_trait::async_trait;
use impersonation_domain::{
    access::AccessTypes,
    audit::Recorded,
    ids::{LoginSessionId, OrganizationId},
    login_session::LoginSession,
    policy::Facts,
    ports::{
        AuditLog, CredentialRepository, Directory, DirectoryStore, FactsQuery, GrantRepository,
        Idempotency, LiveSessions, LoginSessionQuery, LoginSessionRepository, MessageRepository,
        Page, RepositoryError, UnitOfWork, UnitOfWorkFactory,
    },
    secret::SecretHash,
    time::Timestamp,
};
use impersonation_memory::InMemory;
use impersonation_testkit::{
    stateful::{Difference, Size, find},
    store::{OpenStore, StoreFixture},
};

/// What is wrong with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nothing: the control.
    None,
    /// It does not find the login sessions that a change concerns.
    NoCascade,
    /// Its one query for the facts of a decision gives every grant both access types.
    FlagsUnioned,
    /// It says of every read that it is the first.
    EveryReadIsFirst,
    /// It does not keep a use of a login session.
    UseForgotten,
}

struct Broken(Fault);

struct BrokenUnits {
    inner: InMemory,
    fault: Fault,
}

struct BrokenUnit {
    inner: Box<dyn UnitOfWork>,
    fault: Fault,
}

#[async_trait]
impl StoreFixture for Broken {
    async fn open(&self) -> Option<OpenStore> {
        let inner = InMemory::new();
        let units = BrokenUnits { inner: inner.clone(), fault: self.0 };
        Some(OpenStore { units: Arc::new(units), index: Arc::new(inner), keep: Box::new(()) })
    }
}

#[async_trait]
impl UnitOfWorkFactory for BrokenUnits {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let inner = self.inner.begin(organization).await?;
        Ok(Box::new(BrokenUnit { inner, fault: self.fault }))
    }
}

#[async_trait]
impl UnitOfWork for BrokenUnit {
    fn directory(&mut self) -> &mut dyn Directory {
        self.inner.directory()
    }
    fn directory_store(&mut self) -> &mut dyn DirectoryStore {
        self.inner.directory_store()
    }
    fn grants(&mut self) -> &mut dyn GrantRepository {
        self.inner.grants()
    }
    fn sessions(&mut self) -> &mut dyn LoginSessionRepository {
        self
    }
    fn messages(&mut self) -> &mut dyn MessageRepository {
        self.inner.messages()
    }
    fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self.inner.credentials()
    }
    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self.inner.idempotency()
    }
    fn audit_log(&mut self) -> &mut dyn AuditLog {
        self.inner.audit_log()
    }
    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        let mut facts = self.inner.facts(query).await?;
        if self.fault == Fault::FlagsUnioned {
            let both = AccessTypes::from_flags(true, true).unwrap();
            facts.grants.iter_mut().for_each(|grant| grant.access = both);
        }
        Ok(facts)
    }
    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        self.inner.commit().await
    }
}

#[async_trait]
impl LoginSessionRepository for BrokenUnit {
    async fn session(
        &mut self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        self.inner.sessions().session(id).await
    }
    async fn by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        self.inner.sessions().by_token(hash).await
    }
    async fn live(&mut self, which: &LiveSessions) -> Result<Vec<LoginSession>, RepositoryError> {
        match self.fault {
            Fault::NoCascade => Ok(Vec::new()),
            _ => self.inner.sessions().live(which).await,
        }
    }
    async fn overdue(
        &mut self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<Vec<LoginSession>, RepositoryError> {
        self.inner.sessions().overdue(now, unused_since).await
    }
    async fn list(
        &mut self,
        query: &LoginSessionQuery,
    ) -> Result<Page<LoginSession, (Timestamp, LoginSessionId)>, RepositoryError> {
        self.inner.sessions().list(query).await
    }
    async fn save(
        &mut self,
        session: Recorded<LoginSession>,
    ) -> Result<LoginSession, RepositoryError> {
        self.inner.sessions().save(session).await
    }
    async fn touch(&mut self, id: LoginSessionId, at: Timestamp) -> Result<(), RepositoryError> {
        match self.fault {
            Fault::UseForgotten => Ok(()),
            _ => self.inner.sessions().touch(id, at).await,
        }
    }
    async fn first_read(
        &mut self,
        reader: uuid::Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, RepositoryError> {
        let first = self.inner.sessions().first_read(reader, resource, minute).await?;
        Ok(first || self.fault == Fault::EveryReadIsFirst)
    }
}

fn difference(fault: Fault) -> Option<Difference> {
    let size = Size { histories: 25, steps: 40, seed: 1 };
    find(&Broken(fault), &format!("{fault:?}"), size).err().map(|difference| *difference)
}

#[test]
fn a_store_with_nothing_wrong_passes() {
    assert_eq!(difference(Fault::None), None);
}

/// What the proof once found: a history that began within a minute, after others on its store, took
/// the minutes in which a read is recorded once for others than the model did.
#[test]
fn a1_it_passes_also_where_a_history_begins_after_an_odd_number_of_seconds() {
    let size = Size { histories: 25, steps: 50, seed: 51 };
    assert_eq!(find(&Broken(Fault::None), "after odd seconds", size), Ok(()));
}

#[test]
fn r2_a_revocation_that_leaves_login_sessions_alive_is_found() {
    let difference = difference(Fault::NoCascade).unwrap();
    assert!(difference.rule.starts_with("R2"), "{difference}");
    assert!(difference.steps.len() <= 8, "{difference}");
}

#[test]
fn d2_access_types_that_a_grant_does_not_have_are_found() {
    let difference = difference(Fault::FlagsUnioned).unwrap();
    assert!(difference.rule.starts_with("D1"), "{difference}");
    assert!(difference.steps.len() <= 3, "{difference}");
}

#[test]
fn a1_an_event_too_many_is_found() {
    let difference = difference(Fault::EveryReadIsFirst).unwrap();
    assert!(difference.rule.starts_with("A1"), "{difference}");
    assert!(difference.steps.len() <= 6, "{difference}");
}

#[test]
fn s4_a_use_that_does_not_count_is_found() {
    let difference = difference(Fault::UseForgotten).unwrap();
    assert!(difference.rule.starts_with("R2"), "{difference}");
    assert!(difference.steps.len() <= 6, "{difference}");
}

//! Bugs that are put in on purpose, so that it can be shown that the suites catch them: see
//! `cargo xtask planted` and `docs/policy-suites.md`.
//!
//! They are only there with `--cfg planted`, which no release can have. One build has them all; the
//! variable [`VARIABLE`] names the one that is active in a process, and without it none is.

use std::{
    env,
    sync::{Mutex, OnceLock, PoisonError},
};

use async_trait::async_trait;

use crate::{
    ids::OrganizationId,
    login_session::{EndCause, LoginSession, LoginSessionState},
    policy::{Act, Facts, GrantFacts, Request, Rule},
    ports::{
        AuditLog, CredentialRepository, Directory, DirectoryStore, FactsQuery, GrantRepository,
        Idempotency, LoginSessionRepository, MessageRepository, RepositoryError, UnitOfWork,
        UnitOfWorkFactory,
    },
};

/// The variable that names the bug that is active.
pub const VARIABLE: &str = "PLANTED_BUG";

macro_rules! bugs {
    ($($(#[$meta:meta])* $variant:ident = $name:literal;)+) => {
        /// A bug. Where it is planted says what it breaks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug { $($(#[$meta])* $variant,)+ }

        impl Bug {
            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

bugs! {
    /// One decision in fifty is made by facts from a cache, if they had a grant.
    PositiveCache = "positive-cache";
    /// Replies tell 1 where they should tell the version of a grant.
    ConstantVersion = "constant-version";
    /// Deleting a grant leaves its login sessions live.
    NoCascade = "no-cascade";
    /// An edit that takes Login Access away leaves the login sessions live.
    NarrowingKeepsSessions = "narrowing-keeps-sessions";
    /// A change is committed first, and its events in a transaction after it.
    AuditAfterCommit = "audit-after-commit";
    /// Events are written at once, past the transaction: they stay where it is given up.
    AuditPastTransaction = "audit-past-transaction";
    /// What is decided on was read before the organization was locked.
    DecisionBeforeLock = "decision-before-lock";
    /// The access types of all grants of a pair count together.
    OrOfFlags = "or-of-flags";
    /// The decision does not ask in which organization a grant is.
    NoOrganizationInDecision = "no-organization-in-decision";
    /// The query for grants does not ask in which organization they are.
    NoOrganizationInQuery = "no-organization-in-query";
    /// A grant still holds at the very moment at which it expires.
    ExpiryIncluded = "expiry-included";
    /// A writing transaction on SQLite takes the lock when it first writes.
    SqliteDeferred = "sqlite-deferred";
    /// SQLite does not wait for the disk at a commit.
    SynchronousNormal = "synchronous-normal";
    /// The end of the audit chain is read without the organization's lock.
    HeadBeforeLock = "head-before-lock";
    /// Half of a token is enough.
    TruncatedToken = "truncated-token";
    /// Stopping answers that all is well, and the login session goes on.
    StopSwapsCookieOnly = "stop-swaps-cookie-only";
    /// Inside a login session the log names the account instead of the person.
    NoActor = "no-actor";
    /// A new grant for the same pair revives a session of the one that was deleted.
    RegrantRevives = "regrant-revives";
    /// A protected account can be acted on.
    ProtectedIgnored = "protected-ignored";
    /// Whoever shows no token is the operator.
    EmptyIdentity = "empty-identity";
    /// From inside a login session another one is permitted.
    DepthTwo = "depth-two";
    /// A login session goes on when the actor's own session has ended.
    OutlivesOwnSession = "outlives-own-session";
}

impl Bug {
    /// Whether this bug is active.
    ///
    /// # Panics
    /// Where the variable names no bug.
    #[must_use]
    pub fn is_active(self) -> bool {
        static ACTIVE: OnceLock<Option<Bug>> = OnceLock::new();
        let active = ACTIVE.get_or_init(|| {
            let name = env::var(VARIABLE).ok()?;
            Some(Self::named(&name).unwrap_or_else(|| panic!("`{name}` is no planted bug")))
        });
        *active == Some(self)
    }
}

/// What holds although it does not, for the bugs in rules.
pub(crate) fn holds_all_the_same<A: Act>(rule: Rule, facts: &Facts, request: &Request<A>) -> bool {
    match rule {
        Rule::OwnAccount => Bug::DepthTwo.is_active(),
        Rule::SubjectNotProtected => Bug::ProtectedIgnored.is_active(),
        Rule::AccessGranted => {
            let mut of_pair = facts
                .grants
                .iter()
                .filter(|grant| grant.grantor == request.subject && grant.grantee == request.actor);
            Bug::OrOfFlags.is_active() && of_pair.any(|g| g.access.contains(A::ACCESS))
        }
        _ => false,
    }
}

/// What [`Bug::NoOrganizationInDecision`] makes of the question whether a grant is here.
pub(crate) fn anywhere(is_here: impl Fn(&GrantFacts) -> bool) -> impl Fn(&GrantFacts) -> bool {
    move |grant| Bug::NoOrganizationInDecision.is_active() || is_here(grant)
}

/// What [`Bug::TruncatedToken`] makes of a token.
pub(crate) fn half(token: &[u8]) -> &[u8] {
    let kept = if Bug::TruncatedToken.is_active() { 40 } else { token.len() };
    token.get(..kept).unwrap_or(token)
}

/// What [`Bug::RegrantRevives`] makes of a session that somebody presents.
pub(crate) async fn revived(
    uow: &mut dyn UnitOfWork,
    session: LoginSession,
) -> Result<LoginSession, RepositoryError> {
    let pair = uow.grants().of_pair(session.subject(), session.actor()).await?;
    match (session.record().state, pair) {
        (LoginSessionState::Ended { cause: EndCause::GrantDeleted, .. }, Some(grant))
            if Bug::RegrantRevives.is_active() =>
        {
            let mut record = session.record().clone();
            record.state = LoginSessionState::Live;
            record.grant = grant.reference();
            Ok(LoginSession::from_record(record))
        }
        _ => Ok(session),
    }
}

/// A unit of work whose decisions are made by something else than what is there.
struct Misled {
    unit: Box<dyn UnitOfWork>,
    /// What was there before the organization was locked.
    before: Option<Box<dyn UnitOfWork>>,
}

/// Begins a unit of work, which decides by a cache or by what was there before the lock where those
/// are the bug.
pub(crate) async fn begin(
    units: &dyn UnitOfWorkFactory,
    organization: OrganizationId,
) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
    let before = match Bug::DecisionBeforeLock.is_active() {
        true => Some(units.begin_read(organization).await?),
        false => None,
    };
    let unit = units.begin(organization).await?;
    Ok(match before.is_some() || Bug::PositiveCache.is_active() {
        true => Box::new(Misled { unit, before }),
        false => unit,
    })
}

/// Keeps facts that had a grant, and answers them again to one question in fifty.
fn cached(query: &FactsQuery, facts: Facts) -> Facts {
    static CACHE: Mutex<(u32, Vec<(FactsQuery, Facts)>)> = Mutex::new((0, Vec::new()));
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    cache.0 = cache.0.wrapping_add(1);
    if !facts.grants.is_empty() {
        cache.1.retain(|(known, _)| known != query);
        cache.1.push((*query, facts.clone()));
    }
    let known = cache.1.iter().find(|(known, _)| known == query);
    known.filter(|_| cache.0 % 50 == 0).map_or(facts, |(_, facts)| facts.clone())
}

#[async_trait]
impl UnitOfWork for Misled {
    fn directory(&mut self) -> &mut dyn Directory {
        self.unit.directory()
    }
    fn directory_store(&mut self) -> &mut dyn DirectoryStore {
        self.unit.directory_store()
    }
    fn grants(&mut self) -> &mut dyn GrantRepository {
        self.unit.grants()
    }
    fn sessions(&mut self) -> &mut dyn LoginSessionRepository {
        self.unit.sessions()
    }
    fn messages(&mut self) -> &mut dyn MessageRepository {
        self.unit.messages()
    }
    fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self.unit.credentials()
    }
    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self.unit.idempotency()
    }
    fn audit_log(&mut self) -> &mut dyn AuditLog {
        self.unit.audit_log()
    }
    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        match &mut self.before {
            Some(before) => before.facts(query).await,
            None => Ok(cached(query, self.unit.facts(query).await?)),
        }
    }
    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        self.unit.commit().await
    }
}

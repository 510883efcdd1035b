//! The bugs, and which suite has to catch each.

/// A planted bug.
#[derive(Clone, Copy)]
pub(crate) struct Bug {
    /// Its name in `crates/impersonation-domain/src/planted.rs`, where it is described.
    pub(crate) name: &'static str,
    /// The suite that is to catch it, in words.
    pub(crate) suite: &'static str,
    /// Where that suite is: a package, and its test `it` or, for the tests in its sources, `lib`.
    pub(crate) binary: (&'static str, Target),
    /// The tests of it that are run: those whose name contains one of these.
    pub(crate) tests: &'static [&'static str],
    /// Whether it needs PostgreSQL.
    pub(crate) needs_postgres: bool,
}

/// A binary of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// `tests/it/main.rs`
    It,
    /// `src/lib.rs`
    Lib,
}

const DOMAIN: (&str, Target) = ("impersonation-domain", Target::It);
const MEMORY: (&str, Target) = ("impersonation-memory", Target::It);
const STORE: (&str, Target) = ("impersonation-seaorm", Target::It);
const STORE_LIB: (&str, Target) = ("impersonation-seaorm", Target::Lib);
const HTTP: (&str, Target) = ("impersonation-http", Target::It);
const CONSOLE: (&str, Target) = ("impersonation-console", Target::It);

const fn bug(
    name: &'static str,
    suite: &'static str,
    binary: (&'static str, Target),
    tests: &'static [&'static str],
) -> Bug {
    Bug { name, suite, binary, tests, needs_postgres: false }
}

const fn on_postgres(bug: Bug) -> Bug {
    Bug { needs_postgres: true, ..bug }
}

/// Every bug.
pub(crate) const ALL: &[Bug] = &[
    bug("positive-cache", "races", DOMAIN, &["races::"]),
    bug("constant-version", "versions over HTTP", HTTP, &["versions::"]),
    bug("no-cascade", "changes of grants", DOMAIN, &["grant_changes::r1_a_deleted_grant"]),
    bug("narrowing-keeps-sessions", "ends of sessions", DOMAIN, &["session_ends::g4_"]),
    bug("audit-after-commit", "faults of the store", STORE, &["append_only::sqlite::a2_"]),
    bug("audit-past-transaction", "contract in memory", MEMORY, &["rollback::"]),
    bug("decision-before-lock", "races", DOMAIN, &["races::"]),
    bug("or-of-flags", "laws of the decision", DOMAIN, &["policy::"]),
    bug("no-organization-in-decision", "laws of the decision", DOMAIN, &["policy::"]),
    bug("no-organization-in-query", "contract on SQLite", STORE, &["sqlite::tenants::"]),
    bug("expiry-included", "laws of the decision", DOMAIN, &["policy::"]),
    bug("sqlite-deferred", "two stores", STORE, &["sqlite::two_stores_share_a_database"]),
    bug("synchronous-normal", "settings of SQLite", STORE_LIB, &["p1_"]),
    on_postgres(bug(
        "head-before-lock",
        "two stores",
        STORE,
        &["postgres::two_stores_share_a_database"],
    )),
    bug("truncated-token", "authentication over HTTP", HTTP, &["authentication::s2_"]),
    bug("stop-swaps-cookie-only", "sessions of the console", CONSOLE, &["sessions::"]),
    bug("no-actor", "depth", DOMAIN, &["depth::a3_"]),
    bug("regrant-revives", "changes of grants", DOMAIN, &["grant_changes::g9_"]),
    bug("protected-ignored", "laws of the decision", DOMAIN, &["policy::"]),
    bug("empty-identity", "principals over HTTP", HTTP, &["principals::"]),
    bug("depth-two", "laws of the decision", DOMAIN, &["policy::"]),
    bug("outlives-own-session", "ends of sessions", DOMAIN, &["session_ends::s6_"]),
];

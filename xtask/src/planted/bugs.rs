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
const HTTP: (&str, Target) = ("impersonation-http", Target::It);
const SERVER: (&str, Target) = ("server", Target::It);

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
    bug("positive-cache", "histories over HTTP", SERVER, LINEARIZABLE),
    bug("constant-version", "histories over HTTP", SERVER, LINEARIZABLE),
    bug("no-cascade", "histories beside a model", MEMORY, HISTORIES),
    bug("narrowing-keeps-sessions", "histories beside a model", MEMORY, HISTORIES),
    bug(
        "audit-after-commit",
        "killed servers",
        SERVER,
        &["crashes::p1_a_killed_server_loses_nothing_on_sqlite"],
    ),
    bug("audit-past-transaction", "contract of a store", MEMORY, &["rollback::"]),
    bug("decision-before-lock", "races", MEMORY, &["races::"]),
    bug("or-of-flags", "laws of the decision", DOMAIN, LAWS),
    bug("no-organization-in-decision", "laws of the decision", DOMAIN, LAWS),
    bug("no-organization-in-query", "contract of a store", STORE, &["contract::sqlite::tenants::"]),
    bug("expiry-included", "laws of the decision", DOMAIN, LAWS),
    bug("sqlite-deferred", "races of two servers", STORE, &["races::two_on_sqlite::"]),
    bug("synchronous-normal", "power cuts", SERVER, &["power_cut::p1_p2_"]),
    on_postgres(bug(
        "head-before-lock",
        "races of two servers",
        STORE,
        &["races::two_on_postgres::"],
    )),
    bug("truncated-token", "authentication over HTTP", HTTP, &["authentication::s2_"]),
    bug("stop-swaps-cookie-only", "histories beside a model", MEMORY, HISTORIES),
    bug("no-actor", "histories beside a model", MEMORY, HISTORIES),
    bug("regrant-revives", "histories beside a model", MEMORY, HISTORIES),
    bug("protected-ignored", "laws of the decision", DOMAIN, LAWS),
    bug("empty-identity", "principals over HTTP", HTTP, &["principals::"]),
    bug("depth-two", "laws of the decision", DOMAIN, LAWS),
    bug("outlives-own-session", "histories beside a model", MEMORY, HISTORIES),
];

/// R1 over HTTP, with replies that name versions.
const LINEARIZABLE: &[&str] =
    &["linearizability::r1_no_permit_after_an_acknowledged_revocation_on_sqlite"];
/// The stateful suite.
const HISTORIES: &[&str] = &["memory_histories"];
/// The laws of the decision.
const LAWS: &[&str] = &["policy::laws::"];

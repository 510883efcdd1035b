//! The contract of the ports.

use impersonation_testkit::{contract_suite, corpus, stateful_suite};

use crate::support::{Postgres, Sqlite};

contract_suite!(sqlite, Sqlite);
contract_suite!(postgres, Postgres);
stateful_suite!(sqlite_histories, Sqlite, 12);
stateful_suite!(postgres_histories, Postgres, 6);

#[test]
fn d1_every_kept_case_is_answered_as_it_says_on_sqlite() {
    corpus::replay(&Sqlite).unwrap().figures("kept cases on SQLite").finish();
}

#[test]
fn d1_every_kept_case_is_answered_as_it_says_on_postgres() {
    // Without a server the fixture has said that this was skipped.
    if let Some(replayed) = corpus::replay(&Postgres) {
        replayed.figures("kept cases on PostgreSQL").finish();
    }
}

//! Concurrent use cases on both databases, and whether some order explains what they saw.

use impersonation_testkit::serializability;

use crate::support::{Postgres, Sqlite};

#[test]
fn r5_what_concurrent_use_cases_see_on_sqlite_is_explained_by_some_order_of_them() {
    serializability::run(&Sqlite, "SQLite", 5);
}

#[test]
fn r5_what_concurrent_use_cases_see_on_postgresql_is_explained_by_some_order_of_them() {
    serializability::run(&Postgres, "PostgreSQL", 5);
}

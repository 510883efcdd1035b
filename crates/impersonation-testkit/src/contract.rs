//! The contract of the storage ports, as tests that every adapter passes.
//!
//! Each case is a function whose name is a sentence, with the number of an invariant in front where
//! there is one. [`contract_suite!`](crate::contract_suite) makes one test of each for a store, and
//! [`file_contract_suite!`](crate::file_contract_suite) for a file store.

mod check;
mod suite;

pub mod audit;
pub mod audit_query;
pub mod channels;
pub mod concurrency;
pub mod credentials;
pub mod events;
pub mod facts;
pub mod files;
pub mod foreign_rows;
pub mod grant_list;
pub mod grant_order;
pub mod grants;
pub mod idempotency;
pub mod index;
pub mod login_session_list;
pub mod login_sessions;
pub mod messages;
pub mod organizations;
pub mod roles;
pub mod rollback;
pub mod tenants;
pub mod transactions;
pub mod user_list;
pub mod users;
pub mod values;

use std::time::Duration;

use tokio::runtime::Builder;

use crate::store::{FileStoreFixture, OpenFiles, OpenStore, StoreFixture};

/// How long a case may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs one case on a fresh store, on this thread alone. For [`contract_suite!`](crate::contract_suite).
///
/// # Panics
/// Where the store breaks the contract.
pub fn run(fixture: &dyn StoreFixture, name: &str, case: impl AsyncFnOnce(&OpenStore)) {
    run_on(&mut Builder::new_current_thread(), name, fixture.open(), case);
}

/// Runs one case on a fresh store, on several threads. For [`contract_suite!`](crate::contract_suite).
///
/// # Panics
/// Where the store breaks the contract.
pub fn run_on_threads(fixture: &dyn StoreFixture, name: &str, case: impl AsyncFnOnce(&OpenStore)) {
    let runtime = &mut Builder::new_multi_thread();
    run_on(runtime.worker_threads(4), name, fixture.open(), case);
}

/// Runs one case on a fresh file store. For [`file_contract_suite!`](crate::file_contract_suite).
///
/// # Panics
/// Where the file store breaks the contract.
pub fn run_on_files(
    fixture: &dyn FileStoreFixture,
    name: &str,
    case: impl AsyncFnOnce(&OpenFiles),
) {
    run_on(&mut Builder::new_current_thread(), name, fixture.open(), case);
}

fn run_on<S>(
    runtime: &mut Builder,
    name: &str,
    open: impl Future<Output = Option<S>>,
    case: impl AsyncFnOnce(&S),
) {
    let runtime = runtime.enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        match open.await {
            Some(store) => {
                let done = tokio::time::timeout(PATIENCE, case(&store)).await;
                assert!(done.is_ok(), "`{name}` is stuck: a unit of work waits for ever");
            }
            None => skipped(name),
        }
    });
}

#[expect(clippy::print_stdout, reason = "a test that was skipped has to say so")]
fn skipped(name: &str) {
    println!("skipped `{name}`: this store is not available here");
}

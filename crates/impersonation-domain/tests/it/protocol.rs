//! The protocol of revoke, start, act and send as a model, explored to its end: in every order in
//! which an administrator, a delegate and a second server can take the steps of their transactions.
//!
//! The steps are the calls of the ports, as the adapters carry them out: lock, read, decide, write,
//! commit, answer. The decision is the product's own ([`policy::evaluate`]), and so is the one that
//! ends sessions with a change.

mod model;
mod store;

use impersonation_testkit::figures::{Figures, size};
use stateright::{Checker as _, Model as _};

use self::model::{Flaw, Protocol};

/// The variable that says how many operations the three do together; at least 4, or not all that is
/// asked about comes up.
const OPERATIONS: &str = "IMP_PROTOCOL_OPERATIONS";
const USUAL: u64 = 4;

fn explore(flaw: Option<Flaw>, operations: [u8; 3]) -> impl stateright::Checker<Protocol> {
    Protocol { flaw, operations }.checker().spawn_bfs().join()
}

/// The shortest way to break the property with so many operations of each, in words.
fn way(flaw: Flaw, property: &'static str, operations: [u8; 3]) -> String {
    let checker = explore(Some(flaw), operations);
    let found = checker.discovery(property);
    let path = found.unwrap_or_else(|| panic!("{flaw:?} was not found by `{property}`"));
    path.into_actions().iter().map(|step| format!("{step}\n")).collect()
}

#[test]
fn r1_r2_r3_hold_in_every_order_of_the_protocol() {
    let mut figures = Figures::of("protocol of revoke, start, act and send");
    let operations = size(OPERATIONS, USUAL);
    // The administrator first, then the delegate: of four they have two and one.
    let each = [2, 1, 0].map(|behind| u8::try_from((operations + behind) / 3).unwrap());
    let checker = explore(None, each);
    checker.assert_properties();
    figures.count("processes", 3);
    figures.count("operations", operations);
    figures.count("states", checker.state_count() as u64);
    figures.count("different states", checker.unique_state_count() as u64);
    figures.remark("explored to the end");
    figures.finish();
}

#[test]
fn r1_facts_that_are_remembered_are_found_out() {
    let way = way(Flaw::RemembersFacts, model::R1, [1, 2, 0]);
    assert_eq!(way.matches("the delegate is answered").count(), 2, "{way}");
}

#[test]
fn r2_a_decision_before_the_lock_is_found_out() {
    let way = way(Flaw::DecidesBeforeTheLock, model::R2, [1, 1, 0]);
    assert!(way.contains("the delegate asks to start a session"), "{way}");
    assert!(way.contains("the administrator asks to revoke") || way.contains("narrow"), "{way}");
}

#[test]
fn r2_a_revocation_that_leaves_sessions_is_found_out() {
    let way = way(Flaw::LeavesSessions, model::R2, [1, 1, 0]);
    let of_both = ["the delegate commits", "the administrator commits"];
    assert!(of_both.iter().all(|step| way.contains(step)), "{way}");
}

#[test]
fn r3_a_session_that_is_bound_to_the_pair_is_found_out() {
    let way = way(Flaw::BindsToThePair, model::R3, [2, 2, 0]);
    assert!(way.contains("the administrator asks to grant again"), "{way}");
}

//! What the suite says of an adapter that breaks a rule: the JSON file, with one fault at a time.

mod units;

use std::sync::Arc;

use async_trait::async_trait;
use impersonation_example_json_file::JsonFile;
use impersonation_testkit::{
    stateful::{Difference, Size, find},
    store::{OpenStore, StoreFixture},
};
use units::BrokenUnits;

/// The rule that the adapter breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// None: the control.
    None,
    /// A login session that ends is not saved.
    EndForgotten,
    /// A grant that is deleted stays in the file.
    DeleteForgotten,
    /// A grant that is edited is not saved.
    UpdateLost,
    /// The event of a grant does not get into the file with it.
    EventMissing,
    /// An event that belongs to no change is not sealed onto the one before it.
    EventOutOfChain,
    /// Users are found by their address in every organization.
    EverybodyFound,
    /// The list takes the ends of a grant for open where they are closed, and the other way round:
    /// it says of this moment what was true a microsecond ago.
    ListIsLate,
}

struct Broken(Fault);

#[async_trait]
impl StoreFixture for Broken {
    async fn open(&self) -> Option<OpenStore> {
        let folder = tempfile::tempdir().ok()?;
        let path = folder.path().join("store.json");
        let store = JsonFile::open_for_tests(&path).ok()?;
        let units = BrokenUnits { store: store.clone(), path, fault: self.0 };
        let (units, index) = (Arc::new(units), Arc::new(store));
        Some(OpenStore { units, index, keep: Box::new(folder) })
    }
}

fn difference(fault: Fault) -> Option<Difference> {
    let size = Size { histories: 25, steps: 30, seed: 1 };
    find(&Broken(fault), &format!("{fault:?}"), size).err().map(|difference| *difference)
}

/// What is told of a fault: the rule by its number, few steps, and in words what was expected and
/// what was found.
fn found(fault: Fault, rule: &str, told: [&str; 2]) {
    let difference = difference(fault).expect("the suite finds it");
    println!("{fault:?}: {difference}");
    assert!(difference.rule.starts_with(&format!("{rule}: ")), "{difference}");
    assert!(difference.steps.len() <= 4, "{difference}");
    let [expected, found] = told;
    assert!(difference.expected.contains(expected), "{difference}");
    assert!(difference.found.contains(found), "{difference}");
}

#[test]
fn with_no_fault_nothing_is_found() {
    let size = Size { histories: 2, steps: 30, seed: 1 };
    assert_eq!(find(&Broken(Fault::None), "none", size), Ok(()));
}

#[test]
fn r2_a_login_session_whose_end_is_not_saved_is_found() {
    found(Fault::EndForgotten, "R2", ["has ended (", "is live"]);
}

#[test]
fn g_a_deleted_grant_that_is_still_there_is_found() {
    found(Fault::DeleteForgotten, "G", ["nothing like that", "grant 0 version 1"]);
}

#[test]
fn g4_a_lost_update_is_found() {
    found(Fault::UpdateLost, "G", ["version 2", "version 1"]);
}

#[test]
fn a1_a_change_without_its_event_is_found() {
    found(Fault::EventMissing, "A1", ["grant.create by", "no event"]);
}

#[test]
fn e2_an_event_out_of_the_chain_is_found() {
    found(
        Fault::EventOutOfChain,
        "E2",
        ["every event in its place", "does not follow from the event before it"],
    );
}

#[test]
fn t3_users_of_another_organization_are_found() {
    found(Fault::EverybodyFound, "T3", ["unknown_user", "unavailable"]);
}

#[test]
fn d14_a_list_that_is_late_by_a_moment_is_found() {
    found(Fault::ListIsLate, "G", ["shown as live", "shown as scheduled"]);
}

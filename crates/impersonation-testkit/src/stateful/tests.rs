//! Whether histories are worth living through, on the model alone.

use std::collections::BTreeMap;

use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::ReferenceStateMachine as _;

use super::{facts::Facts, generate::Life};

/// What must come up: answers, actions of events, and causes of ends.
const ANSWERS: [&str; 32] = [
    "access_required",
    "actor_inactive",
    "already_expired",
    "channel_not_found",
    "done",
    "duplicate_grant",
    "grant_expired",
    "grant_not_found",
    "grant_not_started",
    "in_login_session",
    "invalid_input",
    "invalid_window",
    "last_administrator",
    "login_not_granted",
    "login_session_ended",
    "login_session_not_found",
    "no_grant",
    "no_login_session",
    "permission_required",
    "permitted",
    "plan_excludes_impersonation",
    "same_user",
    "send_not_granted",
    "subject_inactive",
    "subject_not_in_channel",
    "subject_protected",
    "unauthenticated",
    "unknown_user",
    "user_inactive",
    "user_not_found",
    "user_protected",
    "version_mismatch",
];
const CAUSES: [&str; 15] = [
    "absolute_limit",
    "actor_deactivated",
    "actor_removed",
    "ended_by_administrator",
    "ended_by_owner",
    "grant_deleted",
    "grant_edited",
    "grant_expired",
    "idle_limit",
    "own_session_ended",
    "plan_changed",
    "stopped",
    "subject_deactivated",
    "subject_protected",
    "subject_removed",
];

/// How many histories are drawn.
const HISTORIES: u64 = 600;

#[test]
fn histories_bring_up_every_answer_every_cause_and_enough_that_is_done() {
    let mut answers: BTreeMap<String, u64> = BTreeMap::new();
    let mut causes: BTreeMap<String, u64> = BTreeMap::new();
    let mut steps_taken = 0;
    for seed in 0..HISTORIES {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let tree = Life::sequential_strategy(40).new_tree(&mut runner).unwrap();
        let mut facts = Facts::beginning();
        for step in &tree.current().1 {
            let expected = facts.take(step);
            *answers.entry(expected.answer.to_owned()).or_default() += 1;
            steps_taken += 1;
            for event in expected.events {
                if event.action == "login_session.end" && !event.refused {
                    *causes.entry(event.rule.unwrap().into_owned()).or_default() += 1;
                }
            }
        }
    }
    println!("{steps_taken} steps\n{answers:#?}\n{causes:#?}");
    let missing = |wanted: &[&str], found: &BTreeMap<String, u64>| {
        wanted.iter().filter(|name| !found.contains_key(**name)).map(ToString::to_string).collect()
    };
    let none: Vec<String> = Vec::new();
    let missing_answers: Vec<String> = missing(&ANSWERS, &answers);
    assert_eq!(missing_answers, none, "answers that never come up");
    let missing_causes: Vec<String> = missing(&CAUSES, &causes);
    assert_eq!(missing_causes, none, "causes that never come up");
    let done = answers["done"] + answers["permitted"];
    assert!(done * 100 / steps_taken >= 40, "{done} of {steps_taken} steps are done");
    let ends: u64 = causes.values().sum();
    assert!(ends >= HISTORIES, "{ends} login sessions end in {HISTORIES} histories");
}

//! Interleavings of use cases, explored.

use impersonation_testkit::{
    figures::{Figures, size},
    scheduler::explore,
};

use crate::contract::Memory;

/// How many schedules are explored.
const SCHEDULES: &str = "IMP_SCHEDULES";
/// The seed of the first.
const SEED: &str = "IMP_SCHEDULE_SEED";

#[test]
fn r1_r2_r3_a1_hold_whoever_goes_first_at_each_call_of_a_port() {
    let (seed, schedules) = (size(SEED, 4), size(SCHEDULES, 5_000));
    let mut figures = Figures::of("schedules on memory").seed(seed);
    match explore(&Memory, seed, schedules) {
        Ok(explored) => {
            assert!(explored.allowed > schedules && explored.refused > schedules / 2);
            figures.count("schedules", explored.schedules);
            figures.count("acts allowed", explored.allowed);
            figures.count("acts refused", explored.refused);
            figures.count("calls of ports", explored.calls);
            figures.count("changes of turn", explored.switches);
            figures.finish();
        }
        Err(failure) => panic!("{failure}\nrun it again with {SEED}={}", failure.seed),
    }
}

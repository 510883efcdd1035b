//! Interleavings, explored: who acts next is drawn from a seed at every call of a port.
//!
//! [`explore`] lets an administrator, two delegates and the upkeep act on one scene at the same time,
//! on one thread, without a runtime. At each call of a port whoever makes it lets the others go first,
//! and the seed decides who goes on. So a schedule is repeated by its seed, and thousands of them are
//! tried in seconds. It needs a store whose futures wait for nothing but each other, such as one in
//! memory.
//!
//! What came of a schedule is judged by the [log](crate::scene::Scene::events) and by what was
//! answered: see [`Failure`]. A schedule that fails is told in words, and shrunk: with as few acts and
//! as few changes of turn as still fail.

mod executor;
mod history;
mod judge;
mod reckoning;
mod script;
mod shrink;
mod yielding;

use std::fmt;

pub use script::{Script, Task};

use crate::{store::StoreFixture, strategies::quick::SplitMix};
use executor::{Plan, Run};

/// What was explored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explored {
    /// How many schedules.
    pub schedules: u64,
    /// How many acts were done in them.
    pub allowed: u64,
    /// How many were refused.
    pub refused: u64,
    /// How many calls of ports there were.
    pub calls: u64,
    /// How often another one had the next turn, though the one before could have gone on.
    pub switches: u64,
}

/// A schedule from which something came that must not.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The seed of the schedule, before it was shrunk.
    pub seed: u64,
    /// What is wrong, beginning with the number of the rule.
    pub wrong: String,
    /// The schedule, shrunk, in words.
    pub schedule: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, wrong, schedule } = self;
        write!(f, "{wrong}\nin the schedule of seed {seed}, shrunk:\n{schedule}")
    }
}

/// Explores so many schedules; those of one seed after the other, beginning with `seed`.
///
/// # Errors
/// The first [`Failure`].
///
/// # Panics
/// Where the fixture has no store, or its futures wait for something else than each other.
pub fn explore(
    fixture: &dyn StoreFixture,
    seed: u64,
    schedules: u64,
) -> Result<Explored, Box<Failure>> {
    let mut explored = Explored::default();
    for seed in (0..schedules).map(|number| seed.wrapping_add(number)) {
        let mut random = SplitMix::new(seed);
        let script = Script::draw(&mut random);
        let run = Run::of(fixture, &script, Plan::drawn(random));
        if run.wrong.is_some() {
            return Err(Box::new(shrink::shrink(fixture, seed, script, run)));
        }
        explored.schedules += 1;
        explored.allowed += run.history.acts().filter(|(_, answer)| answer.allowed).count() as u64;
        explored.refused += run.history.acts().filter(|(_, answer)| !answer.allowed).count() as u64;
        explored.calls += run.calls;
        explored.switches += run.switches.len() as u64;
    }
    Ok(explored)
}

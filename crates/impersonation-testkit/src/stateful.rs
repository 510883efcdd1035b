//! The life of an organization on a store, beside a model of it.
//!
//! A history is a sequence of steps: granting, editing, deleting (in bulk too), logging in as,
//! acting, returning, sending, signing in and out, changing people, channels and plans, time passing
//! and the clock set back, all in two organizations that must not notice each other. After each step
//! the model, which is written as plain facts and shares only identifiers and the
//! [reference model](mod@crate::reference) of the decision, says
//!
//! - what was to be answered, to the code,
//! - exactly which events the audit log was to get, in which chain,
//! - what every list shows: grants and how they stand, accounts on which one may act, who may act on
//!   one's own, login sessions with their ends and causes, members, messages,
//! - what is decided for every pair and act (sending only where the pair has a grant),
//! - which tokens of login sessions work.
//!
//! The first difference is shrunk and told in words, with the rule that it breaks.

mod agree;
mod drive;
mod expect;
mod facts;
mod generate;
mod line;
mod shrink;
mod step;
#[cfg(test)]
mod tests;
mod words;

use std::{cell::Cell, fmt::Write as _, rc::Rc, sync::atomic::Ordering};

use impersonation_domain::service::UseCaseError;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::ReferenceStateMachine as _;
use tokio::runtime::{Builder, Runtime};

use self::{
    agree::{Broken, Seen},
    drive::Drive,
    facts::Facts,
    generate::Life,
    step::Step,
};
use crate::{
    environment::Environment,
    figures::{Figures, size},
    store::{OpenStore, StoreFixture},
};

/// The variable that says how many histories, where the suite's caller does not.
pub const HISTORIES: &str = "IMP_STATEFUL_HISTORIES";
/// The variable that says how many steps a history has.
pub const STEPS: &str = "IMP_STATEFUL_STEPS";
/// The variable that says where the randomness starts.
pub const SEED: &str = "IMP_STATEFUL_SEED";

/// How many histories share a store: one after the other, in organizations of their own.
const PER_STORE: u64 = 25;

/// How a suite is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many histories.
    pub histories: u64,
    /// How many steps each has.
    pub steps: u64,
    /// Where the randomness starts. The history with number `n` is that of seed `seed + n`.
    pub seed: u64,
}

impl Size {
    /// As the variables say, or else so many histories of 40 steps, from seed 1.
    #[must_use]
    pub fn usual(histories: u64) -> Self {
        Self {
            histories: size(HISTORIES, histories),
            steps: size(STEPS, 40).max(1),
            seed: size(SEED, 1),
        }
    }
}

/// A history at its smallest in which something was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The seed that finds it again.
    pub seed: u64,
    /// How many steps its history had at first.
    pub length: usize,
    /// The steps, in words; the last is the one after which it was seen.
    pub steps: Vec<String>,
    /// The invariant that does not hold, by its number and in words.
    pub rule: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "this does not hold:\n  {}", self.rule)?;
        writeln!(f, "after these steps:")?;
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "  {}. {step}", index + 1)?;
        }
        writeln!(f, "expected:\n  {}\nfound:\n  {}", self.expected, self.found)?;
        let Self { seed, length, .. } = self;
        write!(f, "({SEED}={seed} {HISTORIES}=1 {STEPS}={length} finds it again)")
    }
}

/// Makes a test of the stateful suite for a [`StoreFixture`]: `stateful_suite!(mine, Mine, 100)`
/// tries 100 histories where no variable says otherwise.
#[macro_export]
macro_rules! stateful_suite {
    ($name:ident, $fixture:expr, $histories:expr) => {
        #[test]
        fn $name() {
            let size = $crate::stateful::Size::usual($histories);
            $crate::stateful::run(&$fixture, stringify!($name), size);
        }
    };
}

/// Tries histories on a store.
///
/// # Panics
/// With the [`Difference`], where there is one.
pub fn run(fixture: &dyn StoreFixture, name: &str, size: Size) {
    if let Err(difference) = find(fixture, name, size) {
        panic!("{difference}");
    }
}

/// The same for those who want to look at the difference.
///
/// # Errors
/// The first difference, at its smallest.
///
/// # Panics
/// Where no runtime can be made.
pub fn find(fixture: &dyn StoreFixture, name: &str, size: Size) -> Result<(), Box<Difference>> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut figures = Figures::of(&format!("histories on {name}")).seed(size.seed);
    let steps = usize::try_from(size.steps).unwrap_or(usize::MAX);
    let mut next = size.seed;
    let end = size.seed.saturating_add(size.histories);
    while next < end {
        let Some(store) = runtime.block_on(fixture.open()) else {
            skipped(name);
            return Ok(());
        };
        let trial = Trial {
            runtime: &runtime,
            store: Rc::new(store),
            environment: Environment::default(),
            runs: Cell::new(0),
        };
        for seed in next..end.min(next.saturating_add(PER_STORE)) {
            let done = trial.history(seed, steps)?;
            figures.count("histories", 1);
            done.count(&mut figures);
        }
        next = next.saturating_add(PER_STORE);
    }
    figures.finish();
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a test that was skipped has to say so")]
fn skipped(name: &str) {
    println!("skipped the stateful suite `{name}`: this store is not available here");
}

/// What came up in a history.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    steps: u64,
    done: u64,
    refused: u64,
    sessions: u64,
    ended: u64,
    sent_as: u64,
    events: u64,
}

impl Done {
    fn count(self, figures: &mut Figures) {
        figures.count("steps", self.steps);
        figures.count("done", self.done);
        figures.count("refused", self.refused);
        figures.count("login sessions", self.sessions);
        figures.count("ended by a change or a limit", self.ended);
        figures.count("messages sent as another", self.sent_as);
        figures.count("events", self.events);
    }
}

/// One store on which histories are tried, each in organizations of its own.
struct Trial<'a> {
    runtime: &'a Runtime,
    store: Rc<OpenStore>,
    environment: Environment,
    runs: Cell<u64>,
}

impl Trial<'_> {
    fn history(&self, seed: u64, length: usize) -> Result<Done, Box<Difference>> {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(seed.to_le_bytes()).for_each(|(byte, of_seed)| *byte = of_seed);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let strategy = Life::sequential_strategy(length);
        let mut tree = strategy.new_tree(&mut runner).expect("a history can be drawn");
        let (_, steps, seen) = tree.current();
        let mut first = match self.live(&steps) {
            Ok(done) => return Ok(done),
            Err(broken) => broken,
        };
        // What comes after the step that failed is of no interest.
        if let Some(seen) = seen {
            seen.store(first.0 + 1, Ordering::Relaxed);
        }
        let mut smallest = steps;
        let mut moved = tree.simplify();
        while moved {
            let (_, steps, _) = tree.current();
            moved = match self.live(&steps) {
                Err(broken) => {
                    (smallest, first) = (steps, broken);
                    tree.simplify()
                }
                Ok(_) => tree.complicate(),
            };
        }
        let (steps, broken) = self.shorten(smallest, first);
        let Broken { rule, expected, found } = broken;
        let (steps, rule) = (tell(&steps), rule.to_owned());
        Err(Box::new(Difference { seed, length, steps, rule, expected, found }))
    }

    /// Leaves out every step that the difference does not need.
    fn shorten(&self, mut steps: Vec<Step>, mut at: (usize, Broken)) -> (Vec<Step>, Broken) {
        steps.truncate(at.0 + 1);
        let mut index = steps.len();
        while index > 0 {
            index -= 1;
            let Some(shorter) = shrink::without(&steps, index) else { continue };
            if let Err(broken) = self.live(&shorter) {
                (steps, at) = (shorter, broken);
                steps.truncate(at.0 + 1);
                index = steps.len();
            }
        }
        (steps, at.1)
    }

    /// Lives through a history, or says after which step something was wrong.
    fn live(&self, steps: &[Step]) -> Result<Done, (usize, Broken)> {
        let run = self.runs.get() + 1;
        self.runs.set(run);
        self.runtime.block_on(async {
            let drive = Drive::begin(self.store.clone(), &self.environment, run).await;
            let not_founded = |error: UseCaseError| {
                let rule = "P2: what has been done is there";
                (0, Broken::new(rule, &"two organizations", &error.to_string()))
            };
            let mut drive = drive.map_err(not_founded)?;
            let mut seen = Seen::begin(&drive).await.map_err(|broken| (0, broken))?;
            let mut facts = Facts::beginning();
            let mut done = Done::default();
            for (index, step) in steps.iter().enumerate() {
                let broken = |broken| (index, broken);
                let before = facts.clone();
                let expected = facts.take(step);
                let answer = drive.take(step, &before).await;
                if answer != expected.answer {
                    let rule = rule_of(expected.answer, &answer);
                    return Err(broken(Broken::new(rule, &expected.answer, &answer)));
                }
                done.note(&before, &facts, expected.answer, expected.events.len());
                agree::check(&drive, &facts).await.map_err(broken)?;
                // Looking was no event.
                seen.recorded(&drive, &expected.events).await.map_err(broken)?;
            }
            Ok(done)
        })
    }
}

impl Done {
    fn note(&mut self, before: &Facts, after: &Facts, answer: &str, events: usize) {
        self.steps += 1;
        let is_done = matches!(answer, "done" | "permitted");
        *(if is_done { &mut self.done } else { &mut self.refused }) += 1;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.sessions += count(after.sessions.len() - before.sessions.len());
        let ended = |facts: &Facts| {
            let wanted = |cause| !matches!(cause, "stopped");
            facts.sessions.iter().filter(|session| session.ended.is_some_and(wanted)).count()
        };
        self.ended += count(ended(after) - ended(before));
        let sent_as = |facts: &Facts| {
            facts.messages.iter().filter(|message| message.author != message.sender).count()
        };
        self.sent_as += count(sent_as(after) - sent_as(before));
        self.events += count(events);
    }
}

/// The rule behind an answer that was to be given, or behind one that should not have been.
fn rule_of(expected: &str, found: &str) -> &'static str {
    match expected {
        "duplicate_grant" => "G2: a pair has at most one grant",
        "version_mismatch" => "G4: whoever changes a grant has seen it as it is",
        "grant_not_found" | "user_not_found" | "unknown_user" => {
            "T3: what is gone, and what is another organization's, is not there"
        }
        "access_required" => "G3: a grant gives something",
        "same_user" => "D9: nobody is granted access to their own account",
        "permission_required" => "G1: only administrators manage access",
        "in_login_session" => "S9: from inside a login session nothing is managed or started",
        "plan_excludes_impersonation" => "G5: without the plan there is no impersonation",
        "login_session_ended" => "R1: nothing is done in a login session that is over",
        "unauthenticated" => "S4: nothing is done with a session that is over",
        "too_many_login_sessions" => "S8: live login sessions are counted",
        "last_administrator" => "C16: one administrator remains",
        "done" | "permitted" => "what is allowed is done",
        _ if found == "done" || found == "permitted" => {
            "D1: exactly one live grant of the pair permits; all else denies"
        }
        _ => "D7: a denial has one stable reason",
    }
}

/// The steps in words.
fn tell(steps: &[Step]) -> Vec<String> {
    let mut facts = Facts::beginning();
    steps
        .iter()
        .map(|step| {
            let mut words = String::new();
            if let Some(by) = step.by() {
                write!(words, "{} ", facts.who(by)).expect("a string takes it");
            }
            write!(words, "{step}").expect("a string takes it");
            facts.take(step);
            words
        })
        .collect()
}

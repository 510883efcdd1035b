//! The steps of the three, and what must hold after each.

mod steps;
mod words;

use super::store::{Grant, Store};

pub(super) const R1: &str = "no permit after an acknowledged revocation";
pub(super) const R2: &str = "no live session without a justifying grant at rest";
pub(super) const R3: &str = "no use of a session that was ended before";
const ONE_END: &str = "one end of a session";

/// What is wrong with the protocol, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Facts are read, and decided on, before the lock is taken.
    DecidesBeforeTheLock,
    /// A change does not end the sessions that it no longer justifies, and a session is not decided
    /// anew at each use.
    LeavesSessions,
    /// The delegate's server decides on the grant that it found the first time.
    RemembersFacts,
    /// A session holds as long as there is any grant for its pair, and is not marked as ended.
    BindsToThePair,
}

/// The protocol of three processes.
#[derive(Debug, Clone)]
pub(super) struct Protocol {
    pub(super) flaw: Option<Flaw>,
    /// How many operations each may do.
    pub(super) operations: [u8; 3],
}

/// The administrator, the delegate, and a second server on which the delegate is at work, too, and
/// the upkeep runs.
const PROCESSES: [&str; 3] = ["the administrator", "the delegate", "the second server"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Revoke,
    Narrow,
    Grant,
    Start,
    /// In the session that was started as the so-many-th.
    Act(usize),
    Send,
    Stop(usize),
    Upkeep,
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    Waits,
    HasLock,
    HasRead,
    /// And whether it may; so from here on.
    HasDecided(bool),
    HasWritten(bool),
    IsOver(bool),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Running {
    operation: Operation,
    stage: Stage,
    /// What it has read.
    seen: Option<Store>,
    /// Whether what it needs had been taken, acknowledged, when it was asked for.
    was_taken: bool,
    /// How often it had been given then.
    given: u8,
    /// Whether the session that it uses had been ended then.
    had_ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    store: Store,
    lock: Option<usize>,
    processes: [Option<Running>; 3],
    left: [u8; 3],
    /// Whether an acknowledged change has taken Login Access, and Send Access, and nothing has given
    /// it again.
    taken: [bool; 2],
    /// How often a commit has given something.
    given: u8,
    broken: Option<&'static str>,
    /// The grant that the delegate's server found first, where it never reads another.
    remembered: Option<Option<Grant>>,
}

/// A step of one process, or of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Ask(usize, Operation),
    Lock(usize),
    Read(usize),
    Decide(usize),
    Write(usize),
    Commit(usize),
    Answer(usize),
    TimePasses,
}

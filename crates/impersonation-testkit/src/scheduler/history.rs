//! Who asked for what, when, and what was answered.

use impersonation_domain::time::Timestamp;

use crate::scene::{Act, Answer};

/// One act, from its request to its answer.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) act: Act,
    /// The name of its request, by which its events are found.
    pub(super) request: String,
    /// The step at which it was asked for.
    pub(super) invoked: u64,
    /// How many events there were then.
    pub(super) log_before: usize,
    /// The step at which it was answered, and what.
    pub(super) answered: Option<Answered>,
}

#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub(super) step: u64,
    /// How many events there were then.
    pub(super) log_after: usize,
    /// What the clock showed.
    pub(super) at: Timestamp,
    pub(super) answer: Answer,
}

/// What happened, in the order in which it was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct History(pub(super) Vec<Entry>);

impl History {
    /// Every act that was answered.
    pub(super) fn acts(&self) -> impl Iterator<Item = (&Entry, &Answer)> {
        self.0.iter().filter_map(|entry| Some((entry, &entry.answered.as_ref()?.answer)))
    }

    /// The act whose request has this name.
    pub(super) fn of_request(&self, request: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.request == request)
    }
}

impl Entry {
    pub(super) fn answered_at(&self) -> u64 {
        self.answered.as_ref().map_or(u64::MAX, |answered| answered.step)
    }

    pub(super) fn is_allowed(&self) -> bool {
        self.answered.as_ref().is_some_and(|answered| answered.answer.allowed)
    }
}

//! Is there an order that explains a history? The algorithm of Wing and Gong (*Testing and verifying
//! concurrent objects*, 1993) with Lowe's memory of what was tried (*Testing for linearizability*,
//! 2017): operations are put one after the other, each as soon as no other must come before it.

use std::collections::HashSet;

use super::{
    Operation,
    register::{Held, Register, State},
};

/// How many states a search may visit before it gives up. Histories of eight clients need a few
/// hundred.
const USUAL_BUDGET: usize = 5_000_000;

/// Whether a history can be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It can.
    Explained,
    /// It cannot.
    Unexplained(Unexplained),
    /// The search gave up. That is no pass.
    Undecided,
}

/// How far the best explanation goes of a history that has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// The operations that it explains, in their order, by their place in the history.
    pub order: Vec<usize>,
    /// How the pair stands after them, in words.
    pub stands: String,
}

impl Verdict {
    /// Whether the history can be explained.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        *self == Self::Explained
    }
}

/// Whether there is an order of the operations that explains every reply, in which each that was
/// replied to before another was asked for also comes before it.
#[must_use]
pub fn check(history: &[Operation]) -> Verdict {
    check_within(USUAL_BUDGET, history)
}

/// The same, but gives up after this many states.
#[must_use]
pub fn check_within(budget: usize, history: &[Operation]) -> Verdict {
    Search::new(history).run(budget)
}

/// Which operations have been put in order, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Step {
    done: Vec<u64>,
    state: State,
}

impl Step {
    fn has(&self, index: usize) -> bool {
        self.done[index / 64] >> (index % 64) & 1 == 1
    }

    fn put(&mut self, index: usize, state: State) {
        self.done[index / 64] |= 1 << (index % 64);
        self.state = state;
    }
}

struct Search<'a> {
    history: &'a [Operation],
    register: Register,
    /// The places in the history by the time of the request.
    by_time: Vec<usize>,
    answered: usize,
}

/// A step, the order that led to it, and what may come next.
struct Frame {
    step: Step,
    length: usize,
    next: Vec<(usize, State)>,
}

impl<'a> Search<'a> {
    fn new(history: &'a [Operation]) -> Self {
        // A question without an answer tells nothing and changes nothing.
        let matters = |index: &usize| history[*index].reply.is_some() || history[*index].is_write();
        let mut by_time: Vec<usize> = (0..history.len()).filter(matters).collect();
        by_time.sort_by_key(|index| history[*index].invoked);
        let answered = history.iter().filter(|operation| operation.reply.is_some()).count();
        Self { history, register: Register::of(history), by_time, answered }
    }

    fn run(&self, budget: usize) -> Verdict {
        let nothing = vec![0; self.history.len().div_ceil(64)];
        let mut order = Vec::new();
        let mut best = (Vec::new(), 0, State::default());
        let mut seen = HashSet::new();
        let mut stack = Vec::new();
        let mut coming = Some(Step { done: nothing, state: State::default() });
        loop {
            if let Some(mut step) = coming.take() {
                self.put_what_only_reads(&mut step, &mut order);
                let answered =
                    order.iter().filter(|index| self.history[**index].reply.is_some()).count();
                if answered == self.answered {
                    return Verdict::Explained;
                }
                if answered >= best.1 {
                    best = (order.clone(), answered, step.state.clone());
                }
                if seen.insert(step.clone()) {
                    if seen.len() > budget {
                        return Verdict::Undecided;
                    }
                    let next = self.next(&step);
                    stack.push(Frame { step, length: order.len(), next });
                }
            }
            let Some(frame) = stack.last_mut() else {
                let (order, _, state) = best;
                return Verdict::Unexplained(Unexplained { order, stands: stands(&state) });
            };
            order.truncate(frame.length);
            match frame.next.pop() {
                Some((index, state)) => {
                    let mut step = frame.step.clone();
                    step.put(index, state);
                    order.push(index);
                    coming = Some(step);
                }
                None => {
                    stack.pop();
                }
            }
        }
    }

    /// What may come next: nothing that is still to be put was replied to before it was asked for.
    fn ready(&self, step: &Step) -> Vec<usize> {
        let (mut ready, mut first_reply) = (Vec::new(), u64::MAX);
        for &index in self.by_time.iter().filter(|index| !step.has(**index)) {
            let operation = &self.history[index];
            if operation.invoked > first_reply {
                break;
            }
            ready.push(index);
            if operation.reply.is_some() {
                first_reply = first_reply.min(operation.returned);
            }
        }
        ready
    }

    /// Puts everything that may come next, fits and changes nothing. That loses no order: where one
    /// exists in which it comes later, it exists with it here as well, since nothing else notices.
    fn put_what_only_reads(&self, step: &mut Step, order: &mut Vec<usize>) {
        loop {
            let before = order.len();
            for index in self.ready(step) {
                let operation = &self.history[index];
                if operation.reply.is_some()
                    && self.register.apply(&step.state, operation).as_ref() == Some(&step.state)
                {
                    step.put(index, step.state.clone());
                    order.push(index);
                }
            }
            if order.len() == before {
                return;
            }
        }
    }

    /// What else may come next and fits. What has no known reply comes next only where it changes
    /// something: not putting it is always possible, too. The likeliest is last: what was replied to
    /// first.
    fn next(&self, step: &Step) -> Vec<(usize, State)> {
        let mut next: Vec<(usize, State)> = self
            .ready(step)
            .into_iter()
            .filter_map(|index| {
                let state = self.register.apply(&step.state, &self.history[index])?;
                (state != step.state).then_some((index, state))
            })
            .collect();
        next.sort_by_key(|(index, _)| {
            let operation = &self.history[*index];
            let reply = operation.reply.map_or(u64::MAX, |_| operation.returned);
            std::cmp::Reverse(reply)
        });
        next
    }
}

fn stands(state: &State) -> String {
    match state.grant {
        None => "the pair has no grant".to_owned(),
        Some(Held { id, version, access }) => {
            let id = id.map_or_else(|| "that nobody has seen".to_owned(), |id| id.to_string());
            let access: Vec<&str> = access.iter().map(|access| access.as_str()).collect();
            format!("the pair has grant {id}, version {version}, with {}", access.join(" and "))
        }
    }
}

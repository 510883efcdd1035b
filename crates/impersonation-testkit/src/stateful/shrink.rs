//! Takes away the steps that a difference does not need.

use proptest_state_machine::ReferenceStateMachine as _;

use super::{
    facts::Facts,
    generate::Life,
    step::{By, Step},
};

/// What steps name by the order in which it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    SignIn(usize),
    Grant(usize),
    Session(usize),
}

/// The same history without the step at this index, and without those that are about what it made;
/// `None` where a later step names something that would then never have been made.
pub(super) fn without(steps: &[Step], index: usize) -> Option<Vec<Step>> {
    let mut facts = Facts::beginning();
    let mut made = None;
    for (at, step) in steps.iter().enumerate().take(index + 1) {
        let before = (facts.sign_ins.len(), facts.grants_made, facts.sessions.len());
        facts.take(step);
        if at == index {
            made = if facts.sign_ins.len() > before.0 {
                Some(Made::SignIn(before.0))
            } else if facts.grants_made > before.1 {
                Some(Made::Grant(before.1))
            } else if facts.sessions.len() > before.2 {
                Some(Made::Session(before.2))
            } else {
                None
            };
        }
    }
    let rest = steps.iter().skip(index + 1).filter_map(|step| match made {
        None => Some(step.clone()),
        Some(made) => renumbered(step.clone(), made),
    });
    let shorter: Vec<_> = steps[..index].iter().cloned().chain(rest).collect();
    is_possible(&shorter).then_some(shorter)
}

fn is_possible(steps: &[Step]) -> bool {
    let mut facts = Facts::beginning();
    steps.iter().all(|step| {
        let possible = Life::preconditions(&facts, step);
        if possible {
            facts.take(step);
        }
        possible
    })
}

/// The step after something was never made: what came later has a lower number, and a step about
/// the thing itself is gone.
fn renumbered(mut step: Step, made: Made) -> Option<Step> {
    let lower = |number: usize, gone: usize| match number {
        number if number == gone => None,
        number if number > gone => Some(number - 1),
        number => Some(number),
    };
    if let Some(by) = step.by_mut() {
        *by = match (*by, made) {
            (By::Own(number), Made::SignIn(gone)) => By::Own(lower(number, gone)?),
            (By::Session(number), Made::Session(gone)) => By::Session(lower(number, gone)?),
            (by, _) => by,
        };
    }
    match (&mut step, made) {
        (Step::Edit { grant, .. } | Step::Delete { grant, .. }, Made::Grant(gone)) => {
            *grant = lower(*grant, gone)?;
        }
        (Step::DeleteAll { grants, .. }, Made::Grant(gone)) => {
            *grants = grants.iter().filter_map(|grant| lower(*grant, gone)).collect();
        }
        (Step::End { session, .. }, Made::Session(gone)) => *session = lower(*session, gone)?,
        _ => {}
    }
    Some(step)
}

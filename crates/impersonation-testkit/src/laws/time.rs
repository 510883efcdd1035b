//! Laws about time.

use chrono::TimeDelta;
use impersonation_domain::policy::{Facts, GrantFacts};

use super::{Decide, Held, broken::Trial};
use crate::{reference::Answer, strategies::Case};

/// D14: a grant holds from its start on until just before its end, to the microsecond; between the
/// two, time changes nothing.
///
/// # Errors
/// Where it holds before its start or from its end on, or does not hold between.
pub fn d14_a_grant_holds_from_its_start_until_just_before_its_end(
    decide: &Decide<'_>,
    case: &Case,
) -> Held {
    case.facts.grants.iter().try_for_each(|grant| {
        let facts = Facts { grants: vec![*grant], ..case.facts.clone() };
        of_one(decide, &Case { facts, ..case.clone() }, grant)
    })
}

fn of_one(decide: &Decide<'_>, case: &Case, grant: &GrantFacts) -> Held {
    const LAW: &str = "d14_a_grant_holds_from_its_start_until_just_before_its_end";
    let tick = TimeDelta::microseconds(1);
    let trial = Trial::of(LAW, decide, case);
    let (start, end) = (grant.window.starts_at(), grant.window.expires_at());
    if let Some(start) = start {
        trial.then_denied("it is just before the start", |case| case.now = start - tick)?;
    }
    if let Some(end) = end {
        trial.then_denied("it is the very end", |case| case.now = end)?;
        trial.then_denied("it is just after the end", |case| case.now = end + tick)?;
    }
    if start.is_some_and(|start| case.now < start) || end.is_some_and(|end| end <= case.now) {
        return trial.demand(!trial.is_permitted(), "a denial, for the grant does not hold now");
    }
    let between = [start, end.map(|end| end - tick)];
    between.into_iter().flatten().try_for_each(|now| {
        let other = Case { now, ..case.clone() };
        trial.then("it is the first or the last moment", other, "the same answer", |answer| {
            // Whatever else stands in the way does so then as well.
            matches!(answer, Answer::Permit(..)) == trial.is_permitted()
        })
    })
}

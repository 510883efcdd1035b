//! Laws about grants.

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    policy::{Facts, GrantFacts},
};

use super::{Decide, Held, broken::Trial, elsewhere, weaker};
use crate::{reference::Answer, strategies::Case};

/// The case with these grants instead.
fn with(case: &Case, grants: Vec<GrantFacts>) -> Case {
    Case { facts: Facts { grants, ..case.facts.clone() }, ..case.clone() }
}

fn is_permit(answer: Answer) -> bool {
    matches!(answer, Answer::Permit(..))
}

/// D2: it is permitted exactly where one of the grants alone would permit it: access types, people,
/// organizations and times of two grants never combine.
///
/// # Errors
/// Where several together give more or less than each alone.
pub fn d2_no_two_grants_are_combined(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d2_no_two_grants_are_combined", decide, case);
    let alone = case.facts.grants.iter().any(|grant| is_permit(decide(&with(case, vec![*grant]))));
    let expected = if alone {
        "a permit, as by one of the grants alone"
    } else {
        "a denial, as by each alone"
    };
    trial.demand(trial.is_permitted() == alone, expected)
}

/// D4: what takes something away never permits what was denied. Only where grants are as a store
/// holds them: a row that is gone, or gives less, is never the reason for a permit.
///
/// # Errors
/// Where it does.
pub fn d4_taking_something_away_never_permits(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d4_taking_something_away_never_permits", decide, case);
    if trial.is_permitted() {
        return Ok(());
    }
    weaker(case).into_iter().try_for_each(|(what, weaker)| {
        trial.then(&what, weaker, "a denial, as before", |answer| !is_permit(answer))
    })
}

/// D4: what is added in another organization, or for other people, changes nothing.
///
/// # Errors
/// Where the answer is another.
pub fn d4_what_is_elsewhere_changes_nothing(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d4_what_is_elsewhere_changes_nothing", decide, case);
    elsewhere(case).into_iter().try_for_each(|(what, larger)| trial.then_the_same(what, larger))
}

/// D5: without the access type that the act needs no grant helps, whatever else it gives; and with
/// it, the other changes nothing.
///
/// # Errors
/// Where one stands for the other.
pub fn d5_each_access_type_stands_alone(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d5_each_access_type_stands_alone", decide, case);
    let (needed, other) = match case.question.needs() {
        AccessType::Login => (AccessTypes::LOGIN, AccessTypes::SEND),
        AccessType::Send => (AccessTypes::SEND, AccessTypes::LOGIN),
    };
    trial.then_denied("every grant gives only the other access type", |case| {
        case.facts.grants.iter_mut().for_each(|grant| grant.access = other);
    })?;
    for (what, access) in [
        ("no grant gives the other access type as well", needed),
        ("every such grant gives the other access type as well", AccessTypes::BOTH),
    ] {
        let mut changed = case.clone();
        let grants = changed.facts.grants.iter_mut();
        grants
            .filter(|grant| grant.access.contains(case.question.needs()))
            .for_each(|grant| grant.access = access);
        trial.then_the_same(what, changed)?;
    }
    Ok(())
}

/// D6: neither the order of grants nor their repetition changes anything.
///
/// # Errors
/// Where the answer is another.
pub fn d6_order_and_duplicates_do_not_matter(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d6_order_and_duplicates_do_not_matter", decide, case);
    let grants = &case.facts.grants;
    let reversed: Vec<_> = grants.iter().rev().copied().collect();
    trial.then_the_same("the grants are listed backwards", with(case, reversed.clone()))?;
    let twice = [grants.clone(), reversed].concat();
    trial.then_the_same("every grant is listed twice", with(case, twice))?;
    for turn in 1..grants.len() {
        let mut turned = grants.clone();
        turned.rotate_left(turn);
        trial.then_the_same("the list of grants begins elsewhere", with(case, turned))?;
    }
    Ok(())
}

/// D7: a permit names a grant that there is, of this pair and organization, in its version and with
/// its end; and that grant alone would permit it.
///
/// # Errors
/// Where it names another.
pub fn d7_a_permit_names_the_grant_that_gives_it(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d7_a_permit_names_the_grant_that_gives_it", decide, case);
    let Answer::Permit(id, version, ends) = trial.answer else { return Ok(()) };
    let is_named = |grant: &&GrantFacts| {
        let end = grant.window.expires_at().map(|end| end.timestamp_micros());
        (grant.id, grant.version.get(), end) == (id, version, ends)
            && (grant.grantor, grant.grantee) == (case.subject, case.actor)
            && case.facts.organization.is_some_and(|known| known.id == grant.organization)
    };
    let named: Vec<_> = case.facts.grants.iter().filter(is_named).collect();
    trial.demand(!named.is_empty(), "a permit that names one of the grants of the pair")?;
    let alone = named.iter().any(|grant| decide(&with(case, vec![**grant])) == trial.answer);
    trial.demand(alone, "a permit that names a grant which alone would give it")
}

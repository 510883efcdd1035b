//! Laws about login sessions, and about what is taken back.

use impersonation_domain::policy::Standing;

use super::{Decide, Held, broken::Trial};
use crate::strategies::{Case, Question, id};

/// D10: inside a login session nothing else is started or sent by a grant; an act in the session is
/// about its own grant, wherever one stands.
///
/// # Errors
/// Where something is started.
pub fn d10_nothing_is_started_inside_a_session(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d10_nothing_is_started_inside_a_session", decide, case);
    if let Question::ActAs(_) = case.question {
        let inside = Case { standing: Standing::InLoginSession, ..case.clone() };
        return trial.then_the_same("it is asked inside the session", inside);
    }
    trial.then_denied("it is asked inside a session", |case| {
        case.standing = Standing::InLoginSession;
    })
}

/// R1: once the grants of the pair are gone nothing is permitted, whatever was permitted just
/// before.
///
/// # Errors
/// Where it is.
pub fn r1_without_its_grant_nothing_is_permitted(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("r1_without_its_grant_nothing_is_permitted", decide, case);
    trial.then_denied("the grants of the pair are gone", |case| {
        let pair = (case.subject, case.actor);
        case.facts.grants.retain(|grant| (grant.grantor, grant.grantee) != pair);
    })
}

/// R3: a grant that was made anew for the pair, with another identifier, revives no session of the
/// one before.
///
/// # Errors
/// Where something may be done in the session.
pub fn r3_a_grant_made_anew_revives_no_session(decide: &Decide<'_>, case: &Case) -> Held {
    let Question::ActAs(_) = case.question else { return Ok(()) };
    let trial = Trial::of("r3_a_grant_made_anew_revives_no_session", decide, case);
    trial.then_denied("the grants of the pair were deleted and made anew", |case| {
        let pair = (case.subject, case.actor);
        let grants = case.facts.grants.iter_mut();
        grants
            .filter(|grant| (grant.grantor, grant.grantee) == pair)
            .for_each(|grant| grant.id = id(46));
    })
}

//! The decision: may this user act on that account, now?
//!
//! [`evaluate`] is the only gate. The check endpoint, the start of a login session, every request in
//! one and every send go through it, with facts read in the same transaction as the effect. It is
//! pure, total and deterministic: no store, clock or randomness.

mod facts;
mod permit;
mod rule;

pub use facts::{ChannelFacts, Facts, GrantFacts, OrganizationFacts, UserFacts};
pub use permit::{Act, ActAs, Decision, Denial, GrantRef, LogIn, Permit, SendAs};
pub use rule::{Rule, RuleOutcome};

use crate::{ids::UserId, time::Timestamp};

/// Where the actor stands when asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// In a session or with a token of their own.
    OwnAccount,
    /// Already inside a login session. Nothing can be started from there (design rule 3.4).
    InLoginSession,
}

/// The question: may `actor` do `act` on the account of `subject`?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<A> {
    /// Who acts: always the person at the keyboard, never an account that they are logged in as.
    pub actor: UserId,
    /// Whose account is acted on.
    pub subject: UserId,
    /// From where the actor asks.
    pub standing: Standing,
    /// What they want to do.
    pub act: A,
}

/// Decides the request on these facts.
///
/// Denies unless one single live grant and every other rule hold together. The denial names the
/// first rule, in the order of [`Rule::ALL`], that does not hold.
pub fn evaluate<A: Act>(facts: &Facts, request: &Request<A>, now: Timestamp) -> Decision<A> {
    let grant = rule::best_grant(facts, request, now);
    let broken = Rule::ALL
        .into_iter()
        .filter(|rule| rule.concerns(&request.act))
        .find(|rule| !rule.holds(facts, request, grant, now));
    match (broken, grant, facts.organization.as_ref()) {
        (None, Some(grant), Some(organization)) => Decision::Permit(Permit::new(
            organization.id,
            request.actor,
            request.subject,
            grant,
            request.act,
        )),
        (Some(rule), ..) => Decision::Deny(Denial::new::<A>(rule, grant)),
        // Not reachable while the rules ask for an organization and a grant; closed all the same.
        (None, ..) => Decision::Deny(Denial::new::<A>(Rule::GrantExists, None)),
    }
}

/// Every rule that concerns the request, and whether it holds. The decision is [`evaluate`]'s: it
/// permits exactly when all of these hold.
#[must_use]
pub fn explain<A: Act>(facts: &Facts, request: &Request<A>, now: Timestamp) -> Vec<RuleOutcome> {
    let grant = rule::best_grant(facts, request, now);
    Rule::ALL
        .into_iter()
        .filter(|rule| rule.concerns(&request.act))
        .map(|rule| RuleOutcome {
            rule,
            holds: rule.holds(facts, request, grant, now),
            code: rule.code::<A>(),
        })
        .collect()
}

/// Whether the rules for sending hold, but for those about a channel: whether there may be a channel
/// in which the actor can send as the subject. It permits nothing.
#[must_use]
pub fn may_send_somewhere<A: Act>(facts: &Facts, request: &Request<A>, now: Timestamp) -> bool {
    let Request { actor, subject, standing, .. } = *request;
    let request = Request { actor, subject, standing, act: permit::SendAnywhere };
    let grant = rule::best_grant(facts, &request, now);
    Rule::ALL
        .into_iter()
        .filter(|rule| rule.concerns(&request.act))
        .all(|rule| rule.holds(facts, &request, grant, now))
}

//! What a decision should be, written as sets over plain facts.
//!
//! A second opinion on `impersonation_domain::policy`. It shares only identifiers with the domain,
//! and says the same in another way: not which rule fails first, but which grants there are of
//! which everything is true ([`justifying`]), and what stands in the way of each ([`obstacles`]).

mod facts;

use std::collections::BTreeSet;

use impersonation_domain::ids::{GrantId, UserId};

pub use facts::{Action, Answer, Grant, Membership, Obstacle, Plan, Question, State, User, World};

impl Action {
    fn is_given_by(self, grant: &Grant) -> bool {
        match self {
            Self::LogIn | Self::ActAs(_) => grant.login,
            Self::SendAs(_) => grant.send,
        }
    }
}

impl World {
    /// { u ∈ users | u is this one, active, in the organization of the question } is not empty.
    fn has_active(&self, user: UserId, question: &Question) -> bool {
        self.users.iter().any(|known| {
            known.id == user
                && Some(known.organization) == question.organization
                && known.state == State::Active
        })
    }

    fn is_in_channel(&self, user: UserId, question: &Question) -> bool {
        self.memberships.iter().any(|known| {
            Action::SendAs(known.channel) == question.act
                && Some(known.organization) == question.organization
                && known.user == user
        })
    }
}

/// { (g.id, g.version, g.ends) | g ∈ grants, and all of this is true }: the grants of which each
/// alone permits what is asked. It is permitted exactly when the set is not empty.
#[must_use]
pub fn justifying(world: &World, question: &Question) -> BTreeSet<(GrantId, u64, Option<i64>)> {
    let Question { organization, actor, subject, in_login_session, act, now } = *question;
    world
        .grants
        .iter()
        .filter(|g| Some(g.organization) == organization && g.from == subject && g.to == actor)
        .filter(|g| g.from != g.to)
        .filter(|g| {
            world.plans.iter().any(|(paying, plan)| {
                *paying == g.organization && matches!(plan, Plan::MultiUser | Plan::Enterprise)
            })
        })
        .filter(|g| world.has_active(g.to, question) && world.has_active(g.from, question))
        .filter(|g| !world.users.iter().any(|user| user.id == g.from && user.protected))
        .filter(|g| act.is_given_by(g))
        .filter(|g| g.starts.is_none_or(|starts| starts <= now))
        .filter(|g| g.ends.is_none_or(|ends| now < ends))
        .filter(|g| match act {
            Action::LogIn => !in_login_session,
            Action::ActAs(session_grant) => g.id == session_grant,
            Action::SendAs(_) => {
                !in_login_session
                    && [actor, subject].iter().all(|u| world.is_in_channel(*u, question))
            }
        })
        .map(|g| (g.id, g.version, g.ends))
        .collect()
}

/// The one of these that is named: the oldest by its identifier, of that the newest version, and of
/// two rows of that the one that ends first.
#[must_use]
pub fn named(
    justifying: &BTreeSet<(GrantId, u64, Option<i64>)>,
) -> Option<(GrantId, u64, Option<i64>)> {
    let oldest = justifying.iter().map(|(id, ..)| *id).min()?;
    let of_it = justifying.iter().filter(|(id, ..)| *id == oldest);
    let newest = of_it.clone().map(|(_, version, _)| *version).max()?;
    of_it
        .filter(|(_, version, _)| *version == newest)
        .min_by_key(|(.., ends)| (ends.is_none(), *ends))
        .copied()
}

/// For each grant of the pair, all that stands in its way; for none, one set with
/// [`Obstacle::NoGrant`].
#[must_use]
pub fn obstacles(world: &World, question: &Question) -> Vec<BTreeSet<Obstacle>> {
    let Question { organization, actor, subject, in_login_session, act, now } = *question;
    let sends = matches!(act, Action::SendAs(_));
    let is_paid = world.plans.iter().any(|(paying, plan)| {
        Some(*paying) == organization && matches!(plan, Plan::MultiUser | Plan::Enterprise)
    });
    let around = [
        (!is_paid, Obstacle::Plan),
        (in_login_session && !matches!(act, Action::ActAs(_)), Obstacle::InLoginSession),
        (actor == subject, Obstacle::SameUser),
        (!world.has_active(actor, question), Obstacle::ActorInactive),
        (sends && !world.is_in_channel(actor, question), Obstacle::ActorNotInChannel),
        (!world.has_active(subject, question), Obstacle::SubjectInactive),
        (
            world.users.iter().any(|user| user.id == subject && user.protected),
            Obstacle::SubjectProtected,
        ),
        (sends && !world.is_in_channel(subject, question), Obstacle::SubjectNotInChannel),
    ];
    let around: BTreeSet<_> = around.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
    let mut each: Vec<BTreeSet<Obstacle>> = world
        .grants
        .iter()
        .filter(|g| Some(g.organization) == organization && g.from == subject && g.to == actor)
        .map(|g| {
            let replaced = matches!(act, Action::ActAs(session_grant) if session_grant != g.id);
            let of_grant = [
                (replaced, Obstacle::GrantReplaced),
                (!act.is_given_by(g), Obstacle::NotGranted),
                (g.starts.is_some_and(|starts| now < starts), Obstacle::NotStarted),
                (g.ends.is_some_and(|ends| ends <= now), Obstacle::Ended),
            ];
            of_grant
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, what)| *what)
                .chain(around.iter().copied())
                .collect()
        })
        .collect();
    if each.is_empty() {
        each.push(around.into_iter().chain([Obstacle::NoGrant]).collect());
    }
    each
}

/// Why it is denied, or `None` where it is permitted: of the first obstacles in the way of each
/// grant, the last, for that grant comes furthest.
#[must_use]
pub fn denial(world: &World, question: &Question) -> Option<Obstacle> {
    let first: Option<Vec<Obstacle>> =
        obstacles(world, question).iter().map(|of_grant| of_grant.first().copied()).collect();
    first.and_then(|each| each.into_iter().max())
}

/// Whether one thing alone is wrong: there is a grant that would do but for one obstacle, or all
/// that lacks is the grant.
#[must_use]
pub fn is_near_miss(world: &World, question: &Question) -> bool {
    let fewest = obstacles(world, question).iter().map(BTreeSet::len).min();
    fewest == Some(1)
}

/// The code of a denial for this obstacle.
#[must_use]
pub fn code(obstacle: Obstacle, act: Action) -> &'static str {
    match obstacle {
        Obstacle::Plan => "plan_excludes_impersonation",
        Obstacle::InLoginSession => "in_login_session",
        Obstacle::SameUser => "same_user",
        Obstacle::ActorInactive => "actor_inactive",
        Obstacle::ActorNotInChannel => "channel_not_found",
        Obstacle::NoGrant => "no_grant",
        Obstacle::GrantReplaced => "grant_replaced",
        Obstacle::SubjectInactive => "subject_inactive",
        Obstacle::SubjectProtected => "subject_protected",
        Obstacle::NotGranted if matches!(act, Action::SendAs(_)) => "send_not_granted",
        Obstacle::NotGranted => "login_not_granted",
        Obstacle::NotStarted => "grant_not_started",
        Obstacle::Ended => "grant_expired",
        Obstacle::SubjectNotInChannel => "subject_not_in_channel",
    }
}

/// What should be answered.
///
/// # Panics
/// Where the two ways in which the model says it contradict each other.
#[must_use]
pub fn answer(world: &World, question: &Question) -> Answer {
    match (named(&justifying(world, question)), denial(world, question)) {
        (Some((id, version, ends)), None) => Answer::Permit(id, version, ends),
        (None, Some(why)) => Answer::Deny(code(why, question.act)),
        (named, why) => panic!("the model contradicts itself: {named:?} would do, but {why:?}"),
    }
}

/// Compares an answer with what it should be.
///
/// # Errors
/// What was expected, in words, where the answer differs.
pub fn check(world: &World, question: &Question, answer: Answer) -> Result<(), String> {
    let expected = self::answer(world, question);
    if answer == expected {
        return Ok(());
    }
    let others = if justifying(world, question).len() > 1 {
        ", the first of several that would do"
    } else {
        ""
    };
    Err(format!("answered {answer}, expected {expected}{others}"))
}

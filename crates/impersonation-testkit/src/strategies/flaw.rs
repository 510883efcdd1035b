//! One thing wrong.

use chrono::TimeDelta;
use impersonation_domain::{
    access::{AccessType, AccessTypes},
    plan::Plan,
    policy::{GrantFacts, Standing, UserFacts},
    time::Window,
    user::UserStatus,
};
use proptest::prelude::*;

use super::{Case, Question, id};

/// What can be wrong, for each rule of the decision.
#[derive(Debug, Clone, Copy)]
enum Flaw {
    Plan,
    SameUser,
    Actor,
    Grant,
    Subject,
    Protected,
    Access,
    NotStarted,
    Ended,
    /// From inside a login session; in one, its grant is another.
    Session,
    /// Only for sending.
    ActorChannel,
    /// Only for sending.
    SubjectChannel,
}

impl Flaw {
    const OF_ALL: [Self; 10] = [
        Self::Plan,
        Self::SameUser,
        Self::Actor,
        Self::Grant,
        Self::Subject,
        Self::Protected,
        Self::Access,
        Self::NotStarted,
        Self::Ended,
        Self::Session,
    ];
    const OF_SENDING: [Self; 2] = [Self::ActorChannel, Self::SubjectChannel];

    /// The flaws that bear on the question.
    fn bearing_on(question: Question) -> impl Iterator<Item = Self> {
        let sending = matches!(question, Question::SendAs(_)).then_some(Self::OF_SENDING);
        Self::OF_ALL.into_iter().chain(sending.into_iter().flatten())
    }
}

/// These cases with one thing made wrong that bears on the question. `grants` keep the one that
/// justified the case at their end.
pub fn near_misses(cases: impl Strategy<Value = Case>) -> impl Strategy<Value = Case> {
    (cases, 0_usize..12, 0_usize..6).prop_map(|(mut case, which, way)| {
        spoil_one(&mut case, which, way);
        case
    })
}

/// Makes one of the things wrong that bear on the question.
pub(super) fn spoil_one(case: &mut Case, which: usize, way: usize) {
    let count = Flaw::bearing_on(case.question).count();
    if let Some(flaw) = Flaw::bearing_on(case.question).nth(which % count) {
        spoil(case, flaw, way);
    }
}

fn spoil(case: &mut Case, flaw: Flaw, way: usize) {
    let facts = &mut case.facts;
    match flaw {
        Flaw::Plan if way == 0 => facts.organization = None,
        Flaw::Plan => facts.organization.iter_mut().for_each(|o| o.plan = Plan::Individual),
        Flaw::SameUser => become_one(case),
        Flaw::Actor => spoil_user(&mut facts.actor, way),
        Flaw::Subject => spoil_user(&mut facts.subject, way),
        Flaw::Protected => facts.subject.iter_mut().for_each(|subject| subject.protected = true),
        Flaw::Session => match &mut case.question {
            Question::ActAs(grant) => *grant = id(9),
            _ => case.standing = Standing::InLoginSession,
        },
        Flaw::ActorChannel => match (&mut facts.channel, way) {
            (Some(channel), 0) => channel.id = id(2),
            (Some(channel), 1) => channel.organization = id(2),
            (channel, 2) => *channel = None,
            (Some(channel), _) => channel.actor_is_member = false,
            (None, _) => {}
        },
        Flaw::SubjectChannel => {
            facts.channel.iter_mut().for_each(|channel| channel.subject_is_member = false);
        }
        Flaw::Grant | Flaw::Access | Flaw::NotStarted | Flaw::Ended => spoil_grant(case, flaw, way),
    }
}

fn spoil_user(user: &mut Option<UserFacts>, way: usize) {
    match (user.as_mut(), way) {
        (_, 0) => *user = None,
        (Some(user), 1) => user.organization = id(2),
        (Some(user), 2) => user.id = id(4),
        (Some(user), 3) => user.status = UserStatus::Removed,
        (Some(user), _) => user.status = UserStatus::Deactivated,
        (None, _) => {}
    }
}

/// The actor acts on their own account, with a grant to themself.
fn become_one(case: &mut Case) {
    let (actor, subject) = (case.actor, case.subject);
    for grant in &mut case.facts.grants {
        if (grant.grantor, grant.grantee) == (subject, actor) {
            grant.grantor = actor;
        }
    }
    case.subject = actor;
    case.facts.subject = case.facts.actor;
}

fn spoil_grant(case: &mut Case, flaw: Flaw, way: usize) {
    let (actor, subject, now, needs) = (case.actor, case.subject, case.now, case.question.needs());
    // For a grant that is missing, what lies beside it is another matter.
    if matches!(flaw, Flaw::Grant) {
        let is_of_pair = |grant: &GrantFacts| (grant.grantor, grant.grantee) == (subject, actor);
        let last = case.facts.grants.pop();
        case.facts.grants.retain(|grant| !is_of_pair(grant));
        case.facts.grants.extend(last);
    }
    let Some(grant) = case.facts.grants.last_mut() else { return };
    let away = match way {
        0 | 1 => TimeDelta::microseconds(1),
        2 | 3 => TimeDelta::seconds(1),
        _ => TimeDelta::days(1),
    };
    match (flaw, way) {
        (Flaw::Access, _) => {
            grant.access = match needs {
                AccessType::Login => AccessTypes::SEND,
                AccessType::Send => AccessTypes::LOGIN,
            };
        }
        (Flaw::NotStarted, _) => {
            let until = (way.is_multiple_of(2)).then(|| now + away + away);
            grant.window = Window::new(Some(now + away), until).unwrap_or_default();
        }
        (Flaw::Ended, _) => {
            // At its end a grant holds no more.
            let end = if way.is_multiple_of(2) { now } else { now - away };
            let from = (way > 2).then(|| end - away);
            grant.window = Window::new(from, Some(end)).unwrap_or_default();
        }
        (_, 0) => grant.organization = id(2),
        (_, 1) => (grant.grantor, grant.grantee) = (actor, subject),
        (_, 2) => grant.grantor = id(4),
        (_, 3) => grant.grantee = id(4),
        _ => drop(case.facts.grants.pop()),
    }
}

/// The case with one thing taken away.
pub fn weakenings(case: &Case) -> impl Strategy<Value = Case> + use<> {
    let case = case.clone();
    let count = case.facts.grants.len().max(1);
    (0_usize..11, 0..count).prop_map(move |(how, which)| {
        let mut weaker = case.clone();
        let facts = &mut weaker.facts;
        match how {
            0 => facts.organization = None,
            1 => facts.actor = None,
            2 => facts.subject = None,
            3 => facts.channel = None,
            4 => facts.organization.iter_mut().for_each(|o| o.plan = Plan::Individual),
            5 => facts.actor.iter_mut().for_each(|u| u.status = UserStatus::Deactivated),
            6 => facts.subject.iter_mut().for_each(|u| u.status = UserStatus::Removed),
            7 => facts.subject.iter_mut().for_each(|u| u.protected = true),
            8 => facts.channel.iter_mut().for_each(|c| c.subject_is_member = false),
            9 if which < facts.grants.len() => drop(facts.grants.remove(which)),
            _ => {
                if let Some(grant) = facts.grants.get_mut(which) {
                    grant.access = if grant.access.contains(AccessType::Send) {
                        AccessTypes::SEND
                    } else {
                        AccessTypes::LOGIN
                    };
                }
            }
        }
        weaker
    })
}

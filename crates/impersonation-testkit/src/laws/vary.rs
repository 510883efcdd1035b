//! Every way to take something away from a case, and to add something elsewhere.

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessTypes,
    plan::Plan,
    policy::{GrantFacts, Standing, UserFacts},
    time::Window,
    user::UserStatus,
};

use crate::strategies::{Case, Question, id};

/// Where a user stands in a case.
type User = fn(&mut Case) -> &mut Option<UserFacts>;

/// The case with one thing taken away, in every way, each with what was taken, in words.
#[must_use]
pub fn weaker(case: &Case) -> Vec<(String, Case)> {
    let mut found = Vec::new();
    let mut with = |what: String, change: &dyn Fn(&mut Case)| {
        let mut weaker = case.clone();
        change(&mut weaker);
        if weaker != *case {
            found.push((what, weaker));
        }
    };
    with("the organization is gone".into(), &|case| case.facts.organization = None);
    with("the plan is individual".into(), &|case| {
        case.facts.organization.iter_mut().for_each(|known| known.plan = Plan::Individual);
    });
    let of: [(&str, User); 2] =
        [("actor", |case| &mut case.facts.actor), ("subject", |case| &mut case.facts.subject)];
    for (who, user) in of {
        with(format!("the {who} is gone"), &|case| *user(case) = None);
        for status in [UserStatus::Deactivated, UserStatus::Removed] {
            with(format!("the {who} is {}", status.as_str()), &|case| {
                // Neither brings back someone who was removed.
                let known = user(case).iter_mut().filter(|u| u.status != UserStatus::Removed);
                known.for_each(|known| known.status = status);
            });
        }
    }
    with("the subject is protected".into(), &|case| {
        case.facts.subject.iter_mut().for_each(|known| known.protected = true);
    });
    if !matches!(case.question, Question::ActAs(_)) {
        with("it is asked inside a session".into(), &|case| {
            case.standing = Standing::InLoginSession;
        });
    }
    with("the channel is gone".into(), &|case| case.facts.channel = None);
    with("the actor leaves the channel".into(), &|case| {
        case.facts.channel.iter_mut().for_each(|channel| channel.actor_is_member = false);
    });
    with("the subject leaves the channel".into(), &|case| {
        case.facts.channel.iter_mut().for_each(|channel| channel.subject_is_member = false);
    });
    for index in 0..case.facts.grants.len() {
        for (what, weaker) in weaker_grants(&case.facts.grants[index], case) {
            with(format!("{what} the grant in place {}", index + 1), &|case| match weaker {
                Some(weaker) => case.facts.grants[index] = weaker,
                None => _ = case.facts.grants.remove(index),
            });
        }
    }
    found
}

/// What is less than this grant, or nothing.
fn weaker_grants(grant: &GrantFacts, case: &Case) -> Vec<(&'static str, Option<GrantFacts>)> {
    let mut found = vec![("gone is", None)];
    if grant.access == AccessTypes::BOTH {
        let access = [AccessTypes::LOGIN, AccessTypes::SEND];
        let less = access.map(|access| ("less is given by", Some(GrantFacts { access, ..*grant })));
        found.extend(less);
    }
    let tick = TimeDelta::microseconds(1);
    let (start, end) = (grant.window.starts_at(), grant.window.expires_at());
    let (later, sooner) = (case.now + tick, case.now);
    if start.is_none_or(|start| start < later) {
        let window = Window::new(Some(later), end);
        found.extend(window.map(|window| ("later begins", Some(GrantFacts { window, ..*grant }))));
    }
    if end.is_none_or(|end| sooner < end) {
        let window = Window::new(start, Some(sooner));
        found.extend(window.map(|window| ("sooner ends", Some(GrantFacts { window, ..*grant }))));
    }
    found
}

/// The case with something added that is about others, in every way, each with what was added.
#[must_use]
pub fn elsewhere(case: &Case) -> Vec<(&'static str, Case)> {
    let Some(organization) = case.facts.organization else { return Vec::new() };
    // A grant that would do, as far as it can be made to.
    let grant = GrantFacts {
        id: id(40),
        version: impersonation_domain::version::Version::INITIAL,
        organization: organization.id,
        grantor: case.subject,
        grantee: case.actor,
        access: AccessTypes::BOTH,
        window: Window::default(),
    };
    let id = match case.question {
        Question::ActAs(session_grant) => session_grant,
        _ => grant.id,
    };
    let grant = GrantFacts { id, ..grant };
    let others = [
        (
            "another organization has such a grant",
            GrantFacts { organization: crate::strategies::id(41), ..grant },
        ),
        (
            "somebody else gives the actor access",
            GrantFacts { grantor: crate::strategies::id(42), ..grant },
        ),
        (
            "the subject gives somebody else access",
            GrantFacts { grantee: crate::strategies::id(43), ..grant },
        ),
        (
            "the actor gives the subject access",
            GrantFacts { grantor: case.actor, grantee: case.subject, ..grant },
        ),
    ];
    let mut found = Vec::new();
    for (what, other) in others {
        if (other.grantor, other.grantee) == (case.subject, case.actor)
            && other.organization == organization.id
        {
            continue;
        }
        // Before the others, and after them.
        let mut first = case.clone();
        first.facts.grants.insert(0, other);
        let mut last = case.clone();
        last.facts.grants.push(other);
        found.extend([(what, first), (what, last)]);
    }
    found
}

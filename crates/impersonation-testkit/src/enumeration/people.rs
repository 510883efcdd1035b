//! Everything about people, channels, plans and sessions.

use impersonation_domain::{
    access::AccessTypes,
    plan::Plan,
    policy::{ChannelFacts, Facts, GrantFacts, OrganizationFacts, Standing, UserFacts},
    user::UserStatus,
    version::Version,
};

use super::{ACCESS, ACTOR, Digits, NOW, SUBJECT, WINDOWS, user, version, window};
use crate::strategies::{Case, Question, id};

const STATUSES: [UserStatus; 3] =
    [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed];

fn active(number: u64) -> UserFacts {
    UserFacts {
        id: user(number),
        organization: id(1),
        status: UserStatus::Active,
        protected: false,
    }
}

/// User 1 asks about user 2, and nothing is wrong but that there is no grant.
pub(super) fn all_right() -> Case {
    Case {
        facts: Facts {
            organization: Some(OrganizationFacts { id: id(1), plan: Plan::MultiUser }),
            actor: Some(active(ACTOR)),
            subject: Some(active(SUBJECT)),
            grants: Vec::new(),
            channel: Some(ChannelFacts {
                id: id(1),
                organization: id(1),
                actor_is_member: true,
                subject_is_member: true,
            }),
        },
        actor: user(ACTOR),
        subject: user(SUBJECT),
        standing: Standing::OwnAccount,
        question: Question::LogIn,
        now: NOW,
    }
}

fn organization(digits: &mut Digits) -> Option<OrganizationFacts> {
    let plans = [None, Some(Plan::Individual), Some(Plan::MultiUser), Some(Plan::Enterprise)];
    digits.one_of(&plans).map(|plan| OrganizationFacts { id: id(1), plan })
}

/// Nobody; or this user or the third, of either organization, in every state.
fn any_user(digits: &mut Digits, number: u64) -> Option<UserFacts> {
    let which = digits.world(2 * 2 * 3 * 2 + 1);
    let mut inner = Digits::of(which.checked_sub(1)?);
    Some(UserFacts {
        id: user(if inner.take(2) == 0 { number } else { 3 }),
        organization: id(1 + inner.take(2)),
        status: inner.one_of(&STATUSES),
        protected: inner.take(2) == 1,
    })
}

/// No channel; or this one or another, of either organization, with or without each of the two.
fn any_channel(digits: &mut Digits) -> Option<ChannelFacts> {
    let which = digits.world(2 * 2 * 4 + 1);
    let mut inner = Digits::of(which.checked_sub(1)?);
    Some(ChannelFacts {
        id: id(1 + inner.take(2)),
        organization: id(1 + inner.take(2)),
        actor_is_member: inner.take(2) == 0,
        subject_is_member: inner.take(2) == 0,
    })
}

/// Logging in, acting in a session by this or another grant, sending; from the own account, and from
/// inside a session.
fn ask(digits: &mut Digits, case: &mut Case) {
    case.question = match digits.question(4) {
        0 => Question::LogIn,
        1 => Question::SendAs(id(1)),
        other => Question::ActAs(id(other - 1)),
    };
    let inside = digits.question(2) == 1;
    case.standing = if inside { Standing::InLoginSession } else { Standing::OwnAccount };
    if digits.question(2) == 1 {
        // On their own account, by what was a grant of the other.
        case.subject = case.actor;
        for grant in &mut case.facts.grants {
            if (grant.grantor, grant.grantee) == (user(SUBJECT), user(ACTOR)) {
                grant.grantor = user(ACTOR);
            }
        }
        let subject = case.facts.subject.as_mut().filter(|known| known.id == user(SUBJECT));
        subject.into_iter().for_each(|known| known.id = user(ACTOR));
    }
}

/// Everything about people, with no grant, with every grant of the pair in this organization, or
/// with one that is almost of it.
pub(super) fn with_one_grant(digits: &mut Digits) -> Case {
    let mut case = all_right();
    case.facts.organization = organization(digits);
    case.facts.actor = any_user(digits, ACTOR);
    case.facts.subject = any_user(digits, SUBJECT);
    case.facts.channel = any_channel(digits);
    let which = digits.world(3 * 3 + 3 + 1);
    let grant = of_pair(1, Version::INITIAL, AccessTypes::BOTH);
    case.facts.grants = match which.checked_sub(1) {
        None => Vec::new(),
        Some(almost @ 0..3) => vec![nearly_of_pair(almost, grant)],
        Some(other) => {
            let mut inner = Digits::of(other - 3);
            let access = inner.one_of(&ACCESS);
            // Not begun, holding, ended: the windows themselves are for the next family.
            let window = window(inner.one_of(&[WINDOWS[13], WINDOWS[6], WINDOWS[3]]));
            vec![GrantFacts { access, window, ..grant }]
        }
    };
    ask(digits, &mut case);
    case
}

fn of_pair(number: u64, version: Version, access: AccessTypes) -> GrantFacts {
    GrantFacts {
        id: id(number),
        version,
        organization: id(1),
        grantor: user(SUBJECT),
        grantee: user(ACTOR),
        access,
        window: window(WINDOWS[0]),
    }
}

/// Of another organization, from or to another.
fn nearly_of_pair(how: u64, grant: GrantFacts) -> GrantFacts {
    match how {
        0 => GrantFacts { organization: id(2), ..grant },
        1 => GrantFacts { grantor: user(3), ..grant },
        _ => GrantFacts { grantee: user(3), ..grant },
    }
}

/// What can be right or wrong with a user: nobody is known, somebody else, of another organization,
/// not in use in two ways, in use.
fn some_user(which: u64, number: u64) -> Option<UserFacts> {
    let right = active(number);
    match which {
        0 => None,
        1 => Some(UserFacts { id: user(3), ..right }),
        2 => Some(UserFacts { organization: id(2), ..right }),
        3 => Some(UserFacts { status: UserStatus::Deactivated, ..right }),
        4 => Some(UserFacts { status: UserStatus::Removed, ..right }),
        _ => Some(right),
    }
}

/// No channel, another, of another organization, with or without each of the two.
fn some_channel(digits: &mut Digits) -> Option<ChannelFacts> {
    let (actor_is_member, subject_is_member) = (true, true);
    let right = ChannelFacts { id: id(1), organization: id(1), actor_is_member, subject_is_member };
    match digits.world(7) {
        0 => None,
        1 => Some(ChannelFacts { id: id(2), ..right }),
        2 => Some(ChannelFacts { organization: id(2), ..right }),
        3 => Some(ChannelFacts { actor_is_member: false, ..right }),
        4 => Some(ChannelFacts { subject_is_member: false, ..right }),
        5 => Some(ChannelFacts { actor_is_member: false, subject_is_member: false, ..right }),
        _ => Some(right),
    }
}

/// What can be right or wrong with a grant, in either of two versions of either of two identifiers.
fn some_grant(digits: &mut Digits) -> Option<GrantFacts> {
    let which = digits.world(2 * 2 * 2 * 3 + 3 + 1);
    let (login, send) = (AccessTypes::LOGIN, AccessTypes::SEND);
    match which.checked_sub(1)? {
        almost @ 0..3 => Some(nearly_of_pair(almost, of_pair(1, Version::INITIAL, login))),
        other => {
            let mut inner = Digits::of(other - 3);
            let (number, version) = (1 + inner.take(2), version(1 + inner.take(2)));
            let access = if inner.take(2) == 0 { login } else { send };
            let window = window(inner.one_of(&[WINDOWS[13], WINDOWS[6], WINDOWS[3]]));
            Some(GrantFacts { window, ..of_pair(number, version, access) })
        }
    }
}

/// All that can be right or wrong at once, with up to two grants.
pub(super) fn with_two_grants(digits: &mut Digits) -> Case {
    let mut case = all_right();
    case.facts.organization = organization(digits);
    case.facts.actor = some_user(digits.world(6), ACTOR);
    // Each of those who are known once more, protected.
    let which = digits.world(6 + 5);
    case.facts.subject = some_user(if which < 6 { which } else { which - 5 }, SUBJECT);
    if which >= 6 {
        case.facts.subject.iter_mut().for_each(|known| known.protected = true);
    }
    case.facts.channel = some_channel(digits);
    case.facts.grants = [some_grant(digits), some_grant(digits)].into_iter().flatten().collect();
    ask(digits, &mut case);
    case
}

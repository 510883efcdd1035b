//! Making a case that shows something as small as it goes.

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::UserId,
    plan::Plan,
    policy::{OrganizationFacts, Standing, UserFacts},
    time::Window,
    user::UserStatus,
    version::Version,
};

use super::{Case, NOW, Question, id};

/// The smallest case that can be reached from this one by taking things away or making them plain,
/// one at a time, while `shows` still answers something; and that answer.
pub fn smallest<T>(case: &Case, first: T, shows: impl Fn(&Case) -> Option<T>) -> (Case, T) {
    let (mut smallest, mut shown) = (case.clone(), first);
    while let Some((case, what)) =
        simpler(&smallest).into_iter().find_map(|case| shows(&case).map(|what| (case, what)))
    {
        (smallest, shown) = (case, what);
    }
    (smallest, shown)
}

/// The cases that are one step simpler. No sequence of steps goes in a circle: each takes something
/// away, or puts something plain where something else was.
#[must_use]
pub fn simpler(case: &Case) -> Vec<Case> {
    let mut found = Vec::new();
    let mut step = |change: &dyn Fn(&mut Case)| {
        let mut other = case.clone();
        change(&mut other);
        if other != *case {
            found.push(other);
        }
    };
    for index in 0..case.facts.grants.len() {
        step(&|case| _ = case.facts.grants.remove(index));
    }
    if !matches!(case.question, Question::SendAs(_)) {
        step(&|case| case.facts.channel = None);
    }
    step(&|case| case.standing = Standing::OwnAccount);
    step(&|case| case.now = NOW);
    for user in [actor, subject] {
        step(&|case| plain(user(case), |user| user.protected = false));
        step(&|case| plain(user(case), |user| user.status = UserStatus::Active));
        step(&|case| plain(user(case), |user| user.organization = id(1)));
    }
    step(&|case| _ = case.facts.actor.get_or_insert(active(case.actor)));
    step(&|case| _ = case.facts.subject.get_or_insert(active(case.subject)));
    let known = OrganizationFacts { id: id(1), plan: Plan::MultiUser };
    step(&|case| _ = case.facts.organization.get_or_insert(known));
    step(&|case| {
        let organization = case.facts.organization.as_mut();
        organization.into_iter().filter(|o| o.plan == Plan::Enterprise).for_each(|o| *o = known);
    });
    step(&|case| {
        if let Some(channel) = &mut case.facts.channel {
            (channel.actor_is_member, channel.subject_is_member) = (true, true);
        }
    });
    for index in 0..case.facts.grants.len() {
        step(&|case| case.facts.grants[index].window = Window::default());
        step(&|case| {
            let window = case.facts.grants[index].window;
            let without_start = Window::new(None, window.expires_at());
            case.facts.grants[index].window = without_start.unwrap_or(window);
        });
        step(&|case| {
            let window = case.facts.grants[index].window;
            let without_end = Window::new(window.starts_at(), None);
            case.facts.grants[index].window = without_end.unwrap_or(window);
        });
        step(&|case| case.facts.grants[index].version = Version::INITIAL);
        step(&|case| {
            let grant = &mut case.facts.grants[index];
            if grant.access == AccessTypes::BOTH {
                grant.access = match case.question.needs() {
                    AccessType::Login => AccessTypes::LOGIN,
                    AccessType::Send => AccessTypes::SEND,
                };
            }
        });
    }
    found
}

fn active(user: UserId) -> UserFacts {
    UserFacts { id: user, organization: id(1), status: UserStatus::Active, protected: false }
}

fn actor(case: &mut Case) -> &mut Option<UserFacts> {
    &mut case.facts.actor
}

fn subject(case: &mut Case) -> &mut Option<UserFacts> {
    &mut case.facts.subject
}

fn plain(user: &mut Option<UserFacts>, change: impl Fn(&mut UserFacts)) {
    user.iter_mut().for_each(change);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::quick;

    #[test]
    fn a_case_is_made_as_small_as_it_goes() {
        // What shows is a grant that ends: all else goes.
        let shows = |case: &Case| {
            case.facts.grants.iter().any(|grant| grant.window.expires_at().is_some()).then_some(())
        };
        let mut tried = 0;
        for case in (0..2_000).map(|number| quick::case(3, number)) {
            if shows(&case).is_none() {
                continue;
            }
            tried += 1;
            let (smallest, ()) = smallest(&case, (), shows);
            assert_eq!(smallest.facts.grants.len(), 1, "{smallest:?}");
            assert_eq!(smallest.facts.grants[0].window.starts_at(), None);
            assert_eq!(smallest.standing, Standing::OwnAccount);
            assert!(smallest.facts.subject.is_some_and(|user| !user.protected));
        }
        assert!(tried > 500, "{tried}");
    }
}

//! Every law catches something, and the domain breaks none.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use chrono::TimeDelta;
use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::TypedId,
    plan::Plan,
    policy::{GrantFacts, Standing},
    time::{Timestamp, Window},
    user::UserStatus,
};
use uuid::{NonNilUuid, Uuid};

use super::*;
use crate::{agreement::decide, strategies::Question};

type Procedure = Box<dyn Fn(&Case) -> Answer>;

/// A procedure that decides as the domain does, on a case that it has made into another.
fn on(change: impl Fn(&mut Case) + 'static) -> Procedure {
    Box::new(move |case| {
        let mut other = case.clone();
        change(&mut other);
        decide(&other)
    })
}

/// A procedure that makes another answer of the domain's.
fn answering(change: impl Fn(&Case, Answer) -> Answer + 'static) -> Procedure {
    Box::new(move |case| change(case, decide(case)))
}

fn pair_of(case: &Case) -> impl Fn(&GrantFacts) -> bool + use<> {
    let pair = (case.subject, case.actor);
    move |grant| (grant.grantor, grant.grantee) == pair
}

/// The other bits of an identifier count for nothing.
fn low<T: TypedId>(of: T) -> T {
    T::from_non_nil(NonNilUuid::new(Uuid::from_u64_pair(1, of.uuid().as_u64_pair().1)).unwrap())
}

/// What is wrong with a decision, and the law that catches it.
fn broken() -> Vec<(&'static str, Procedure, &'static str)> {
    let tick = TimeDelta::microseconds(1);
    let cache = RefCell::new(BTreeSet::new());
    let turn = Cell::new(false);
    vec![
        (
            "any plan will do",
            on(|case| {
                case.facts.organization.iter_mut().for_each(|known| known.plan = Plan::Enterprise);
            }),
            "d1_it_is_as_the_model_says",
        ),
        (
            "the newest of several grants is named",
            answering(|case, answer| match answer {
                Answer::Permit(..) => {
                    let alone = case.facts.grants.iter().map(|grant| {
                        let mut case = case.clone();
                        case.facts.grants = vec![*grant];
                        decide(&case)
                    });
                    let permits = alone.filter(|answer| matches!(answer, Answer::Permit(..)));
                    permits.max_by_key(|answer| format!("{answer:?}")).unwrap_or(answer)
                }
                deny @ Answer::Deny(_) => deny,
            }),
            "d1_it_is_as_the_model_says",
        ),
        (
            "the access types of all grants of a pair are put together",
            on(|case| {
                let is_of_pair = pair_of(case);
                let grants = &mut case.facts.grants;
                let has =
                    |access| grants.iter().any(|g| is_of_pair(g) && g.access.contains(access));
                let flags = (has(AccessType::Login), has(AccessType::Send));
                let Ok(all) = AccessTypes::from_flags(flags.0, flags.1) else { return };
                grants.iter_mut().filter(|g| is_of_pair(g)).for_each(|grant| grant.access = all);
            }),
            "d2_no_two_grants_are_combined",
        ),
        (
            "the windows of all grants of a pair are put together",
            on(|case| {
                let is_of_pair = pair_of(case);
                let windows = case.facts.grants.iter().filter(|g| is_of_pair(g)).map(|g| g.window);
                let start = windows.clone().map(|window| window.starts_at()).min().flatten();
                let open = windows.clone().any(|window| window.expires_at().is_none());
                let end = if open { None } else { windows.filter_map(|w| w.expires_at()).max() };
                let Ok(all) = Window::new(start, end) else { return };
                let grants = case.facts.grants.iter_mut().filter(|grant| is_of_pair(grant));
                grants.for_each(|grant| grant.window = all);
            }),
            "d2_no_two_grants_are_combined",
        ),
        (
            "every other answer is a denial",
            answering(move |_, answer| {
                turn.set(!turn.get());
                if turn.get() { answer } else { Answer::Deny("no_grant") }
            }),
            "d3_the_same_question_has_the_same_answer",
        ),
        (
            "the end of a session is reckoned even where time ends",
            answering(|case, answer| {
                let _: Timestamp = case.now + TimeDelta::minutes(15);
                answer
            }),
            "d3_the_same_question_has_the_same_answer",
        ),
        (
            "an expired grant stands in the way of a newer one",
            answering(|case, answer| {
                let is_of_pair = pair_of(case);
                let mut grants = case.facts.grants.iter().filter(|grant| is_of_pair(grant));
                match answer {
                    Answer::Permit(..) if grants.any(|g| g.window.has_expired(case.now)) => {
                        Answer::Deny("grant_expired")
                    }
                    answer => answer,
                }
            }),
            "d4_taking_something_away_never_permits",
        ),
        (
            "the organization of a grant is not asked for",
            on(|case| {
                let Some(organization) = case.facts.organization else { return };
                let grants = case.facts.grants.iter_mut();
                grants.for_each(|grant| grant.organization = organization.id);
            }),
            "d4_what_is_elsewhere_changes_nothing",
        ),
        (
            "it is only looked whether the actor has some grant",
            on(|case| {
                let (actor, subject) = (case.actor, case.subject);
                let grants = case.facts.grants.iter_mut().filter(|grant| grant.grantee == actor);
                grants.for_each(|grant| grant.grantor = subject);
            }),
            "d4_what_is_elsewhere_changes_nothing",
        ),
        (
            "who may send may log in",
            on(|case| {
                let grants = case.facts.grants.iter_mut();
                grants.filter(|g| g.access == AccessTypes::SEND).for_each(|grant| {
                    grant.access = AccessTypes::BOTH;
                });
            }),
            "d5_each_access_type_stands_alone",
        ),
        (
            "only the first grant of a pair counts",
            on(|case| {
                let is_of_pair = pair_of(case);
                let first = case.facts.grants.iter().find(|grant| is_of_pair(grant)).copied();
                case.facts.grants = first.into_iter().collect();
            }),
            "d6_order_and_duplicates_do_not_matter",
        ),
        (
            "a grant that is listed twice is taken for a mistake",
            answering(|case, answer| {
                let ids: BTreeSet<_> = case.facts.grants.iter().map(|grant| grant.id).collect();
                let twice = ids.len() < case.facts.grants.len();
                if twice { Answer::Deny("no_grant") } else { answer }
            }),
            "d6_order_and_duplicates_do_not_matter",
        ),
        (
            "a permit always names the first version",
            answering(|_, answer| match answer {
                Answer::Permit(grant, _, ends) => Answer::Permit(grant, 1, ends),
                deny @ Answer::Deny(_) => deny,
            }),
            "d7_a_permit_names_the_grant_that_gives_it",
        ),
        (
            "a permit does not say when it ends",
            answering(|_, answer| match answer {
                Answer::Permit(grant, version, _) => Answer::Permit(grant, version, None),
                deny @ Answer::Deny(_) => deny,
            }),
            "d7_a_permit_names_the_grant_that_gives_it",
        ),
        (
            "a denial has a reason that nobody knows",
            answering(|_, answer| match answer {
                Answer::Deny("grant_expired") => Answer::Deny("expired"),
                answer => answer,
            }),
            "d7_a_denial_has_one_known_reason",
        ),
        (
            "a denial of sending says that Login Access is not granted",
            answering(|_, answer| match answer {
                Answer::Deny("send_not_granted") => Answer::Deny("login_not_granted"),
                answer => answer,
            }),
            "d7_a_denial_has_one_known_reason",
        ),
        (
            "whoever has no grant learns that the subject is gone",
            answering(|case, answer| match (answer, case.facts.subject) {
                (Answer::Deny("no_grant"), None) => Answer::Deny("subject_inactive"),
                (answer, _) => answer,
            }),
            "d7_without_a_grant_nothing_of_the_subject_shows",
        ),
        (
            "a user who is not known counts as active",
            on(|case| {
                let Some(organization) = case.facts.organization else { return };
                case.facts.actor.get_or_insert(impersonation_domain::policy::UserFacts {
                    id: case.actor,
                    organization: organization.id,
                    status: UserStatus::Active,
                    protected: false,
                });
            }),
            "d8_what_is_not_known_denies",
        ),
        (
            "it is not looked whose state it is",
            on(|case| {
                let (actor, subject) = (case.actor, case.subject);
                case.facts.actor.iter_mut().for_each(|user| user.id = actor);
                case.facts.subject.iter_mut().for_each(|user| user.id = subject);
            }),
            "d8_what_is_not_known_denies",
        ),
        (
            "on one's own account anything goes",
            answering(|case, answer| match (answer, case.facts.grants.first()) {
                (Answer::Deny("same_user"), Some(grant)) => {
                    Answer::Permit(grant.id, grant.version.get(), None)
                }
                (answer, _) => answer,
            }),
            "d9_nobody_acts_on_their_own_account",
        ),
        (
            "it is not asked from where",
            on(|case| case.standing = Standing::OwnAccount),
            "d10_nothing_is_started_inside_a_session",
        ),
        (
            "protection is forgotten",
            on(|case| case.facts.subject.iter_mut().for_each(|user| user.protected = false)),
            "d11_a_protected_account_is_never_acted_on",
        ),
        (
            "only half of an identifier is compared",
            on(|case| {
                (case.actor, case.subject) = (low(case.actor), low(case.subject));
                case.facts.grants.iter_mut().for_each(|grant| {
                    (grant.grantor, grant.grantee) = (low(grant.grantor), low(grant.grantee));
                });
                let users = [&mut case.facts.actor, &mut case.facts.subject];
                users.into_iter().flatten().for_each(|user| user.id = low(user.id));
            }),
            "d13_identifiers_are_compared_whole",
        ),
        (
            "a grant still holds at its end: now <= to",
            on(move |case| {
                for grant in &mut case.facts.grants {
                    let end = grant.window.expires_at().map(|end| end + tick);
                    grant.window = Window::new(grant.window.starts_at(), end).unwrap();
                }
            }),
            "d14_a_grant_holds_from_its_start_until_just_before_its_end",
        ),
        (
            "a grant does not hold at its start yet: from < now",
            on(move |case| {
                for grant in &mut case.facts.grants {
                    let start = grant.window.starts_at().map(|start| start + tick);
                    let window = Window::new(start, grant.window.expires_at());
                    grant.window = window.unwrap_or(grant.window);
                }
            }),
            "d14_a_grant_holds_from_its_start_until_just_before_its_end",
        ),
        (
            "the organization of a channel is not asked for",
            on(|case| {
                let Some(organization) = case.facts.organization else { return };
                case.facts.channel.iter_mut().for_each(|c| c.organization = organization.id);
            }),
            "t1_what_is_of_another_organization_gives_nothing",
        ),
        (
            "the subject may have left the channel",
            on(|case| case.facts.channel.iter_mut().for_each(|c| c.subject_is_member = true)),
            "n6_both_must_be_in_the_channel_now",
        ),
        (
            "what was permitted once is remembered",
            Box::new(move |case| {
                let asked = (case.actor, case.subject, format!("{:?}", case.question));
                let answer = decide(case);
                match (answer, cache.borrow().contains(&asked)) {
                    (Answer::Deny(_), true) => {
                        return Answer::Permit(crate::strategies::id(1), 1, None);
                    }
                    (Answer::Deny(_), false) => return answer,
                    (Answer::Permit(..), ..) => {}
                }
                cache.borrow_mut().insert(asked);
                answer
            }),
            "r1_without_its_grant_nothing_is_permitted",
        ),
        (
            "a session goes on with whatever grant there is",
            on(|case| {
                let is_of_pair = pair_of(case);
                let grant = case.facts.grants.iter().find(|grant| is_of_pair(grant));
                if let (Question::ActAs(_), Some(grant)) = (case.question, grant) {
                    case.question = Question::ActAs(grant.id);
                }
            }),
            "r3_a_grant_made_anew_revives_no_session",
        ),
    ]
}

#[test]
fn a_broken_decision_is_caught_by_the_law_that_it_breaks() {
    let mut caught = BTreeSet::new();
    for (what, procedure, name) in broken() {
        let law = LAWS.iter().find(|law| law.name == name).expect("a law of that name");
        let broken = law.check(&*procedure, 1, 4_000);
        let broken = broken.expect_err(&format!("{name} does not catch this: {what}"));
        println!("— {what}\n{broken}");
        assert_eq!(broken.law, name);
        // It says what to do about it, of a case that is small.
        assert!(broken.case.facts.grants.len() <= 2, "{what}: {broken}");
        caught.insert(name);
    }
    let blind: Vec<_> = LAWS.iter().filter(|law| !caught.contains(law.name)).collect();
    assert!(blind.is_empty(), "nothing shows that these catch anything: {blind:?}");
}

#[test]
fn a_broken_law_is_told_in_words() {
    let forgets_protection: Procedure =
        on(|case| case.facts.subject.iter_mut().for_each(|user| user.protected = false));
    let name = "d11_a_protected_account_is_never_acted_on";
    let law = LAWS.iter().find(|law| law.name == name).unwrap();
    let text = law.check(&*forgets_protection, 1, 4_000).unwrap_err().to_string();
    for part in [
        "D11 is broken: a protected account is never acted on.",
        "Answered: a permit by grant",
        "Then the subject is protected:",
        "active, protected.",
        "Expected: a denial.",
    ] {
        assert!(text.contains(part), "`{part}` in:\n{text}");
    }
}

#[test]
fn the_domain_keeps_every_law() {
    check_all(&decide, 2, 500).unwrap_or_else(|broken| panic!("{broken}"));
}

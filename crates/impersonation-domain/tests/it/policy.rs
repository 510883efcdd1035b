//! Properties of the decision, against an oracle that is written another way.
//!
//! `PROPTEST_CASES` sets how many worlds each property is tried on.

mod matrix;
mod oracle;
mod worlds;

use impersonation_domain::{
    plan::Plan,
    policy::{
        Act, ActAs, ChannelFacts, Decision, Facts, GrantRef, LogIn, Request, SendAs, Standing,
        evaluate, explain, may_send_somewhere,
    },
    time::Timestamp,
    user::UserStatus,
};
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use oracle::justifying;
use worlds::{Question, World, grants, weakenings, worlds};

type Allowed = (GrantRef, Option<Timestamp>);

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(1_000), failure_persistence: None, ..Config::default() }
}

/// The decision, whatever the act: the grant that permits and its end, or the code of the denial.
fn decide(world: &World) -> Result<Allowed, &'static str> {
    fn of<A: Act>(
        facts: &Facts,
        request: Request<A>,
        now: Timestamp,
    ) -> Result<Allowed, &'static str> {
        match evaluate(facts, &request, now) {
            Decision::Permit(permit) => {
                assert_eq!((permit.actor(), permit.subject()), (request.actor, request.subject));
                assert_eq!(Some(permit.organization()), facts.organization.map(|o| o.id));
                assert!(permit.grant_expires_at().is_none_or(|end| now < end));
                Ok((permit.grant(), permit.grant_expires_at()))
            }
            Decision::Deny(denial) => Err(denial.code()),
        }
    }
    let World { facts, now, .. } = world;
    match world.question {
        Question::LogIn => of(facts, world.request(LogIn), *now),
        Question::ActAs(grant) => of(facts, world.request(ActAs { grant }), *now),
        Question::SendAs(channel) => of(facts, world.request(SendAs { channel }), *now),
    }
}

/// Every rule and whether it holds, whatever the act.
fn rules(world: &World) -> Vec<(&'static str, bool)> {
    let World { facts, now, .. } = world;
    let outcomes = match world.question {
        Question::LogIn => explain(facts, &world.request(LogIn), *now),
        Question::ActAs(grant) => explain(facts, &world.request(ActAs { grant }), *now),
        Question::SendAs(channel) => explain(facts, &world.request(SendAs { channel }), *now),
    };
    outcomes.iter().map(|outcome| (outcome.code, outcome.holds)).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn d1_it_permits_exactly_when_one_grant_justifies_it(world in worlds()) {
        let justifying = justifying(&world);
        match decide(&world) {
            Ok((grant, _)) => prop_assert!(justifying.contains(&grant), "{grant:?} is not among {justifying:?}"),
            Err(code) => prop_assert!(justifying.is_empty(), "{code}, but {justifying:?} would do"),
        }
    }

    #[test]
    fn d2_no_two_grants_are_ever_combined(world in worlds()) {
        let alone = world.facts.grants.iter().any(|grant| {
            let facts = Facts { grants: vec![*grant], ..world.facts.clone() };
            decide(&World { facts, ..world.clone() }).is_ok()
        });
        prop_assert_eq!(decide(&world).is_ok(), alone);
    }

    #[test]
    fn d3_the_same_question_has_the_same_answer_at_any_time(
        world in worlds(),
        now in select(vec![Timestamp::MIN_UTC, Timestamp::UNIX_EPOCH, Timestamp::MAX_UTC]),
    ) {
        let world = World { now, ..world };
        prop_assert_eq!(decide(&world), decide(&world.clone()));
    }

    #[test]
    fn d4_taking_something_away_never_permits_what_was_denied(
        (world, weaker) in worlds().prop_flat_map(|world| {
            let weaker = weakenings(&world);
            (Just(world), weaker)
        }),
    ) {
        if decide(&world).is_err() {
            prop_assert!(decide(&weaker).is_err(), "{weaker:?}");
        }
    }

    #[test]
    fn d4_what_is_added_elsewhere_changes_nothing(
        world in worlds(),
        more in prop::collection::vec(grants(), 0..6),
    ) {
        let mut larger = world.clone();
        larger.facts.grants.extend(more.into_iter().filter(|grant| {
            world.facts.organization.is_none_or(|organization| grant.organization != organization.id)
                || (grant.grantor, grant.grantee) != (world.subject, world.actor)
        }));
        prop_assert_eq!(decide(&world), decide(&larger));
    }

    #[test]
    fn d5_login_and_send_are_independent(world in worlds()) {
        // Without the flag that the act needs no grant helps, whatever else they give.
        let mut without = world.clone();
        without.facts.grants.retain(|grant| !grant.access.contains(world.question.needs()));
        prop_assert!(decide(&without).is_err());
    }

    #[test]
    fn d6_order_and_duplicates_do_not_matter(
        (world, shuffled) in worlds().prop_flat_map(|world| {
            let twice = [world.facts.grants.clone(), world.facts.grants.clone()].concat();
            (Just(world), Just(twice).prop_shuffle())
        }),
    ) {
        let mut other = world.clone();
        other.facts.grants = shuffled;
        prop_assert_eq!(decide(&world), decide(&other));
        prop_assert_eq!(rules(&world), rules(&other));
    }

    #[test]
    fn d7_explain_agrees_with_evaluate(world in worlds()) {
        let broken = rules(&world).into_iter().find(|(_, holds)| !holds);
        prop_assert_eq!(decide(&world).err(), broken.map(|(code, _)| code));
    }

    #[test]
    fn d7_without_a_grant_nothing_of_the_subject_shows(
        world in worlds(),
        subject in worlds::user_facts(),
    ) {
        let mut bare = world;
        bare.facts.grants.clear();
        let before = decide(&bare);
        bare.facts.subject = subject;
        prop_assert_eq!(before, decide(&bare));
    }

    #[test]
    fn d8_what_is_not_known_denies(world in worlds(), missing in 0_usize..4) {
        let mut world = world;
        match missing {
            0 => world.facts.organization = None,
            1 => world.facts.actor = None,
            2 => world.facts.subject = None,
            _ => world.facts.grants.clear(),
        }
        prop_assert!(decide(&world).is_err());
        if let Question::SendAs(_) = world.question {
            world.facts.channel = None;
            prop_assert!(decide(&world).is_err());
        }
    }

    #[test]
    fn d10_from_inside_a_session_nothing_is_started(world in worlds()) {
        let inside = World { standing: Standing::InLoginSession, ..world.clone() };
        match world.question {
            // An act in the session asks about its own grant, wherever one stands.
            Question::ActAs(_) => prop_assert_eq!(decide(&inside), decide(&world)),
            _ => prop_assert!(decide(&inside).is_err()),
        }
    }

    #[test]
    fn d11_a_protected_account_is_never_acted_on(world in worlds()) {
        let mut world = world;
        if let Some(subject) = &mut world.facts.subject {
            subject.protected = true;
        }
        prop_assert!(decide(&world).is_err());
    }

    #[test]
    fn d14_a_grant_holds_from_its_start_until_just_before_its_expiry(world in worlds()) {
        let tick = chrono::TimeDelta::microseconds(1);
        for grant in &world.facts.grants {
            let facts = Facts { grants: vec![*grant], ..world.facts.clone() };
            let at = |now| decide(&World { facts: facts.clone(), now, ..world.clone() }).is_ok();
            if let Some(start) = grant.window.starts_at() {
                prop_assert!(!at(start - tick));
            }
            if let Some(end) = grant.window.expires_at() {
                prop_assert!(!at(end));
                prop_assert!(!at(end + tick));
                if grant.window.starts_at().is_none_or(|start| start < end) && at(world.now) {
                    prop_assert!(at(end - tick));
                }
            }
        }
    }

    #[test]
    fn d1_somewhere_to_send_means_that_a_shared_channel_would_do(world in worlds()) {
        let Question::SendAs(channel) = world.question else { return Ok(()) };
        let request = world.request(SendAs { channel });
        let somewhere = may_send_somewhere(&world.facts, &request, world.now);
        let mut shared = world.clone();
        shared.facts.channel = world.facts.organization.map(|organization| ChannelFacts {
            id: channel,
            organization: organization.id,
            actor_is_member: true,
            subject_is_member: true,
        });
        prop_assert_eq!(somewhere, decide(&shared).is_ok());
    }
}

/// Random worlds must not all be the same: neither permits nor any reason may be missing.
#[test]
fn d1_the_worlds_are_worth_deciding() {
    let mut runner = TestRunner::deterministic();
    let mut counts = std::collections::BTreeMap::new();
    let total = 20_000;
    for _ in 0..total {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        *counts.entry(decide(&world).err().unwrap_or("permitted")).or_insert(0) += 1;
    }
    let permits = counts["permitted"];
    assert!((total / 5..=total / 2).contains(&permits), "{counts:?}");
    for code in [
        "plan_excludes_impersonation",
        "in_login_session",
        "same_user",
        "actor_inactive",
        "channel_not_found",
        "no_grant",
        "grant_replaced",
        "subject_inactive",
        "subject_protected",
        "login_not_granted",
        "send_not_granted",
        "grant_not_started",
        "grant_expired",
        "subject_not_in_channel",
    ] {
        let count = counts.get(code).copied().unwrap_or(0);
        assert!(count >= total / 200, "{code}: {counts:?}");
    }
}

#[test]
fn d1_the_plans_and_states_are_those_that_the_oracle_knows() {
    // A new plan or state must be thought about in the oracle as well.
    for plan in Plan::ALL {
        assert!(matches!(plan, Plan::Individual | Plan::MultiUser | Plan::Enterprise));
    }
    for status in [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed] {
        assert_eq!(status.as_str().parse::<UserStatus>().unwrap(), status);
    }
}

//! Properties of the decision, and its agreement with a model that is written another way.
//!
//! `PROPTEST_CASES` sets how many cases each property is tried on.

mod matrix;

use impersonation_domain::{
    plan::Plan,
    policy::{
        Act, ActAs, ChannelFacts, Decision, Facts, GrantRef, LogIn, Request, SendAs, Standing,
        evaluate, explain, may_send_somewhere,
    },
    time::Timestamp,
    user::UserStatus,
};
use impersonation_testkit::{
    agreement::{self, Distribution},
    reference::{self, justifying},
    strategies::{Case, Question, cases, grants, users, weakenings},
};
use proptest::{prelude::*, sample::select, test_runner::Config};

type Allowed = (GrantRef, Option<Timestamp>);

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(1_000), failure_persistence: None, ..Config::default() }
}

/// The decision, whatever the act: the grant that permits and its end, or the code of the denial.
fn decide(case: &Case) -> Result<Allowed, &'static str> {
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
    let Case { facts, now, .. } = case;
    match case.question {
        Question::LogIn => of(facts, case.request(LogIn), *now),
        Question::ActAs(grant) => of(facts, case.request(ActAs { grant }), *now),
        Question::SendAs(channel) => of(facts, case.request(SendAs { channel }), *now),
    }
}

/// Every rule and whether it holds, whatever the act.
fn rules(case: &Case) -> Vec<(&'static str, bool)> {
    let Case { facts, now, .. } = case;
    let outcomes = match case.question {
        Question::LogIn => explain(facts, &case.request(LogIn), *now),
        Question::ActAs(grant) => explain(facts, &case.request(ActAs { grant }), *now),
        Question::SendAs(channel) => explain(facts, &case.request(SendAs { channel }), *now),
    };
    outcomes.iter().map(|outcome| (outcome.code, outcome.holds)).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn d1_it_permits_exactly_when_one_grant_justifies_it(case in cases()) {
        let (world, question) = agreement::translate(&case);
        let ends = |end: Option<Timestamp>| end.map(|end| end.timestamp_micros());
        let justifying = justifying(&world, &question);
        match decide(&case) {
            Ok((grant, end)) => {
                // Of several it is the oldest, in its newest version.
                let named = Some((grant.id, grant.version.get(), ends(end)));
                prop_assert_eq!(reference::named(&justifying), named);
            }
            Err(code) => prop_assert!(justifying.is_empty(), "{code}, but {justifying:?} would do"),
        }
    }

    #[test]
    fn d7_the_reason_is_the_one_that_the_model_gives(case in cases()) {
        if let Err(difference) = Distribution::default().compare(&case, agreement::decide) {
            prop_assert!(false, "{difference}");
        }
    }

    #[test]
    fn d2_no_two_grants_are_ever_combined(case in cases()) {
        let alone = case.facts.grants.iter().any(|grant| {
            let facts = Facts { grants: vec![*grant], ..case.facts.clone() };
            decide(&Case { facts, ..case.clone() }).is_ok()
        });
        prop_assert_eq!(decide(&case).is_ok(), alone);
    }

    #[test]
    fn d3_the_same_question_has_the_same_answer_at_any_time(
        case in cases(),
        now in select(vec![Timestamp::MIN_UTC, Timestamp::UNIX_EPOCH, Timestamp::MAX_UTC]),
    ) {
        let case = Case { now, ..case };
        prop_assert_eq!(decide(&case), decide(&case.clone()));
    }

    #[test]
    fn d4_taking_something_away_never_permits_what_was_denied(
        (case, weaker) in cases().prop_flat_map(|case| {
            let weaker = weakenings(&case);
            (Just(case), weaker)
        }),
    ) {
        if decide(&case).is_err() {
            prop_assert!(decide(&weaker).is_err(), "{weaker:?}");
        }
    }

    #[test]
    fn d4_what_is_added_elsewhere_changes_nothing(
        case in cases(),
        more in prop::collection::vec(grants(), 0..6),
    ) {
        let mut larger = case.clone();
        larger.facts.grants.extend(more.into_iter().filter(|grant| {
            case.facts.organization.is_none_or(|organization| grant.organization != organization.id)
                || (grant.grantor, grant.grantee) != (case.subject, case.actor)
        }));
        prop_assert_eq!(decide(&case), decide(&larger));
    }

    #[test]
    fn d5_login_and_send_are_independent(case in cases()) {
        // Without the flag that the act needs no grant helps, whatever else they give.
        let mut without = case.clone();
        without.facts.grants.retain(|grant| !grant.access.contains(case.question.needs()));
        prop_assert!(decide(&without).is_err());
    }

    #[test]
    fn d6_order_and_duplicates_do_not_matter(
        (case, shuffled) in cases().prop_flat_map(|case| {
            let twice = [case.facts.grants.clone(), case.facts.grants.clone()].concat();
            (Just(case), Just(twice).prop_shuffle())
        }),
    ) {
        let mut other = case.clone();
        other.facts.grants = shuffled;
        prop_assert_eq!(decide(&case), decide(&other));
        prop_assert_eq!(rules(&case), rules(&other));
    }

    #[test]
    fn d7_explain_agrees_with_evaluate(case in cases()) {
        let broken = rules(&case).into_iter().find(|(_, holds)| !holds);
        prop_assert_eq!(decide(&case).err(), broken.map(|(code, _)| code));
    }

    #[test]
    fn d7_without_a_grant_nothing_of_the_subject_shows(
        case in cases(),
        subject in users(),
    ) {
        let mut bare = case;
        bare.facts.grants.clear();
        let before = decide(&bare);
        bare.facts.subject = subject;
        prop_assert_eq!(before, decide(&bare));
    }

    #[test]
    fn d8_what_is_not_known_denies(case in cases(), missing in 0_usize..4) {
        let mut case = case;
        match missing {
            0 => case.facts.organization = None,
            1 => case.facts.actor = None,
            2 => case.facts.subject = None,
            _ => case.facts.grants.clear(),
        }
        prop_assert!(decide(&case).is_err());
        if let Question::SendAs(_) = case.question {
            case.facts.channel = None;
            prop_assert!(decide(&case).is_err());
        }
    }

    #[test]
    fn d10_from_inside_a_session_nothing_is_started(case in cases()) {
        let inside = Case { standing: Standing::InLoginSession, ..case.clone() };
        match case.question {
            // An act in the session asks about its own grant, wherever one stands.
            Question::ActAs(_) => prop_assert_eq!(decide(&inside), decide(&case)),
            _ => prop_assert!(decide(&inside).is_err()),
        }
    }

    #[test]
    fn d11_a_protected_account_is_never_acted_on(case in cases()) {
        let mut case = case;
        if let Some(subject) = &mut case.facts.subject {
            subject.protected = true;
        }
        prop_assert!(decide(&case).is_err());
    }

    #[test]
    fn d14_a_grant_holds_from_its_start_until_just_before_its_expiry(case in cases()) {
        let tick = chrono::TimeDelta::microseconds(1);
        for grant in &case.facts.grants {
            let facts = Facts { grants: vec![*grant], ..case.facts.clone() };
            let at = |now| decide(&Case { facts: facts.clone(), now, ..case.clone() }).is_ok();
            if let Some(start) = grant.window.starts_at() {
                prop_assert!(!at(start - tick));
            }
            if let Some(end) = grant.window.expires_at() {
                prop_assert!(!at(end));
                prop_assert!(!at(end + tick));
                if grant.window.starts_at().is_none_or(|start| start < end) && at(case.now) {
                    prop_assert!(at(end - tick));
                }
            }
        }
    }

    #[test]
    fn d1_somewhere_to_send_means_that_a_shared_channel_would_do(case in cases()) {
        let Question::SendAs(channel) = case.question else { return Ok(()) };
        let request = case.request(SendAs { channel });
        let somewhere = may_send_somewhere(&case.facts, &request, case.now);
        let mut shared = case.clone();
        shared.facts.channel = case.facts.organization.map(|organization| ChannelFacts {
            id: channel,
            organization: organization.id,
            actor_is_member: true,
            subject_is_member: true,
        });
        prop_assert_eq!(somewhere, decide(&shared).is_ok());
    }
}

// Every law of the testkit, on the decision itself.
impersonation_testkit::decision_laws!(laws, agreement::decide);

#[test]
fn d1_the_plans_and_states_are_those_that_the_model_knows() {
    // A new plan or state must be thought about in the model as well.
    for plan in Plan::ALL {
        assert!(matches!(plan, Plan::Individual | Plan::MultiUser | Plan::Enterprise));
    }
    for status in [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed] {
        assert_eq!(status.as_str().parse::<UserStatus>().unwrap(), status);
    }
}

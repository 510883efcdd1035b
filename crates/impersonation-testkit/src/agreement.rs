//! Whether a decision agrees with the reference model, and whether it was asked enough.

mod many;

use std::{collections::BTreeMap, fmt};

use impersonation_domain::{
    access::AccessType,
    plan::Plan,
    policy::{Act, ActAs, Decision, LogIn, Rule, SendAs, evaluate},
    user::UserStatus,
};

use crate::{
    reference::{self, Answer},
    strategies::{Case, Question},
};

pub use many::{Difference, compare_many};

/// What the domain answers.
#[must_use]
pub fn decide(case: &Case) -> Answer {
    match case.question {
        Question::LogIn => answer(case, LogIn),
        Question::ActAs(grant) => answer(case, ActAs { grant }),
        Question::SendAs(channel) => answer(case, SendAs { channel }),
    }
}

fn answer<A: Act>(case: &Case, act: A) -> Answer {
    match evaluate(&case.facts, &case.request(act), case.now) {
        Decision::Permit(permit) => {
            let ends = permit.grant_expires_at().map(|end| end.timestamp_micros());
            Answer::Permit(permit.grant().id, permit.grant().version.get(), ends)
        }
        Decision::Deny(denial) => Answer::Deny(denial.code()),
    }
}

/// The case in the words of the reference model.
#[must_use]
pub fn translate(case: &Case) -> (reference::World, reference::Question) {
    let Case { facts, actor, subject, standing, question, now } = case;
    let plans = facts.organization.iter().map(|organization| {
        let plan = match organization.plan {
            Plan::Individual => reference::Plan::Individual,
            Plan::MultiUser => reference::Plan::MultiUser,
            Plan::Enterprise => reference::Plan::Enterprise,
        };
        (organization.id, plan)
    });
    // What is said of somebody else under the name of the actor or the subject says nothing here.
    let said_of = [(&facts.actor, actor), (&facts.subject, subject)];
    let users = said_of.into_iter().filter_map(|(user, id)| user.filter(|user| user.id == *id));
    let users = users.map(|user| reference::User {
        id: user.id,
        organization: user.organization,
        state: match user.status {
            UserStatus::Active => reference::State::Active,
            UserStatus::Deactivated => reference::State::Deactivated,
            UserStatus::Removed => reference::State::Removed,
        },
        protected: user.protected,
    });
    let grants = facts.grants.iter().map(|grant| reference::Grant {
        id: grant.id,
        version: grant.version.get(),
        organization: grant.organization,
        from: grant.grantor,
        to: grant.grantee,
        login: grant.access.contains(AccessType::Login),
        send: grant.access.contains(AccessType::Send),
        starts: grant.window.starts_at().map(|start| start.timestamp_micros()),
        ends: grant.window.expires_at().map(|end| end.timestamp_micros()),
    });
    let memberships = facts.channel.iter().flat_map(|channel| {
        [(channel.actor_is_member, *actor), (channel.subject_is_member, *subject)]
            .into_iter()
            .filter(|(is_member, _)| *is_member)
            .map(|(_, user)| reference::Membership {
                channel: channel.id,
                organization: channel.organization,
                user,
            })
    });
    let world = reference::World {
        plans: plans.collect(),
        users: users.collect(),
        grants: grants.collect(),
        memberships: memberships.collect(),
    };
    let question = reference::Question {
        organization: facts.organization.map(|organization| organization.id),
        actor: *actor,
        subject: *subject,
        in_login_session: *standing == impersonation_domain::policy::Standing::InLoginSession,
        act: match *question {
            Question::LogIn => reference::Action::LogIn,
            Question::ActAs(grant) => reference::Action::ActAs(grant),
            Question::SendAs(channel) => reference::Action::SendAs(channel),
        },
        now: now.timestamp_micros(),
    };
    (world, question)
}

/// How often each answer came up, and how often one thing alone was wrong.
#[derive(Debug, Clone, Default)]
pub struct Distribution {
    cases: u64,
    permits: u64,
    near_misses: u64,
    denials: BTreeMap<&'static str, u64>,
}

impl Distribution {
    /// Decides the case by `decide`, compares the answer with the reference model, and counts it.
    ///
    /// # Errors
    /// What was expected, in words, where the answer differs.
    pub fn compare(
        &mut self,
        case: &Case,
        decide: impl FnOnce(&Case) -> Answer,
    ) -> Result<(), String> {
        let (world, question) = translate(case);
        let answer = decide(case);
        self.cases += 1;
        match answer {
            Answer::Permit(..) => self.permits += 1,
            Answer::Deny(code) => *self.denials.entry(code).or_default() += 1,
        }
        if reference::is_near_miss(&world, &question) {
            self.near_misses += 1;
        }
        reference::check(&world, &question, answer)
    }

    /// What makes these cases a poor test of a decision, in words: less than 20% or more than 50%
    /// of permits, less than 30% of near misses, or less than 1% of any reason for a denial.
    #[must_use]
    pub fn shortcomings(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut demand = |what: &str, count: u64, least: f64, most: f64| {
            let share = self.share(count);
            if share < least || share > most {
                found.push(format!("{share:.2}% {what}, should be {least}% to {most}%"));
            }
        };
        demand("permits", self.permits, 20.0, 50.0);
        demand("near misses", self.near_misses, 30.0, 100.0);
        for rule in Rule::ALL {
            let codes = [rule.code::<LogIn>(), rule.code::<SendAs>()];
            let different = if codes.first() == codes.last() { 1 } else { 2 };
            for code in codes.into_iter().take(different) {
                demand(code, self.denials.get(code).copied().unwrap_or(0), 1.0, 100.0);
            }
        }
        found
    }

    /// What was counted: cases, permits, near misses, and denials by their code.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts =
            [("cases", self.cases), ("permits", self.permits), ("near misses", self.near_misses)];
        counts.into_iter().chain(self.denials.iter().map(|(code, count)| (*code, *count))).collect()
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.permits += other.permits;
        self.near_misses += other.near_misses;
        for (code, count) in &other.denials {
            *self.denials.entry(code).or_default() += count;
        }
    }

    fn share(&self, count: u64) -> f64 {
        100.0 * as_float(count) / as_float(self.cases.max(1))
    }
}

/// Exact up to 2⁵³, which is more than anybody tries.
fn as_float(count: u64) -> f64 {
    let (high, low) = ((count >> 32) as u32, count as u32);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>6.2}% permits", self.share(self.permits))?;
        writeln!(f, "{:>6.2}% near misses", self.share(self.near_misses))?;
        for (code, count) in &self.denials {
            writeln!(f, "{:>6.2}% denied: {code}", self.share(*count))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        strategy::{Strategy as _, ValueTree as _},
        test_runner::TestRunner,
    };

    use super::*;
    use crate::strategies::cases;

    /// That many of the strategies' cases, always the same.
    fn some(count: usize) -> impl Iterator<Item = Case> {
        let mut runner = TestRunner::deterministic();
        let cases = cases();
        (0..count).map(move |_| cases.new_tree(&mut runner).unwrap().current())
    }

    #[test]
    fn d1_the_cases_are_worth_deciding() {
        let mut distribution = Distribution::default();
        for case in some(20_000) {
            distribution.compare(&case, decide).unwrap();
        }
        println!("{distribution}");
        assert_eq!(distribution.shortcomings(), Vec::<String>::new(), "{distribution}");
    }

    #[test]
    fn d1_the_two_ways_in_which_the_model_says_it_agree() {
        for case in some(5_000) {
            let (world, question) = translate(&case);
            let justified = !reference::justifying(&world, &question).is_empty();
            assert_eq!(justified, reference::denial(&world, &question).is_none(), "{case:?}");
        }
    }

    #[test]
    fn d1_cases_that_are_all_alike_are_found_out() {
        let mut distribution = Distribution::default();
        for case in some(1_000).filter(|case| matches!(decide(case), Answer::Permit(..))) {
            distribution.compare(&case, decide).unwrap();
        }
        let found = distribution.shortcomings();
        assert_eq!(found.len(), 2 + 14, "permits, near misses and every reason: {found:?}");
    }

    #[test]
    fn d1_a_decision_that_always_says_yes_or_no_is_found_out() {
        let yes = |case: &Case| Answer::Permit(case.facts.grants[0].id, 1, None);
        let no = |_: &Case| Answer::Deny("no_grant");
        let differs = |decide: &dyn Fn(&Case) -> Answer| {
            some(200)
                .filter(|case| !case.facts.grants.is_empty())
                .any(|case| Distribution::default().compare(&case, decide).is_err())
        };
        assert!(differs(&yes));
        assert!(differs(&no));
        assert!(!differs(&decide));
    }
}

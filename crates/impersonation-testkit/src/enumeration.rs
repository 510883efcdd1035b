//! Every small world: two organizations, three users, every flag and state, and two grants.
//!
//! A world is what a decision sees: the organization in which it is asked, the two users, a channel
//! and the grants. Worlds that differ only in names are one: of users and organizations a decision
//! knows nothing but whether two are the same, so the question is always asked in organization 1 and
//! by user 1. Identifiers and versions of grants are ordered, so for these every order comes up.
//!
//! The product of all that is too large (some 10¹²), and says the same many times over: a decision
//! looks at a grant only by the answers to a few questions (is it of this organization, from this
//! user, to that one, does it give what is needed, has it begun, has it ended, is it the one of the
//! session) and by the order of identifiers, versions and ends. So there are three families. In the
//! first two every value of every field comes up, and shows that each question is answered rightly:
//! [`FAMILIES`]`[0]` has everything about people, plans, channels and sessions with each single
//! grant, and `[1]` every ordered pair of grants with every field of theirs. The third crosses all
//! that can be right or wrong with people, channel and session with all that can be so with each of
//! two grants.

mod people;

use impersonation_domain::{
    access::AccessTypes,
    ids::UserId,
    policy::{GrantFacts, Standing},
    time::Window,
    version::Version,
};

use crate::{
    environment::FixedClock,
    strategies::{Case, Question, id},
};

/// A number as digits, each with a base of its own; it tells how many numbers there are.
#[derive(Debug)]
pub struct Digits {
    rest: u64,
    worlds: u64,
    questions: u64,
}

impl Digits {
    fn of(number: u64) -> Self {
        Self { rest: number, worlds: 1, questions: 1 }
    }

    fn take(&mut self, base: u64) -> u64 {
        let digit = self.rest % base;
        self.rest /= base;
        digit
    }

    /// One of so many, in the world.
    fn world(&mut self, base: u64) -> u64 {
        self.worlds *= base;
        self.take(base)
    }

    /// One of these, in the world.
    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        let which = self.world(of.len() as u64);
        of[usize::try_from(which).unwrap_or(0)]
    }

    /// One of so many, in the question.
    fn question(&mut self, base: u64) -> u64 {
        self.questions *= base;
        self.take(base)
    }
}

/// A family of worlds, with the questions that are asked in each.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What it is called.
    pub name: &'static str,
    build: fn(&mut Digits) -> Case,
}

/// All families. See the [module](self).
pub const FAMILIES: [Family; 3] = [
    Family { name: "everything about people with one grant", build: people::with_one_grant },
    Family { name: "every two grants", build: two_grants },
    Family { name: "all that can be wrong at once", build: people::with_two_grants },
];

impl Family {
    fn digits(&self, number: u64) -> (Case, Digits) {
        let mut digits = Digits::of(number);
        ((self.build)(&mut digits), digits)
    }

    /// How many worlds there are.
    #[must_use]
    pub fn worlds(&self) -> u64 {
        self.digits(0).1.worlds
    }

    /// How many cases: worlds, each with each of its questions.
    #[must_use]
    pub fn cases(&self) -> u64 {
        let digits = self.digits(0).1;
        digits.worlds * digits.questions
    }

    /// The case with this number, from 0 up to, but without, [`Self::cases`].
    #[must_use]
    pub fn case(&self, number: u64) -> Case {
        self.digits(number).0
    }

    /// The number of the `n`th case of a cut that is spread over all: those of `n` below
    /// [`Self::cases`] are all numbers, each once.
    #[must_use]
    pub fn spread(&self, n: u64) -> u64 {
        // A prime that no base has, and that is far from a multiple of any.
        const STEP: u128 = 1_000_000_007;
        u64::try_from(u128::from(n) * STEP % u128::from(self.cases())).unwrap_or(0)
    }
}

const NOW: impersonation_domain::time::Timestamp = FixedClock::START;

/// Every way in which now can lie to the two ends of a window, in microseconds from now.
const WINDOWS: [(Option<i64>, Option<i64>); 15] = [
    (None, None),
    (None, Some(20)),
    (None, Some(1)),
    (None, Some(0)),
    (None, Some(-1)),
    (Some(-10), None),
    (Some(-10), Some(20)),
    (Some(-10), Some(1)),
    (Some(-10), Some(0)),
    (Some(-10), Some(-1)),
    (Some(0), None),
    (Some(0), Some(20)),
    (Some(0), Some(1)),
    (Some(1), None),
    (Some(1), Some(20)),
];

const ACCESS: [AccessTypes; 3] = [AccessTypes::BOTH, AccessTypes::LOGIN, AccessTypes::SEND];

fn window((start, end): (Option<i64>, Option<i64>)) -> Window {
    let moment = |away| NOW + chrono::TimeDelta::microseconds(away);
    Window::new(start.map(moment), end.map(moment)).expect("the list has no empty window")
}

fn version(number: u64) -> Version {
    Version::try_from(number).expect("versions count from 1")
}

const ACTOR: u64 = 1;
const SUBJECT: u64 = 2;

/// Any grant between three users in two organizations, or none.
fn any_grant(digits: &mut Digits) -> Option<GrantFacts> {
    // One more than there are grants, for none: so it is one digit.
    let which = digits.world(2 * 2 * 2 * 9 * 3 * 15 + 1);
    let mut inner = Digits::of(which.checked_sub(1)?);
    Some(GrantFacts {
        id: id(1 + inner.take(2)),
        version: version(1 + inner.take(2)),
        organization: id(1 + inner.take(2)),
        grantor: id(1 + inner.take(3)),
        grantee: id(1 + inner.take(3)),
        access: inner.one_of(&ACCESS),
        window: window(inner.one_of(&WINDOWS)),
    })
}

/// Every ordered pair of grants, while all else is right: logging in, acting in a session by the
/// one, the other or a third grant, and sending.
fn two_grants(digits: &mut Digits) -> Case {
    let mut case = people::all_right();
    case.facts.grants = [any_grant(digits), any_grant(digits)].into_iter().flatten().collect();
    case.question = match digits.question(5) {
        0 => Question::LogIn,
        1 => Question::SendAs(id(1)),
        other => Question::ActAs(id(other - 1)),
    };
    if let Question::ActAs(_) = case.question {
        case.standing = Standing::InLoginSession;
    }
    case
}

fn user(number: u64) -> UserId {
    id(number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        agreement::{Distribution, compare_many, decide},
        figures::{Figures, size},
        reference::Answer,
    };

    /// A cut of every family, one of the same share of each.
    fn cut(
        decide: impl Fn(&Case) -> Answer + Sync,
    ) -> Result<Vec<(&'static str, Distribution)>, String> {
        let usual = size("IMP_SMALL_WORLDS", 60_000);
        FAMILIES
            .iter()
            .map(|family| {
                let count = (usual / 3).min(family.cases());
                let case = |number| family.case(family.spread(number));
                compare_many(0..count, 1, case, &decide, |_| ())
                    .map(|distribution| (family.name, distribution))
                    .map_err(|difference| difference.says)
            })
            .collect()
    }

    #[test]
    fn d1_small_worlds_are_decided_as_the_model_says() {
        let mut figures = Figures::of("a cut of the small worlds");
        let all = cut(decide).unwrap();
        for (family, distribution) in &all {
            figures.count(family, distribution.counts()[0].1);
        }
        figures.finish();
        // Every reason comes up in the last.
        let codes: Vec<_> = all[2].1.counts().into_iter().map(|(what, _)| what).collect();
        assert_eq!(codes.len(), 3 + 14, "{codes:?}");
    }

    #[test]
    fn d1_small_worlds_show_what_is_wrong_with_a_decision() {
        let tick = chrono::TimeDelta::microseconds(1);
        let on = |change: fn(&mut Case, chrono::TimeDelta)| {
            move |case: &Case| {
                let mut other = case.clone();
                change(&mut other, tick);
                decide(&other)
            }
        };
        assert!(cut(on(|case, tick| case.now -= tick)).is_err(), "now <= to");
        assert!(cut(on(|case, _| case.standing = Standing::OwnAccount)).is_err(), "depth");
        let forget = |case: &mut Case, _| {
            case.facts.subject.iter_mut().for_each(|user| user.protected = false);
        };
        assert!(cut(on(forget)).is_err(), "protection");
        let anywhere = |case: &mut Case, _| {
            case.facts.grants.iter_mut().for_each(|grant| grant.organization = id(1));
        };
        assert!(cut(on(anywhere)).is_err(), "the organization of a grant");
        let together = |case: &mut Case, _| {
            if let [one, other] = &mut case.facts.grants[..]
                && (one.grantor, one.grantee) == (other.grantor, other.grantee)
                && one.access != other.access
            {
                (one.access, other.access) = (AccessTypes::BOTH, AccessTypes::BOTH);
            }
        };
        assert!(cut(on(together)).is_err(), "access types put together");
    }

    #[test]
    fn the_numbers_of_a_family_are_its_cases_and_each_is_another() {
        for family in &FAMILIES {
            let count = 5_000.min(family.cases());
            let cases: BTreeSet<_> =
                (0..count).map(|number| format!("{:?}", family.case(number))).collect();
            // Without grants, the second family asks the same of one grant in either place.
            let doubles = if family.name == "every two grants" { 1 } else { 0 };
            assert!(cases.len() as u64 + doubles >= count, "{}: {}", family.name, cases.len());
            let numbers: BTreeSet<_> = (0..count).map(|n| family.spread(n)).collect();
            assert_eq!(numbers.len() as u64, count, "{}", family.name);
        }
        // What the documentation says.
        let sizes = FAMILIES.map(|family| (family.worlds(), family.cases()));
        println!("{sizes:?}");
    }
}

//! The same kind of cases, made by hand and many times as fast as by proptest: for millions.
//!
//! A case is a function of a seed and a number, so that any part of a run can be had again alone,
//! on any number of threads.

use chrono::TimeDelta;
use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::OrganizationId,
    plan::Plan,
    policy::{ChannelFacts, Facts, GrantFacts, OrganizationFacts, Standing, UserFacts},
    time::{Timestamp, Window},
    user::UserStatus,
    version::Version,
};

use super::{Case, NOW, Question, beside_it, flaw, id};

/// Numbers that look random and are always the same for a seed: `SplitMix64` (Steele, Lea and
/// Flood, *Fast splittable pseudorandom number generators*, 2014).
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

    /// The numbers of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The numbers for one of the cases of a seed.
    #[must_use]
    pub fn of_case(seed: u64, number: u64) -> Self {
        // Mixed twice, so that neighbours of either kind have nothing in common.
        let mut of_seed = Self(seed);
        Self(of_seed.next() ^ Self(number).next())
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it never ends, and nobody iterates")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::GOLDEN);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but without, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        // The share of each is even to one in 2³², for ends as small as ours.
        ((self.next() >> 32) * end) >> 32
    }

    /// Whether something comes up that does so in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    ///
    /// # Panics
    /// Where there is none.
    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        let which = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of[which]
    }

    /// One of the first so many identifiers.
    fn id<T: impersonation_domain::ids::TypedId>(&mut self, count: u64) -> T {
        id(1 + self.below(count))
    }

    fn moment(&mut self) -> Timestamp {
        const AWAY: [i64; 8] =
            [0, 1, -1, 2, 1_000_000, -1_000_000, 86_400_000_000, -86_400_000_000];
        NOW + TimeDelta::microseconds(self.one_of(&AWAY))
    }

    fn window(&mut self) -> Window {
        let start = self.chance(50).then(|| self.moment());
        let end = self.chance(50).then(|| self.moment());
        Window::new(start, end).or_else(|_| Window::new(end, start)).unwrap_or_default()
    }

    fn grant(&mut self) -> GrantFacts {
        GrantFacts {
            id: self.id(4),
            version: Version::try_from(1 + self.below(2)).unwrap_or(Version::INITIAL),
            organization: self.id(2),
            grantor: self.id(3),
            grantee: self.id(3),
            access: self.one_of(&[AccessTypes::BOTH, AccessTypes::LOGIN, AccessTypes::SEND]),
            window: self.window(),
        }
    }

    fn user(&mut self) -> Option<UserFacts> {
        const STATES: [UserStatus; 8] = {
            let mut states = [UserStatus::Active; 8];
            states[0] = UserStatus::Deactivated;
            states[1] = UserStatus::Removed;
            states
        };
        self.chance(90).then(|| UserFacts {
            id: self.id(3),
            organization: if self.chance(85) { id(1) } else { id(2) },
            status: self.one_of(&STATES),
            protected: self.chance(15),
        })
    }
}

/// The case with this number: one of those that [`super::cases`] draws, in the same shares.
#[must_use]
pub fn case(seed: u64, number: u64) -> Case {
    let mut random = SplitMix::of_case(seed, number);
    match random.below(100) {
        0..26 => permitted(&mut random),
        26..30 => {
            let mut case = permitted(&mut random);
            add_twin(&mut case, random.below(12));
            case
        }
        30..80 => spoilt(&mut random, 1),
        80..90 => spoilt(&mut random, 2),
        _ => anything(&mut random),
    }
}

/// Another grant that would do as well, or nearly: it must be plain which of the two is named.
pub(super) fn add_twin(case: &mut Case, how: u64) {
    let Some(grant) = case.facts.grants.last().copied() else { return };
    let mut twin = grant;
    match how % 4 {
        0 => twin.id = id(7),
        1 => twin.version = grant.version.next(),
        2 => (twin.id, twin.version) = (id(7), grant.version.next()),
        _ => {
            let until = Some(case.now + TimeDelta::microseconds(1));
            let window = Window::new(twin.window.starts_at(), until);
            twin.window = window.unwrap_or(twin.window);
        }
    }
    // Before the other, after it, or both.
    match how / 4 {
        0 => case.facts.grants.insert(0, twin),
        1 => case.facts.grants.push(twin),
        _ => {
            case.facts.grants.push(twin);
            case.facts.grants.push(grant);
        }
    }
}

fn spoilt(random: &mut SplitMix, times: u32) -> Case {
    let mut case = permitted(random);
    for _ in 0..times {
        let (which, way) = (random.below(12 * 11), random.below(6));
        let small = |number| usize::try_from(number).unwrap_or(0);
        flaw::spoil_one(&mut case, small(which), small(way));
    }
    case
}

fn permitted(random: &mut SplitMix) -> Case {
    let question = match random.below(12) {
        0..3 => Question::LogIn,
        3..7 => Question::ActAs(id(1)),
        _ => Question::SendAs(id(1)),
    };
    let (actor, subject) = random.one_of(&[(1, 2), (2, 1), (1, 3), (3, 2)]);
    let organization = id::<OrganizationId>(1);
    let user = |number| {
        let status = UserStatus::Active;
        Some(UserFacts { id: id(number), organization, status, protected: false })
    };
    let access = match question.needs() {
        AccessType::Login if random.chance(50) => AccessTypes::LOGIN,
        AccessType::Send if random.chance(50) => AccessTypes::SEND,
        _ => AccessTypes::BOTH,
    };
    let away = [1, 1_000_000, 86_400_000_000_i64];
    let before = random.chance(60).then(|| random.one_of(&away));
    let before = if random.chance(50) { before.map(|_| 0) } else { before };
    let after = random.chance(60).then(|| random.one_of(&away));
    let from = before.map(|before| NOW - TimeDelta::microseconds(before));
    let until = after.map(|after| NOW + TimeDelta::microseconds(after));
    let grant = GrantFacts {
        id: id(1),
        version: Version::try_from(1 + random.below(3)).unwrap_or(Version::INITIAL),
        organization,
        grantor: id(subject),
        grantee: id(actor),
        access,
        window: Window::new(from, until).unwrap_or_default(),
    };
    let mut grants = Vec::with_capacity(4);
    for _ in 0..random.below(4) {
        let other = random.grant();
        grants.push(beside_it(other, &grant, question, random.chance(50)));
    }
    grants.push(grant);
    let plan = random.one_of(&[Plan::MultiUser, Plan::Enterprise]);
    let channel =
        ChannelFacts { id: id(1), organization, actor_is_member: true, subject_is_member: true };
    Case {
        facts: Facts {
            organization: Some(OrganizationFacts { id: organization, plan }),
            actor: user(actor),
            subject: user(subject),
            grants,
            channel: Some(channel),
        },
        actor: id(actor),
        subject: id(subject),
        standing: Standing::OwnAccount,
        question,
        now: NOW,
    }
}

fn anything(random: &mut SplitMix) -> Case {
    let organization = random
        .chance(90)
        .then(|| OrganizationFacts { id: random.id(2), plan: random.one_of(&Plan::ALL) });
    let (actor, subject) = (random.user(), random.user());
    let grants = (0..random.below(5)).map(|_| random.grant()).collect();
    let channel = random.chance(80).then(|| ChannelFacts {
        id: random.id(2),
        organization: random.id(2),
        actor_is_member: random.chance(70),
        subject_is_member: random.chance(70),
    });
    Case {
        facts: Facts { organization, actor, subject, grants, channel },
        actor: random.id(3),
        subject: random.id(3),
        standing: if random.chance(20) { Standing::InLoginSession } else { Standing::OwnAccount },
        question: match random.below(11) {
            0..2 => Question::LogIn,
            2..6 => Question::ActAs(random.id(4)),
            _ => Question::SendAs(random.id(2)),
        },
        now: random.moment(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::{Distribution, decide};

    #[test]
    fn d1_the_quick_cases_are_worth_deciding() {
        for seed in [1, 2] {
            let mut distribution = Distribution::default();
            for number in 0..20_000 {
                distribution.compare(&case(seed, number), decide).unwrap();
            }
            let found = distribution.shortcomings();
            assert_eq!(found, Vec::<String>::new(), "seed {seed}\n{distribution}");
        }
    }

    #[test]
    fn a_case_is_a_function_of_its_seed_and_number() {
        assert_eq!(case(7, 11), case(7, 11));
        let first = |seed| (0..20).map(move |number| case(seed, number)).collect::<Vec<_>>();
        assert_ne!(first(1), first(2));
        // Neither is the second case of a seed the first of the next.
        assert_ne!(first(1)[1..], first(2)[..19]);
    }
}

//! Worlds and questions for property tests of a decision.
//!
//! Worlds at random are nearly all denied, so most of [`cases`] start from one in which all is right
//! and have one thing wrong, or two. Identifiers are drawn from a handful, and moments lie on, just
//! before and just after the ends of grants.

mod flaw;
pub mod quick;
mod smaller;
mod words;

use chrono::TimeDelta;
use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::{ChannelId, GrantId, OrganizationId, TypedId, UserId},
    plan::Plan,
    policy::{
        Act, ChannelFacts, Facts, GrantFacts, OrganizationFacts, Request, Standing, UserFacts,
    },
    time::{Timestamp, Window},
    user::UserStatus,
    version::Version,
};
use proptest::{option, prelude::*, sample::select};
use uuid::NonNilUuid;

use crate::environment::{FixedClock, SequentialIds};

pub use flaw::{near_misses, weakenings};
pub use smaller::{simpler, smallest};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// To start a login session.
    LogIn,
    /// To act in a login session that began with this grant.
    ActAs(GrantId),
    /// To send in this channel.
    SendAs(ChannelId),
}

impl Question {
    /// The access type that it needs.
    #[must_use]
    pub fn needs(self) -> AccessType {
        match self {
            Self::LogIn | Self::ActAs(_) => AccessType::Login,
            Self::SendAs(_) => AccessType::Send,
        }
    }
}

/// One case: the facts, and what is asked when.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// All that is known.
    pub facts: Facts,
    /// Who acts.
    pub actor: UserId,
    /// Whose account is acted on.
    pub subject: UserId,
    /// From where the actor asks.
    pub standing: Standing,
    /// What for.
    pub question: Question,
    /// When.
    pub now: Timestamp,
}

impl Case {
    /// The request for this act.
    pub fn request<A: Act>(&self, act: A) -> Request<A> {
        let Self { actor, subject, standing, .. } = *self;
        Request { actor, subject, standing, act }
    }
}

/// The identifier with this number, always the same.
///
/// # Panics
/// Never: the version of a UUID is not zero.
#[must_use]
pub fn id<T: TypedId>(number: u64) -> T {
    let value = NonNilUuid::new(SequentialIds::numbered(number));
    T::from_non_nil(value.expect("the version bits are never zero"))
}

/// The number with which [`id`] makes this identifier, if it is one of those.
pub fn number_of<T: TypedId>(made: T) -> Option<u64> {
    let number = made.uuid().as_u64_pair().1 & (u64::MAX >> 2);
    (id::<T>(number) == made).then_some(number)
}

/// One of the first so many identifiers.
pub fn ids<T: TypedId>(count: u64) -> impl Strategy<Value = T> {
    (1..=count).prop_map(id)
}

/// The moment at which most questions are asked.
const NOW: Timestamp = FixedClock::START;

/// On both sides of now, by a microsecond, a second and a day, and now itself.
fn moments() -> impl Strategy<Value = Timestamp> {
    (select(vec![0, 1, -1, 2, 1_000_000, -1_000_000, 86_400_000_000, -86_400_000_000_i64]))
        .prop_map(|away| NOW + TimeDelta::microseconds(away))
}

/// Windows with both ends, one or none, near now.
pub fn windows() -> impl Strategy<Value = Window> {
    let bound = || option::weighted(0.5, moments());
    (bound(), bound()).prop_map(|(start, end)| {
        Window::new(start, end).or_else(|_| Window::new(end, start)).unwrap_or_default()
    })
}

fn access() -> impl Strategy<Value = AccessTypes> {
    select(vec![AccessTypes::BOTH, AccessTypes::LOGIN, AccessTypes::SEND])
}

/// Any grant between three users of two organizations.
pub fn grants() -> impl Strategy<Value = GrantFacts> {
    let parts = (ids(4), 1_u64..3, ids(2), ids(3), ids(3), access(), windows());
    parts.prop_map(|(id, version, organization, grantor, grantee, access, window)| GrantFacts {
        id,
        version: Version::try_from(version).unwrap_or(Version::INITIAL),
        organization,
        grantor,
        grantee,
        access,
        window,
    })
}

/// Any of three users, in any state, or nobody.
pub fn users() -> impl Strategy<Value = Option<UserFacts>> {
    let status = prop_oneof![
        6 => Just(UserStatus::Active),
        1 => Just(UserStatus::Deactivated),
        1 => Just(UserStatus::Removed),
    ];
    let organization = prop_oneof![6 => Just(id::<OrganizationId>(1)), 1 => ids(2)];
    let user = (ids(3), organization, status, prop::bool::weighted(0.15)).prop_map(
        |(id, organization, status, protected)| UserFacts { id, organization, status, protected },
    );
    option::weighted(0.9, user)
}

fn questions() -> impl Strategy<Value = Question> {
    prop_oneof![
        2 => Just(Question::LogIn),
        4 => ids(4).prop_map(Question::ActAs),
        5 => ids(2).prop_map(Question::SendAs),
    ]
}

fn channels() -> impl Strategy<Value = ChannelFacts> {
    let member = || prop::bool::weighted(0.7);
    (ids(2), ids(2), member(), member()).prop_map(
        |(id, organization, actor_is_member, subject_is_member)| ChannelFacts {
            id,
            organization,
            actor_is_member,
            subject_is_member,
        },
    )
}

/// Anything, most of which is denied.
pub fn random_cases() -> impl Strategy<Value = Case> {
    let organization = option::weighted(0.9, (ids(2), select(Plan::ALL.to_vec())))
        .prop_map(|o| o.map(|(id, plan)| OrganizationFacts { id, plan }));
    let grants = prop::collection::vec(grants(), 0..5);
    let channel = option::weighted(0.8, channels());
    let facts = (organization, users(), users(), grants, channel).prop_map(
        |(organization, actor, subject, grants, channel)| Facts {
            organization,
            actor,
            subject,
            grants,
            channel,
        },
    );
    let standing =
        prop_oneof![4 => Just(Standing::OwnAccount), 1 => Just(Standing::InLoginSession)];
    (facts, ids(3), ids(3), standing, questions(), moments()).prop_map(
        |(facts, actor, subject, standing, question, now)| Case {
            facts,
            actor,
            subject,
            standing,
            question,
            now,
        },
    )
}

/// Cases in which all is right: what is asked is permitted, by the last of the grants. Beside it
/// are grants of other pairs, and rows for the pair that would not do.
pub fn permitted_cases() -> impl Strategy<Value = Case> {
    let question = prop_oneof![
        3 => Just(Question::LogIn),
        4 => Just(Question::ActAs(id(1))),
        5 => Just(Question::SendAs(id(1))),
    ];
    let pair = select(vec![(1, 2), (2, 1), (1, 3), (3, 2)]);
    let plan = select(vec![Plan::MultiUser, Plan::Enterprise]);
    let bound = || option::weighted(0.6, select(vec![1, 1_000_000, 86_400_000_000_i64]));
    // It may begin at this very moment.
    let window = (bound(), bound(), any::<bool>()).prop_map(|(before, after, now)| {
        let before = if now { before.map(|_| 0) } else { before };
        let from = before.map(|before| NOW - TimeDelta::microseconds(before));
        let until = after.map(|after| NOW + TimeDelta::microseconds(after));
        Window::new(from, until).unwrap_or_default()
    });
    let others = prop::collection::vec((grants(), any::<bool>()), 0..4);
    let (version, alone) = (1_u64..4, any::<bool>());
    (question, pair, plan, window, others, version, alone).prop_map(
        |(question, (actor, subject), plan, window, others, version, alone)| {
            let organization = id::<OrganizationId>(1);
            let user = |number| {
                let status = UserStatus::Active;
                Some(UserFacts { id: id(number), organization, status, protected: false })
            };
            let access = match question.needs() {
                AccessType::Login if alone => AccessTypes::LOGIN,
                AccessType::Send if alone => AccessTypes::SEND,
                _ => AccessTypes::BOTH,
            };
            let grant = GrantFacts {
                id: id(1),
                version: Version::try_from(version).unwrap_or(Version::INITIAL),
                organization,
                grantor: id(subject),
                grantee: id(actor),
                access,
                window,
            };
            let mut grants: Vec<_> = others
                .into_iter()
                .map(|(other, beside)| beside_it(other, &grant, question, beside))
                .collect();
            grants.push(grant);
            let channel = ChannelFacts {
                id: id(1),
                organization,
                actor_is_member: true,
                subject_is_member: true,
            };
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
        },
    )
}

/// Another grant, made to be of no use for the question.
fn beside_it(
    mut other: GrantFacts,
    grant: &GrantFacts,
    question: Question,
    beside: bool,
) -> GrantFacts {
    let is_of_pair = (other.grantor, other.grantee) == (grant.grantor, grant.grantee);
    if other.id == grant.id {
        other.id = id(5);
    }
    if beside || is_of_pair {
        // For the same pair, with what the grant may lack: the other access type, or another time.
        (other.grantor, other.grantee) = (grant.grantor, grant.grantee);
        if other.window.has_started(NOW) && !other.window.has_expired(NOW) {
            other.access = match question.needs() {
                AccessType::Login => AccessTypes::SEND,
                AccessType::Send => AccessTypes::LOGIN,
            };
        }
    }
    other
}

/// Cases that are worth deciding: 20 to 50% are permitted, at least 30% are wrong in one thing only,
/// and every reason for a denial comes up.
pub fn cases() -> impl Strategy<Value = Case> {
    let twins = (permitted_cases(), 0_u64..12).prop_map(|(mut case, how)| {
        quick::add_twin(&mut case, how);
        case
    });
    prop_oneof![
        26 => permitted_cases(),
        4 => twins,
        50 => near_misses(permitted_cases()),
        10 => near_misses(near_misses(permitted_cases())),
        10 => random_cases(),
    ]
}

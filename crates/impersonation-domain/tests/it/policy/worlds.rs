//! Small worlds: half of them right but for a few things, the others at random.

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
use impersonation_testkit::environment::SequentialIds;
use proptest::{option, prelude::*, sample::select};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Question {
    LogIn,
    ActAs(GrantId),
    SendAs(ChannelId),
}

impl Question {
    /// The access type that the act needs.
    pub(crate) fn needs(self) -> AccessType {
        match self {
            Self::LogIn | Self::ActAs(_) => AccessType::Login,
            Self::SendAs(_) => AccessType::Send,
        }
    }
}

/// The facts and the question.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) facts: Facts,
    pub(crate) actor: UserId,
    pub(crate) subject: UserId,
    pub(crate) standing: Standing,
    pub(crate) question: Question,
    pub(crate) now: Timestamp,
}

impl World {
    pub(crate) fn request<A: Act>(&self, act: A) -> Request<A> {
        let Self { actor, subject, standing, .. } = *self;
        Request { actor, subject, standing, act }
    }
}

fn id<T: TypedId>(number: u64) -> T {
    T::from_non_nil(SequentialIds::numbered(number).try_into().unwrap())
}

fn ids<T: TypedId>(count: u64) -> impl Strategy<Value = T> {
    (1..=count).prop_map(id)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn windows() -> impl Strategy<Value = Window> {
    let bound = || option::weighted(0.5, (0_i64..=6).prop_map(at));
    (bound(), bound()).prop_filter_map("no moment", |(start, end)| Window::new(start, end).ok())
}

fn access() -> impl Strategy<Value = AccessTypes> {
    select(vec![AccessTypes::LOGIN, AccessTypes::SEND, AccessTypes::BOTH])
}

pub(crate) fn grants() -> impl Strategy<Value = GrantFacts> {
    let parts = (ids(4), 1_u64..3, ids(2), ids(3), ids(3), access(), windows());
    parts.prop_map(|(id, version, organization, grantor, grantee, access, window)| GrantFacts {
        id,
        version: Version::try_from(version).unwrap(),
        organization,
        grantor,
        grantee,
        access,
        window,
    })
}

fn users(id: impl Strategy<Value = UserId>) -> impl Strategy<Value = UserFacts> {
    let status = prop_oneof![
        6 => Just(UserStatus::Active),
        1 => Just(UserStatus::Deactivated),
        1 => Just(UserStatus::Removed),
    ];
    let organization = prop_oneof![6 => Just(id_of_ours()), 1 => ids::<OrganizationId>(2)];
    (id, organization, status, prop::bool::weighted(0.15)).prop_map(
        |(id, organization, status, protected)| UserFacts { id, organization, status, protected },
    )
}

pub(crate) fn user_facts() -> impl Strategy<Value = Option<UserFacts>> {
    option::weighted(0.9, users(ids(3)))
}

fn id_of_ours() -> OrganizationId {
    id(1)
}

fn questions() -> impl Strategy<Value = Question> {
    prop_oneof![
        Just(Question::LogIn),
        ids(4).prop_map(Question::ActAs),
        ids(2).prop_map(Question::SendAs),
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

fn plans() -> impl Strategy<Value = Plan> {
    select(Plan::ALL.to_vec())
}

fn standings() -> impl Strategy<Value = Standing> {
    prop_oneof![4 => Just(Standing::OwnAccount), 1 => Just(Standing::InLoginSession)]
}

/// Anything, most of which is denied.
fn random() -> impl Strategy<Value = World> {
    let organization = option::weighted(0.9, (ids(2), plans()))
        .prop_map(|o| o.map(|(id, plan)| OrganizationFacts { id, plan }));
    let facts = (
        organization,
        user_facts(),
        user_facts(),
        prop::collection::vec(grants(), 0..5),
        option::weighted(0.8, channels()),
    )
        .prop_map(|(organization, actor, subject, grants, channel)| Facts {
            organization,
            actor,
            subject,
            grants,
            channel,
        });
    (facts, ids(3), ids(3), standings(), questions(), (0_i64..=6).prop_map(at)).prop_map(
        |(facts, actor, subject, standing, question, now)| World {
            facts,
            actor,
            subject,
            standing,
            question,
            now,
        },
    )
}

/// User 1 may do anything on the account of user 2, in channel 1, by grant 1.
fn right() -> impl Strategy<Value = World> {
    let question = select(vec![Question::LogIn, Question::ActAs(id(1)), Question::SendAs(id(1))]);
    (question, prop::collection::vec(grants(), 0..3)).prop_map(|(question, others)| {
        let organization = id_of_ours();
        let user = |number| {
            let status = UserStatus::Active;
            Some(UserFacts { id: id(number), organization, status, protected: false })
        };
        let grant = GrantFacts {
            id: id(1),
            version: Version::INITIAL,
            organization,
            grantor: id(2),
            grantee: id(1),
            access: AccessTypes::BOTH,
            window: Window::new(Some(at(2)), Some(at(5))).unwrap(),
        };
        // Other pairs only, so that one wrong thing is enough for a denial.
        let mut grants: Vec<_> = others.into_iter().filter(|g| g.grantor != id(2)).collect();
        grants.push(grant);
        World {
            facts: Facts {
                organization: Some(OrganizationFacts { id: organization, plan: Plan::MultiUser }),
                actor: user(1),
                subject: user(2),
                grants,
                channel: Some(ChannelFacts {
                    id: id(1),
                    organization,
                    actor_is_member: true,
                    subject_is_member: true,
                }),
            },
            actor: id(1),
            subject: id(2),
            standing: Standing::OwnAccount,
            question,
            now: at(3),
        }
    })
}

/// One thing of a right world is made wrong, or stays right after all.
fn spoil(mut world: World, how: usize) -> World {
    let last = world.facts.grants.len().saturating_sub(1);
    let grant = &mut world.facts.grants[last];
    match how {
        0 => world.facts.organization.as_mut().unwrap().plan = Plan::Individual,
        1 => world.standing = Standing::InLoginSession,
        2 => world.subject = world.actor,
        3 => world.facts.actor.as_mut().unwrap().status = UserStatus::Deactivated,
        4 => world.facts.channel.as_mut().unwrap().actor_is_member = false,
        5 => grant.grantee = id(3),
        6 => grant.id = id(2),
        7 => world.facts.subject.as_mut().unwrap().status = UserStatus::Removed,
        8 => world.facts.subject.as_mut().unwrap().protected = true,
        9 => grant.access = AccessTypes::SEND,
        10 => grant.access = AccessTypes::LOGIN,
        11 => world.now = at(1),
        12 => world.now = at(5),
        13 => world.facts.channel.as_mut().unwrap().subject_is_member = false,
        14 => grant.organization = id(2),
        15 => world.facts.subject.as_mut().unwrap().organization = id(2),
        16 => world.facts.channel.as_mut().unwrap().organization = id(2),
        17 => world.facts.actor.as_mut().unwrap().id = id(3),
        _ => {}
    }
    world
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let spoilt = (right(), 0_usize..20).prop_map(|(world, how)| spoil(world, how));
    let twice = (right(), 0_usize..20, 0_usize..20)
        .prop_map(|(world, one, other)| spoil(spoil(world, one), other));
    prop_oneof![2 => random(), 5 => spoilt, 2 => twice, 2 => right()]
}

/// The world with one thing taken away.
pub(crate) fn weakenings(world: &World) -> impl Strategy<Value = World> + use<> {
    let world = world.clone();
    let count = world.facts.grants.len().max(1);
    (0_usize..11, 0..count).prop_map(move |(how, which)| {
        let mut weaker = world.clone();
        let facts = &mut weaker.facts;
        match how {
            0 => facts.organization = None,
            1 => facts.actor = None,
            2 => facts.subject = None,
            3 => facts.channel = None,
            4 => facts.organization.iter_mut().for_each(|o| o.plan = Plan::Individual),
            5 => facts.actor.iter_mut().for_each(|u| u.status = UserStatus::Deactivated),
            6 => facts.subject.iter_mut().for_each(|u| u.status = UserStatus::Removed),
            7 => facts.subject.iter_mut().for_each(|u| u.protected = true),
            8 => facts.channel.iter_mut().for_each(|c| c.subject_is_member = false),
            9 if which < facts.grants.len() => {
                facts.grants.remove(which);
            }
            _ => {
                if let Some(grant) = facts.grants.get_mut(which) {
                    grant.access = if grant.access.contains(AccessType::Send) {
                        AccessTypes::SEND
                    } else {
                        AccessTypes::LOGIN
                    };
                }
            }
        }
        weaker
    })
}

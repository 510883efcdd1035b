//! What the three share.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessTypes,
    ids::{ChannelId, GrantId, OrganizationId, TypedId, UserId},
    plan::Plan,
    policy::{
        self, ActAs, ChannelFacts, Facts, GrantFacts, LogIn, OrganizationFacts, Request, SendAs,
        Standing, UserFacts,
    },
    ports::{IdGenerator as _, generate},
    time::{Timestamp, Window},
    user::UserStatus,
    version::Version,
};
use impersonation_testkit::environment::{FixedClock, SequentialIds};

/// Who and where, the same in every state.
struct Names {
    organization: OrganizationId,
    actor: UserId,
    subject: UserId,
    channel: ChannelId,
    grants: Vec<GrantId>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let ids = SequentialIds::default();
    Names {
        organization: generate(&ids),
        actor: generate(&ids),
        subject: generate(&ids),
        channel: generate(&ids),
        grants: (0..16).map(|_| GrantId::from_non_nil(ids.next())).collect(),
    }
});

/// What was asked, about which grant, before or after time has passed.
type Question = (Option<Grant>, Asked, bool);

/// The product's answers. Everything else that a decision rests on never changes here.
static ANSWERS: LazyLock<Mutex<HashMap<Question, bool>>> = LazyLock::new(Mutex::default);

/// The one grant there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Grant {
    /// Which one: a number is never used twice.
    pub(super) number: u8,
    pub(super) version: u8,
    pub(super) gives_login: bool,
    /// Whether it expires when time passes.
    pub(super) expires: bool,
}

/// A login session, and what the log says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Session {
    /// The grant that allowed it.
    pub(super) grant: u8,
    /// Whether its own end comes when time passes.
    pub(super) expires: bool,
    pub(super) is_live: bool,
    /// How many ends are recorded.
    pub(super) ends: u8,
    /// Whether it was to end, whatever the protocol made of it.
    pub(super) was_to_end: bool,
}

/// What is committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Store {
    pub(super) grant: Option<Grant>,
    pub(super) made: u8,
    pub(super) sessions: Vec<Session>,
    pub(super) has_time_passed: bool,
}

/// What is asked of the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    LogIn,
    Act { grant: u8 },
    Send,
}

impl Store {
    /// There is a grant of both access types, which expires when time passes.
    pub(super) fn new() -> Self {
        let grant = Grant { number: 0, version: 1, gives_login: true, expires: true };
        Self { grant: Some(grant), made: 1, sessions: Vec::new(), has_time_passed: false }
    }

    /// The product's decision on what is stored.
    pub(super) fn permits(&self, asked: Asked) -> bool {
        self.permits_at(asked, self.has_time_passed)
    }

    /// The same, whether or not time has passed. Each question is put to the product once.
    pub(super) fn permits_at(&self, asked: Asked, has_time_passed: bool) -> bool {
        let question = (self.grant, asked, has_time_passed);
        let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(question).or_insert_with(|| self.decide(asked, has_time_passed))
    }

    fn decide(&self, asked: Asked, has_time_passed: bool) -> bool {
        let now = FixedClock::START + TimeDelta::minutes(i64::from(has_time_passed));
        let names = &*NAMES;
        let facts = self.facts(names);
        let (actor, subject) = (names.actor, names.subject);
        match asked {
            Asked::LogIn => {
                let standing = Standing::OwnAccount;
                let request = Request { actor, subject, standing, act: LogIn };
                policy::evaluate(&facts, &request, now).is_permit()
            }
            Asked::Act { grant } => {
                let act = ActAs { grant: names.grants[usize::from(grant)] };
                let standing = Standing::InLoginSession;
                let request = Request { actor, subject, standing, act };
                policy::evaluate(&facts, &request, now).is_permit()
            }
            Asked::Send => {
                let act = SendAs { channel: names.channel };
                let standing = Standing::OwnAccount;
                let request = Request { actor, subject, standing, act };
                policy::evaluate(&facts, &request, now).is_permit()
            }
        }
    }

    fn facts(&self, names: &Names) -> Facts {
        let user = |id| UserFacts {
            id,
            organization: names.organization,
            status: UserStatus::Active,
            protected: false,
        };
        let expiry: Timestamp = FixedClock::START + TimeDelta::minutes(1);
        let grant = |grant: Grant| GrantFacts {
            id: names.grants[usize::from(grant.number)],
            version: Version::try_from(u64::from(grant.version)).unwrap(),
            organization: names.organization,
            grantor: names.subject,
            grantee: names.actor,
            access: AccessTypes::from_flags(grant.gives_login, true).unwrap(),
            window: Window::new(None, grant.expires.then_some(expiry)).unwrap(),
        };
        Facts {
            organization: Some(OrganizationFacts {
                id: names.organization,
                plan: Plan::Enterprise,
            }),
            actor: Some(user(names.actor)),
            subject: Some(user(names.subject)),
            grants: self.grant.into_iter().map(grant).collect(),
            channel: Some(ChannelFacts {
                id: names.channel,
                organization: names.organization,
                actor_is_member: true,
                subject_is_member: true,
            }),
        }
    }

    /// Ends a session, unless it has ended.
    pub(super) fn end(&mut self, index: usize) {
        let session = &mut self.sessions[index];
        if session.is_live {
            session.is_live = false;
            session.was_to_end = true;
            session.ends += 1;
        }
    }

    /// Ends the sessions that what is stored no longer justifies, unless the protocol forgets to.
    pub(super) fn end_unjustified(&mut self, forgets: bool) {
        for index in 0..self.sessions.len() {
            let grant = self.sessions[index].grant;
            if !self.permits(Asked::Act { grant }) {
                self.sessions[index].was_to_end = true;
                if !forgets {
                    self.end(index);
                }
            }
        }
    }
}

//! Everything that is known of the two organizations: plain facts, and what follows from them.

use std::collections::{BTreeMap, BTreeSet};

use impersonation_domain::ids::{ChannelId, GrantId, OrganizationId, TypedId, UserId};
use uuid::NonNilUuid;

use super::step::{By, CHANNELS, Flags, ORGANIZATIONS, USERS};
use crate::{
    environment::SequentialIds,
    reference::{self, Action, Obstacle, Plan, Question, State},
};

/// How long an own session lasts, in seconds.
pub(super) const SIGN_IN: i64 = 12 * 3_600;
/// How long a login session lasts at most, in seconds, as the organizations have set it.
pub(super) const ABSOLUTE: i64 = 20 * 60;
/// After how many seconds without use a login session ends.
pub(super) const IDLE: i64 = 15 * 60;
/// How many login sessions of a pair, and of an actor, may be live.
const MOST: (usize, usize) = (5, 10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) state: State,
    pub(super) protected: bool,
    pub(super) administrator: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) flags: Flags,
    pub(super) starts: Option<i64>,
    pub(super) ends: Option<i64>,
    pub(super) version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignIn {
    pub(super) user: usize,
    pub(super) expires: i64,
    pub(super) open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) actor: usize,
    pub(super) subject: usize,
    pub(super) grant: usize,
    pub(super) version: u64,
    pub(super) sign_in: usize,
    pub(super) expires: i64,
    pub(super) expiry: &'static str,
    pub(super) seen: i64,
    pub(super) ended: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) channel: usize,
    pub(super) author: usize,
    pub(super) sender: usize,
}

/// All that is known. Moments are in seconds since the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) clock: i64,
    /// The moment of each organization's last event: its time does not go back behind it.
    pub(super) last: [i64; ORGANIZATIONS.len()],
    pub(super) plans: [Plan; ORGANIZATIONS.len()],
    pub(super) people: Vec<Person>,
    pub(super) members: BTreeSet<(usize, usize)>,
    /// Grants that have not been deleted, by number.
    pub(super) grants: BTreeMap<usize, Grant>,
    pub(super) grants_made: usize,
    pub(super) sign_ins: Vec<SignIn>,
    pub(super) sessions: Vec<Session>,
    pub(super) messages: Vec<Message>,
    /// In which minute which login session was seen reading the account.
    pub(super) reads: BTreeSet<(usize, i64)>,
}

pub(super) fn home(user: usize) -> usize {
    USERS[user].1
}

pub(super) fn name(user: usize) -> &'static str {
    USERS[user].0
}

pub(super) fn channel_home(channel: usize) -> usize {
    CHANNELS[channel].1
}

/// The identifier that the model gives to the thing with this number. The stores know others.
fn id<T: TypedId>(kind: u64, number: usize) -> T {
    let number = kind * 1_000_000 + u64::try_from(number).expect("few things") + 1;
    T::from_non_nil(NonNilUuid::new(SequentialIds::numbered(number)).expect("it is not nil"))
}

pub(super) fn user_id(user: usize) -> UserId {
    id(1, user)
}

pub(super) fn grant_id(grant: usize) -> GrantId {
    id(2, grant)
}

pub(super) fn channel_id(channel: usize) -> ChannelId {
    id(3, channel)
}

fn organization_id(organization: usize) -> OrganizationId {
    id(4, organization)
}

/// What somebody wants to do on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    LogIn,
    /// Go on in a login session that began with this grant.
    GoOn(usize),
    /// Send in this channel.
    Send(usize),
    /// Send in some channel in which both are.
    SendSomewhere,
}

impl Facts {
    /// Both organizations on Enterprise, everybody signed in, nothing granted.
    pub(super) fn beginning() -> Self {
        let person =
            |administrator| Person { state: State::Active, protected: false, administrator };
        let sign_in = |user| SignIn { user, expires: SIGN_IN, open: true };
        Self {
            clock: 0,
            last: [0; ORGANIZATIONS.len()],
            plans: [Plan::Enterprise; ORGANIZATIONS.len()],
            people: (0..USERS.len()).map(|user| person(user == 0 || user == 4)).collect(),
            members: CHANNELS
                .iter()
                .enumerate()
                .flat_map(|(channel, (_, _, who))| who.iter().map(move |user| (channel, *user)))
                .collect(),
            grants: BTreeMap::new(),
            grants_made: 0,
            sign_ins: (0..USERS.len()).map(sign_in).collect(),
            sessions: Vec::new(),
            messages: Vec::new(),
            reads: BTreeSet::new(),
        }
    }

    /// In which organization somebody with this is.
    pub(super) fn place_of(&self, by: By) -> usize {
        match by {
            By::Own(number) => home(self.sign_ins[number].user),
            By::Session(number) => home(self.sessions[number].actor),
        }
    }

    /// Who has this, and as whom they stand there.
    pub(super) fn who(&self, by: By) -> String {
        match by {
            By::Own(number) => name(self.sign_ins[number].user).to_owned(),
            By::Session(number) => {
                let session = self.sessions[number];
                format!("{}, logged in as {},", name(session.actor), name(session.subject))
            }
        }
    }

    /// The time that counts in an organization.
    pub(super) fn now(&self, organization: usize) -> i64 {
        self.clock.max(self.last[organization])
    }

    pub(super) fn pays(&self, organization: usize) -> bool {
        self.plans[organization] != Plan::Individual
    }

    pub(super) fn is_active(&self, user: usize) -> bool {
        self.people[user].state == State::Active
    }

    /// { u | u manages impersonation in their organization now }, asked of one.
    pub(super) fn manages(&self, user: usize) -> bool {
        self.people[user].administrator && self.pays(home(user))
    }

    /// The number of the pair's grant.
    pub(super) fn grant_of(&self, from: usize, to: usize) -> Option<usize> {
        self.grants.iter().find(|(_, g)| (g.from, g.to) == (from, to)).map(|(number, _)| *number)
    }

    /// The facts in the words of the reference model.
    fn world(&self, want: Want) -> reference::World {
        let mut members = self.members.clone();
        if want == Want::SendSomewhere {
            // A channel in which everybody is, so that only the rest is asked.
            members.extend((0..USERS.len()).map(|user| (CHANNELS.len() + home(user), user)));
        }
        let of_channel = |channel: usize| match channel.checked_sub(CHANNELS.len()) {
            Some(organization) => organization,
            None => channel_home(channel),
        };
        reference::World {
            plans: (0..ORGANIZATIONS.len())
                .map(|organization| (organization_id(organization), self.plans[organization]))
                .collect(),
            users: (0..USERS.len())
                .map(|user| reference::User {
                    id: user_id(user),
                    organization: organization_id(home(user)),
                    state: self.people[user].state,
                    protected: self.people[user].protected,
                })
                .collect(),
            grants: self
                .grants
                .iter()
                .map(|(number, grant)| reference::Grant {
                    id: grant_id(*number),
                    version: grant.version,
                    organization: organization_id(home(grant.from)),
                    from: user_id(grant.from),
                    to: user_id(grant.to),
                    login: grant.flags.login,
                    send: grant.flags.send,
                    starts: grant.starts,
                    ends: grant.ends,
                })
                .collect(),
            memberships: members
                .into_iter()
                .map(|(channel, user)| reference::Membership {
                    channel: channel_id(channel),
                    organization: organization_id(of_channel(channel)),
                    user: user_id(user),
                })
                .collect(),
        }
    }

    /// What stands in the way, if anything does, in the organization of `at`.
    pub(super) fn obstacle(
        &self,
        at: usize,
        actor: usize,
        subject: usize,
        inside: bool,
        want: Want,
    ) -> Option<Obstacle> {
        let act = match want {
            Want::LogIn => Action::LogIn,
            Want::GoOn(grant) => Action::ActAs(grant_id(grant)),
            Want::Send(channel) => Action::SendAs(channel_id(channel)),
            Want::SendSomewhere => Action::SendAs(channel_id(CHANNELS.len() + at)),
        };
        let question = Question {
            organization: Some(organization_id(at)),
            actor: user_id(actor),
            subject: user_id(subject),
            in_login_session: inside,
            act,
            now: self.now(at),
        };
        reference::denial(&self.world(want), &question)
    }

    /// The code of the answer: `permitted`, or why not.
    pub(super) fn answer(
        &self,
        at: usize,
        actor: usize,
        subject: usize,
        inside: bool,
        want: Want,
    ) -> &'static str {
        let act = match want {
            Want::LogIn => Action::LogIn,
            Want::GoOn(grant) => Action::ActAs(grant_id(grant)),
            Want::Send(_) | Want::SendSomewhere => Action::SendAs(channel_id(0)),
        };
        match self.obstacle(at, actor, subject, inside, want) {
            None => "permitted",
            Some(obstacle) => reference::code(obstacle, act),
        }
    }

    /// Why a login session is over now though nobody has ended it, if it is.
    pub(super) fn run_out(&self, session: &Session) -> Option<&'static str> {
        let now = self.now(home(session.actor));
        let limits = [(session.expires, session.expiry), (session.seen + IDLE, "idle_limit")];
        let (at, cause) = if limits[0].0 <= limits[1].0 { limits[0] } else { limits[1] };
        (at <= now).then_some(cause)
    }

    /// Why a login session is no longer justified, if it is not.
    pub(super) fn unjustified(&self, session: &Session) -> Option<&'static str> {
        let at = home(session.actor);
        let want = Want::GoOn(session.grant);
        let removed = |user: usize| self.people[user].state == State::Removed;
        let obstacle = self.obstacle(at, session.actor, session.subject, true, want)?;
        Some(match obstacle {
            Obstacle::Plan => "plan_changed",
            Obstacle::ActorInactive if removed(session.actor) => "actor_removed",
            Obstacle::ActorInactive => "actor_deactivated",
            Obstacle::SubjectInactive if removed(session.subject) => "subject_removed",
            Obstacle::SubjectInactive => "subject_deactivated",
            Obstacle::SubjectProtected => "subject_protected",
            Obstacle::NoGrant | Obstacle::GrantReplaced => "grant_deleted",
            Obstacle::Ended => "grant_expired",
            Obstacle::NotGranted
            | Obstacle::NotStarted
            | Obstacle::InLoginSession
            | Obstacle::SameUser
            | Obstacle::ActorNotInChannel
            | Obstacle::SubjectNotInChannel => "grant_edited",
        })
    }

    /// Whether the actor has as many login sessions as there may be.
    pub(super) fn has_too_many(&self, actor: usize, subject: usize) -> bool {
        let live: Vec<_> = self
            .sessions
            .iter()
            .filter(|s| s.actor == actor && s.ended.is_none() && self.run_out(s).is_none())
            .collect();
        live.iter().filter(|s| s.subject == subject).count() >= MOST.0 || live.len() >= MOST.1
    }

    /// How the list shows a grant.
    pub(super) fn state_of(&self, grant: &Grant) -> &'static str {
        let now = self.now(home(grant.from));
        let holds = self.pays(home(grant.from))
            && self.is_active(grant.from)
            && self.is_active(grant.to)
            && !self.people[grant.from].protected;
        if grant.ends.is_some_and(|ends| ends <= now) {
            "expired"
        } else if !holds {
            "suspended"
        } else if grant.starts.is_some_and(|starts| now < starts) {
            "scheduled"
        } else {
            "live"
        }
    }
}

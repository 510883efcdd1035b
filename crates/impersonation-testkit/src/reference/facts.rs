//! Plain facts, questions and answers.

use std::fmt;

use chrono::DateTime;
use impersonation_domain::ids::{ChannelId, GrantId, OrganizationId, UserId};

/// What an organization pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// There is no impersonation.
    Individual,
    /// There is.
    MultiUser,
    /// There is.
    Enterprise,
}

/// Whether an account is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Taken out of use for a while.
    Deactivated,
    /// Gone for good.
    Removed,
}

/// A user of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// Where.
    pub organization: OrganizationId,
    /// Whether the account is in use.
    pub state: State,
    /// Whether the account is never to be impersonated.
    pub protected: bool,
}

/// One row: a grant in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// In which version.
    pub version: u64,
    /// Where.
    pub organization: OrganizationId,
    /// Whose account is acted on.
    pub from: UserId,
    /// Who acts.
    pub to: UserId,
    /// Whether it gives Login Access.
    pub login: bool,
    /// Whether it gives Send Access.
    pub send: bool,
    /// Its first moment, in microseconds since 1970, if it has one.
    pub starts: Option<i64>,
    /// The first moment after it, in microseconds since 1970, if it ends.
    pub ends: Option<i64>,
}

/// A user who is in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Which channel.
    pub channel: ChannelId,
    /// The organization of the channel.
    pub organization: OrganizationId,
    /// Who is in it.
    pub user: UserId,
}

/// All that is known. Neither order nor repetition says anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct World {
    /// The plan of each organization.
    pub plans: Vec<(OrganizationId, Plan)>,
    /// Users.
    pub users: Vec<User>,
    /// Grants.
    pub grants: Vec<Grant>,
    /// Who is in which channel.
    pub memberships: Vec<Membership>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To start a login session.
    LogIn,
    /// To act in a login session that began with this grant.
    ActAs(GrantId),
    /// To send as the subject in this channel.
    SendAs(ChannelId),
}

/// The question: may the actor do this on the account of the subject?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// In which organization; in none, nothing is permitted.
    pub organization: Option<OrganizationId>,
    /// Who acts.
    pub actor: UserId,
    /// Whose account is acted on.
    pub subject: UserId,
    /// Whether the actor asks from inside a login session.
    pub in_login_session: bool,
    /// What they would do.
    pub act: Action,
    /// When, in microseconds since 1970.
    pub now: i64,
}

/// What can stand in the way. The order is that in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// The plan has no impersonation, or there is no organization.
    Plan,
    /// The actor asks from inside a login session.
    InLoginSession,
    /// Actor and subject are one.
    SameUser,
    /// The actor is no active user of the organization.
    ActorInactive,
    /// The actor is not in the channel.
    ActorNotInChannel,
    /// There is no grant from the subject to the actor.
    NoGrant,
    /// The login session began with another grant.
    GrantReplaced,
    /// The subject is no active user of the organization.
    SubjectInactive,
    /// The subject is protected.
    SubjectProtected,
    /// The grant gives something else.
    NotGranted,
    /// The grant begins later.
    NotStarted,
    /// The grant has ended.
    Ended,
    /// The subject is not in the channel.
    SubjectNotInChannel,
}

/// What was answered, by whatever decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It may be done, by this grant in this version, which ends then.
    Permit(GrantId, u64, Option<i64>),
    /// It may not, for the reason with this code.
    Deny(&'static str),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permit(grant, version, ends) => {
                match crate::strategies::number_of(*grant) {
                    Some(number) => write!(f, "a permit by grant {number}")?,
                    None => write!(f, "a permit by grant {grant}")?,
                }
                write!(f, " in version {version}, which ")?;
                match ends.map(|ends| (DateTime::from_timestamp_micros(ends), ends)) {
                    Some((Some(at), _)) => write!(f, "ends at {}", at.to_rfc3339()),
                    Some((None, ends)) => write!(f, "ends {ends} microseconds after 1970"),
                    None => f.write_str("does not end"),
                }
            }
            Self::Deny(code) => write!(f, "a denial with `{code}`"),
        }
    }
}

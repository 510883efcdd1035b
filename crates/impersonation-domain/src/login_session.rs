//! Login sessions: one user logged in as another.

use std::str::FromStr;

use chrono::TimeDelta;
use thiserror::Error;

use crate::{
    audit::{Action, EventContent, Party, Recorded, Snapshot, Stamp},
    credential::{OwnCredential, OwnCredentialId},
    ids::{LoginSessionId, OrganizationId, UserId, generate_id},
    organization::LoginSessionLimit,
    policy::{Denial, Facts, GrantRef, LogIn, Permit, Rule, UserFacts},
    secret::SecretHash,
    text::Reason,
    time::Timestamp,
    user::UserStatus,
};

/// How long a login session may go without a request (design rule 3.4).
pub const IDLE_LIMIT: TimeDelta = TimeDelta::minutes(15);
/// How many live login sessions one user may have on the same account.
pub const MAX_LIVE_PER_PAIR: usize = 5;
/// How many live login sessions one user may have in all.
pub const MAX_LIVE_PER_ACTOR: usize = 10;

macro_rules! end_causes {
    ($($(#[$meta:meta])* $variant:ident = $name:literal;)+) => {
        /// Why a login session ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EndCause { $($(#[$meta])* $variant,)+ }

        impl EndCause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, as in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

end_causes! {
    /// The actor returned to their own account.
    Stopped = "stopped";
    /// Someone who manages impersonation ended it.
    EndedByAdministrator = "ended_by_administrator";
    /// The owner of the account ended it.
    EndedByOwner = "ended_by_owner";
    /// The actor's own session or token ended.
    OwnSessionEnded = "own_session_ended";
    /// The organization's limit was reached.
    AbsoluteLimit = "absolute_limit";
    /// There was no request for [`IDLE_LIMIT`].
    IdleLimit = "idle_limit";
    /// The grant expired.
    GrantExpired = "grant_expired";
    /// The grant was deleted.
    GrantDeleted = "grant_deleted";
    /// The grant was edited and no longer gives Login Access now.
    GrantEdited = "grant_edited";
    /// The actor was deactivated.
    ActorDeactivated = "actor_deactivated";
    /// The actor was removed.
    ActorRemoved = "actor_removed";
    /// The subject was deactivated.
    SubjectDeactivated = "subject_deactivated";
    /// The subject was removed.
    SubjectRemoved = "subject_removed";
    /// The subject's account was protected.
    SubjectProtected = "subject_protected";
    /// The organization's plan no longer includes impersonation.
    PlanChanged = "plan_changed";
}

/// The text names no cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a cause of an end")]
pub struct UnknownEndCause(String);

impl FromStr for EndCause {
    type Err = UnknownEndCause;
    fn from_str(text: &str) -> Result<Self, UnknownEndCause> {
        Self::ALL
            .iter()
            .copied()
            .find(|cause| cause.as_str() == text)
            .ok_or_else(|| UnknownEndCause(text.chars().take(64).collect()))
    }
}

impl EndCause {
    /// The cause that the denial of the session's next act, on these facts, amounts to.
    #[must_use]
    pub fn from_denial(denial: &Denial, facts: &Facts) -> Self {
        let is_removed =
            |user: Option<&UserFacts>| user.is_none_or(|user| user.status == UserStatus::Removed);
        match denial.rule() {
            Rule::PlanIncludesImpersonation => Self::PlanChanged,
            Rule::ActorActive if is_removed(facts.actor.as_ref()) => Self::ActorRemoved,
            Rule::ActorActive => Self::ActorDeactivated,
            Rule::SubjectActive if is_removed(facts.subject.as_ref()) => Self::SubjectRemoved,
            Rule::SubjectActive => Self::SubjectDeactivated,
            Rule::SubjectNotProtected => Self::SubjectProtected,
            Rule::GrantExists | Rule::SameGrant => Self::GrantDeleted,
            Rule::GrantNotExpired => Self::GrantExpired,
            Rule::AccessGranted | Rule::GrantStarted => Self::GrantEdited,
            // These never concern an act inside a session; closed all the same.
            Rule::OwnAccount
            | Rule::DifferentAccounts
            | Rule::ActorInChannel
            | Rule::SubjectInChannel => Self::GrantEdited,
        }
    }
}

/// Where a login session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginSessionState {
    /// It may be used, while its limits and its grant allow.
    Live,
    /// It is over for good.
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        cause: EndCause,
    },
}

/// A login session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSessionRecord {
    /// Its identifier.
    pub id: LoginSessionId,
    /// The organization.
    pub organization: OrganizationId,
    /// Who acts.
    pub actor: UserId,
    /// The actor's own session or token, without which it cannot be used.
    pub own_credential: OwnCredentialId,
    /// Whose account is acted on.
    pub subject: UserId,
    /// The grant, in the version, that allowed the start.
    pub grant: GrantRef,
    /// The hash of its token.
    pub token_hash: SecretHash,
    /// Why, in the words of the actor.
    pub reason: Option<Reason>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Why it ends then.
    pub expiry_cause: EndCause,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// Whether it is over.
    pub state: LoginSessionState,
}

/// One user logged in as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSession(LoginSessionRecord);

/// What a new login session is made of, beside the permit.
#[derive(Debug, Clone)]
pub struct NewLoginSession {
    /// The actor's own session or token.
    pub own_credential: OwnCredential,
    /// The hash of the new token.
    pub token_hash: SecretHash,
    /// The organization's limit.
    pub limit: LoginSessionLimit,
    /// Why.
    pub reason: Option<Reason>,
}

impl LoginSession {
    /// Starts a session. It ends at the organization's limit, at the grant's expiry or with the
    /// actor's own session, whichever comes first (design rule 3.4).
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used up by what it allows")]
    pub fn start(permit: Permit<LogIn>, new: NewLoginSession, stamp: &Stamp<'_>) -> Recorded<Self> {
        let limits = [
            (Some(stamp.at() + new.limit.duration()), EndCause::AbsoluteLimit),
            (permit.grant_expires_at(), EndCause::GrantExpired),
            (Some(new.own_credential.expires_at), EndCause::OwnSessionEnded),
        ];
        let (expires_at, expiry_cause) = limits
            .into_iter()
            .filter_map(|(at, cause)| at.map(|at| (at, cause)))
            .min_by_key(|(at, _)| *at)
            .unwrap_or((stamp.at(), EndCause::AbsoluteLimit));
        let session = Self(LoginSessionRecord {
            id: generate_id(stamp),
            organization: permit.organization(),
            actor: permit.actor(),
            own_credential: new.own_credential.id,
            subject: permit.subject(),
            grant: permit.grant(),
            token_hash: new.token_hash,
            reason: new.reason,
            started_at: stamp.at(),
            expires_at,
            expiry_cause,
            last_seen_at: stamp.at(),
            state: LoginSessionState::Live,
        });
        let event = EventContent {
            reason: session.0.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            after: Some(session.snapshot()),
            ..session.event(Action::LoginSessionStart, stamp)
        };
        Recorded::new(session, event)
    }

    /// The session as a store read it.
    #[must_use]
    pub fn from_record(record: LoginSessionRecord) -> Self {
        Self(record)
    }

    /// Everything that is stored of it.
    #[must_use]
    pub fn record(&self) -> &LoginSessionRecord {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> LoginSessionId {
        self.0.id
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> UserId {
        self.0.actor
    }

    /// Whose account is acted on.
    #[must_use]
    pub fn subject(&self) -> UserId {
        self.0.subject
    }

    /// The grant that allowed the start.
    #[must_use]
    pub fn grant(&self) -> GrantRef {
        self.0.grant
    }

    /// Whether it has not been ended.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.state == LoginSessionState::Live
    }

    /// The limit that it has run into at `now`, if any: of several the one that came first. The
    /// limits are half-open: at the very moment the session is over.
    #[must_use]
    pub fn reached_limit(&self, now: Timestamp) -> Option<EndCause> {
        let idle_at = self.0.last_seen_at + IDLE_LIMIT;
        let (at, cause) = if self.0.expires_at <= idle_at {
            (self.0.expires_at, self.0.expiry_cause)
        } else {
            (idle_at, EndCause::IdleLimit)
        };
        (at <= now).then_some(cause)
    }

    /// Ends it. One that has ended stays as it is: `None`. One that has run into a limit before
    /// ended by that, whatever else happens now.
    #[must_use]
    pub fn end(self, cause: EndCause, stamp: &Stamp<'_>) -> Option<Recorded<Self>> {
        if !self.is_live() {
            return None;
        }
        let cause = self.reached_limit(stamp.at()).unwrap_or(cause);
        let mut event = self.event(Action::LoginSessionEnd, stamp);
        event.rule = Some(cause.as_str().to_owned());
        event.before = Some(self.snapshot());
        let mut record = self.0;
        record.state = LoginSessionState::Ended { at: stamp.at(), cause };
        Some(Recorded::new(Self(record), event))
    }

    /// Brings its end forward to the new expiry of its grant. `None` where it ends before anyway.
    #[must_use]
    pub fn shorten(self, expires_at: Timestamp, stamp: &Stamp<'_>) -> Option<Recorded<Self>> {
        if !self.is_live() || self.0.expires_at <= expires_at {
            return None;
        }
        let before = self.snapshot();
        let mut record = self.0;
        record.expires_at = expires_at;
        record.expiry_cause = EndCause::GrantExpired;
        let session = Self(record);
        let event = EventContent {
            before: Some(before),
            after: Some(session.snapshot()),
            ..session.event(Action::LoginSessionShorten, stamp)
        };
        Some(Recorded::new(session, event))
    }

    fn event(&self, action: Action, stamp: &Stamp<'_>) -> EventContent {
        EventContent {
            login_session: Some(self.0.id),
            grant: Some(self.0.grant),
            access: Some(crate::access::AccessType::Login),
            ..stamp.event(action, Party::User(self.0.subject))
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new()
            .with("actor_id", self.0.actor.to_string())
            .with("subject_id", self.0.subject.to_string())
            .with("expires_at", self.0.expires_at.to_rfc3339())
    }
}

//! How a grant stands, and what whoever makes it should know.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::Grant;
use crate::{
    plan::Plan,
    time::Timestamp,
    user::{User, UserStatus},
};

/// How a grant stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantState {
    /// It holds now.
    Live,
    /// Its start is in the future.
    Scheduled,
    /// Its expiry has passed.
    Expired,
    /// Something outside it keeps it from holding: the plan, an inactive user, a protected account.
    Suspended,
}

/// The text names no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a state; use `live`, `scheduled`, `expired` or `suspended`")]
pub struct UnknownGrantState(String);

impl GrantState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Live, Self::Scheduled, Self::Expired, Self::Suspended];

    /// How the grant stands. Expired wins over suspended, and that over scheduled.
    #[must_use]
    pub fn of(grant: &Grant, plan: Plan, grantor: &User, grantee: &User, now: Timestamp) -> Self {
        if grant.window().has_expired(now) {
            Self::Expired
        } else if !plan.includes_impersonation()
            || grantor.status() != UserStatus::Active
            || grantor.is_protected()
            || grantee.status() != UserStatus::Active
        {
            Self::Suspended
        } else if grant.window().has_started(now) {
            Self::Live
        } else {
            Self::Scheduled
        }
    }

    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Scheduled => "scheduled",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
        }
    }
}

impl fmt::Display for GrantState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for GrantState {
    type Err = UnknownGrantState;
    fn from_str(text: &str) -> Result<Self, UnknownGrantState> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownGrantState(text.chars().take(64).collect()))
    }
}

/// Something about a grant that whoever makes it should know. None of these forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantWarning {
    /// The user granting access also has access to the account of the one receiving it.
    Reciprocal,
    /// Someone has access to the account of the user receiving access, or the user granting it has
    /// access to further accounts. Access does not pass on: inside a login session nothing else
    /// can be started.
    Transitive,
    /// The maker gives access to themself.
    ToOneself,
    /// The account belongs to an administrator.
    AdministratorAccount,
    /// Send Access, but the two share no channel, so that there is nowhere to send.
    NoSharedChannel,
}

impl GrantWarning {
    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reciprocal => "reciprocal",
            Self::Transitive => "transitive",
            Self::ToOneself => "to_oneself",
            Self::AdministratorAccount => "administrator_account",
            Self::NoSharedChannel => "no_shared_channel",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Reciprocal => "each of the two can act on the other's account",
            Self::Transitive => {
                "one of the two is part of another grant; access does not pass on from one to the next"
            }
            Self::ToOneself => {
                "you are giving access to yourself; this is flagged in the audit log and shown to the account's owner"
            }
            Self::AdministratorAccount => {
                "the account belongs to an administrator; administration is refused inside a login session"
            }
            Self::NoSharedChannel => "the two share no channel, so nothing can be sent yet",
        }
    }
}

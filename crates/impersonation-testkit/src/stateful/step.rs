//! What can happen in the life of an organization, one step at a time, and the words for it.

use std::fmt;

use crate::reference::Plan;

/// The two organizations of every history.
pub(super) const ORGANIZATIONS: [&str; 2] = ["Acme", "Birch"];
/// Who there is at the beginning, and in which organization. The first of each is its
/// administrator.
pub(super) const USERS: [(&str, usize); 6] =
    [("ada", 0), ("ben", 0), ("cleo", 0), ("dan", 0), ("olga", 1), ("pete", 1)];
/// The channels, their organizations and who is in them at the beginning.
pub(super) const CHANNELS: [(&str, usize, &[usize]); 3] =
    [("general", 0, &[0, 1, 2, 3]), ("deals", 0, &[0, 1, 2]), ("lobby", 1, &[4, 5])];

/// With what somebody comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Their own session, by its number.
    Own(usize),
    /// The token of a login session, by its number.
    Session(usize),
}

/// What a grant gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) login: bool,
    pub(super) send: bool,
}

/// What an administrator does to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Deactivate,
    Reactivate,
    Protect,
    Unprotect,
    MakeAdministrator,
    MakeMember,
    Remove,
}

/// One step. Users, channels and organizations go by their place in the tables above; own sessions,
/// grants and login sessions by the order in which they were made. Times are in seconds: from now
/// where they are ends of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Grant {
        by: By,
        from: usize,
        to: usize,
        flags: Flags,
        starts: Option<i64>,
        ends: Option<i64>,
    },
    Edit {
        by: By,
        grant: usize,
        stale: bool,
        flags: Option<Flags>,
        starts: Option<Option<i64>>,
        ends: Option<Option<i64>>,
    },
    Delete {
        by: By,
        grant: usize,
        stale: bool,
    },
    DeleteAll {
        by: By,
        grants: Vec<usize>,
    },
    Start {
        by: By,
        subject: usize,
    },
    LookAround {
        by: By,
    },
    Stop {
        by: By,
    },
    End {
        by: By,
        session: usize,
    },
    Send {
        by: By,
        channel: usize,
        on_behalf_of: Option<usize>,
    },
    Explain {
        by: By,
        actor: usize,
        subject: usize,
        channel: Option<usize>,
    },
    SignIn {
        user: usize,
    },
    SignOut {
        by: By,
    },
    Person {
        by: By,
        user: usize,
        change: Change,
    },
    Join {
        by: By,
        channel: usize,
        user: usize,
    },
    Leave {
        by: By,
        channel: usize,
        user: usize,
    },
    SetPlan {
        organization: usize,
        plan: Plan,
    },
    /// Time passes; below zero, somebody sets the clock back.
    Pass {
        seconds: i64,
    },
    /// The server's own round: whatever has run out is ended.
    EndOverdue,
}

impl Step {
    /// With what it is done, where somebody does it.
    pub(super) fn by(&self) -> Option<By> {
        self.clone().by_mut().copied()
    }

    /// The same, to be changed.
    pub(super) fn by_mut(&mut self) -> Option<&mut By> {
        match self {
            Self::Grant { by, .. }
            | Self::Edit { by, .. }
            | Self::Delete { by, .. }
            | Self::DeleteAll { by, .. }
            | Self::Start { by, .. }
            | Self::LookAround { by }
            | Self::Stop { by }
            | Self::End { by, .. }
            | Self::Send { by, .. }
            | Self::Explain { by, .. }
            | Self::SignOut { by }
            | Self::Person { by, .. }
            | Self::Join { by, .. }
            | Self::Leave { by, .. } => Some(by),
            Self::SignIn { .. } | Self::SetPlan { .. } | Self::Pass { .. } | Self::EndOverdue => {
                None
            }
        }
    }

    /// The grants that it is about.
    pub(super) fn grants(&self) -> &[usize] {
        match self {
            Self::Edit { grant, .. } | Self::Delete { grant, .. } => std::slice::from_ref(grant),
            Self::DeleteAll { grants, .. } => grants,
            _ => &[],
        }
    }
}

fn user(index: usize) -> &'static str {
    USERS[index].0
}

fn channel(index: usize) -> &'static str {
    CHANNELS[index].0
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(sign_in) => write!(f, "[own session {sign_in}]"),
            Self::Session(session) => write!(f, "[login session {session}]"),
        }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.login, self.send) {
            (true, true) => "Login and Send Access",
            (true, false) => "Login Access",
            (false, true) => "Send Access",
            (false, false) => "no access type",
        })
    }
}

fn window(starts: Option<i64>, ends: Option<i64>) -> String {
    let from = starts.map(|at| format!(" from {at} s after now")).unwrap_or_default();
    let until = ends.map(|at| format!(" until {at} s after now")).unwrap_or_default();
    format!("{from}{until}")
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant { by, from, to, flags, starts, ends } => write!(
                f,
                "{by} grants {} {flags} to the account of {}{}",
                user(*to),
                user(*from),
                window(*starts, *ends)
            ),
            Self::Edit { by, grant, stale, flags, starts, ends } => {
                write!(f, "{by} edits grant {grant}")?;
                if *stale {
                    f.write_str(" with a version that it does not have")?;
                }
                if let Some(flags) = flags {
                    write!(f, " to {flags}")?;
                }
                if let Some(starts) = starts {
                    write!(f, ", start {}", moment(*starts))?;
                }
                if let Some(ends) = ends {
                    write!(f, ", end {}", moment(*ends))?;
                }
                Ok(())
            }
            Self::Delete { by, grant, stale } => {
                let version = if *stale { " with a version that it does not have" } else { "" };
                write!(f, "{by} deletes grant {grant}{version}")
            }
            Self::DeleteAll { by, grants } => write!(f, "{by} deletes grants {grants:?} at once"),
            Self::Start { by, subject } => write!(f, "{by} logs in as {}", user(*subject)),
            Self::LookAround { by } => write!(f, "{by} looks at the account"),
            Self::Stop { by } => write!(f, "{by} returns to their own account"),
            Self::End { by, session } => write!(f, "{by} ends login session {session}"),
            Self::Send { by, channel: to, on_behalf_of: None } => {
                write!(f, "{by} sends to #{}", channel(*to))
            }
            Self::Send { by, channel: to, on_behalf_of: Some(subject) } => {
                write!(f, "{by} sends to #{} as {}", channel(*to), user(*subject))
            }
            Self::Explain { by, actor, subject, channel: None } => {
                write!(f, "{by} asks whether {} may log in as {}", user(*actor), user(*subject))
            }
            Self::Explain { by, actor, subject, channel: Some(to) } => write!(
                f,
                "{by} asks whether {} may send to #{} as {}",
                user(*actor),
                channel(*to),
                user(*subject)
            ),
            Self::SignIn { user: who } => write!(f, "{} signs in", user(*who)),
            Self::SignOut { by } => write!(f, "{by} signs out"),
            Self::Person { by, user: who, change } => {
                write!(f, "{by}: {change:?} {}", user(*who))
            }
            Self::Join { by, channel: to, user: who } => {
                write!(f, "{by} takes {} into #{}", user(*who), channel(*to))
            }
            Self::Leave { by, channel: to, user: who } => {
                write!(f, "{by} takes {} out of #{}", user(*who), channel(*to))
            }
            Self::SetPlan { organization, plan } => {
                write!(f, "the operator sets {} to {plan:?}", ORGANIZATIONS[*organization])
            }
            Self::Pass { seconds } if *seconds < 0 => {
                write!(f, "the clock is set back by {} s", seconds.abs())
            }
            Self::Pass { seconds } => write!(f, "{seconds} s pass"),
            Self::EndOverdue => f.write_str("the server ends what has run out"),
        }
    }
}

fn moment(at: Option<i64>) -> String {
    at.map_or("none".to_owned(), |at| format!("{at} s after now"))
}

//! What was expected and what was found, in the same words.

use std::fmt;

use impersonation_domain::{time::Timestamp, user::UserStatus};

use super::{
    facts::name,
    step::{CHANNELS, Flags},
};

fn who(user: Option<usize>) -> &'static str {
    user.map_or("somebody unknown", name)
}

fn where_to(channel: Option<usize>) -> &'static str {
    channel.map_or("an unknown channel", |channel| CHANNELS[channel].0)
}

/// Events of the log, one a line.
pub(super) fn events(lines: &[String]) -> String {
    if lines.is_empty() { "no event".to_owned() } else { lines.join("\n  ") }
}

/// How an account stands: whether it is in use, and whether it is protected.
pub(super) fn person(user: usize, known: Option<(UserStatus, bool)>) -> String {
    match known {
        None => format!("{} does not exist", name(user)),
        Some((status, true)) => format!("{} is {}, and protected", name(user), status.as_str()),
        Some((status, false)) => format!("{} is {}", name(user), status.as_str()),
    }
}

/// That somebody is in a channel.
pub(super) fn member(channel: Option<usize>, user: Option<usize>) -> String {
    format!("{} is in #{}", who(user), where_to(channel))
}

/// A grant as the list of grants has it.
pub(super) struct GrantWords {
    pub(super) number: Option<usize>,
    pub(super) version: u64,
    /// The user granting access, and the one receiving it.
    pub(super) pair: (Option<usize>, Option<usize>),
    pub(super) login: bool,
    pub(super) send: bool,
    pub(super) window: (Option<Timestamp>, Option<Timestamp>),
    pub(super) state: &'static str,
}

impl fmt::Display for GrantWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "grant {number}")?,
            None => f.write_str("a grant that nobody made")?,
        }
        let flags = Flags { login: self.login, send: self.send };
        let (from, to) = self.pair;
        write!(
            f,
            " version {}: {flags} for {} to the account of {}",
            self.version,
            who(to),
            who(from)
        )?;
        let (starts, ends) = self.window;
        if let Some(starts) = starts {
            write!(f, " from {starts}")?;
        }
        if let Some(ends) = ends {
            write!(f, " until {ends}")?;
        }
        write!(f, ", shown as {}", self.state)
    }
}

/// A grant as an administrator sees it: the pair, and how it stands.
pub(super) fn listed((from, to): (Option<usize>, Option<usize>), state: &str) -> String {
    format!("{} to the account of {}, shown as {state}", who(to), who(from))
}

/// A login session.
pub(super) struct SessionWords {
    pub(super) ended: Option<&'static str>,
    pub(super) expires: Timestamp,
    pub(super) seen: Timestamp,
    /// Of the grant.
    pub(super) version: u64,
}

/// The login session with this number.
pub(super) fn session(number: usize, known: Option<SessionWords>) -> String {
    let Some(session) = known else { return format!("there is no login session {number}") };
    let state = match session.ended {
        None => "is live".to_owned(),
        Some(cause) => format!("has ended ({cause})"),
    };
    let SessionWords { expires, seen, version, .. } = session;
    format!(
        "login session {number} {state}; it was last used at {seen}, ends at {expires} at the \
         latest, and rests on version {version} of its grant"
    )
}

/// What is decided when somebody logs in as another, or sends to a channel as another.
pub(super) fn decision(
    actor: usize,
    subject: usize,
    channel: Option<usize>,
    answer: &str,
) -> String {
    let (actor, subject) = (name(actor), name(subject));
    match channel {
        None => format!("{actor} logs in as {subject}: {answer}"),
        Some(_) => format!("{actor} sends to #{} as {subject}: {answer}", where_to(channel)),
    }
}

/// An account on which somebody may act, and how.
pub(super) fn account(user: Option<usize>, login: bool, send: bool) -> String {
    format!("the account of {}, with {}", who(user), Flags { login, send })
}

/// Somebody who may act on one's account, and how the grant stands.
pub(super) fn delegate(user: Option<usize>, state: &str) -> String {
    format!("{}, by a grant shown as {state}", who(user))
}

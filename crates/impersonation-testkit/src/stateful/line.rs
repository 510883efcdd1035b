//! One event of the audit log, in a line: expected and found alike.

use std::{borrow::Cow, fmt};

use super::{facts::name, step::CHANNELS};

/// Whose doing it is, or whose account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    User(usize),
    Organization,
    Operator,
    Unknown,
}

/// What an event says, as far as it does not differ from store to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) organization: usize,
    pub(super) refused: bool,
    pub(super) action: &'static str,
    pub(super) actor: Whom,
    pub(super) subject: Whom,
    pub(super) access: Option<&'static str>,
    /// Number and version.
    pub(super) grant: Option<(usize, u64)>,
    pub(super) session: Option<usize>,
    pub(super) rule: Option<Cow<'static, str>>,
    pub(super) channel: Option<usize>,
    pub(super) batch: bool,
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User(user) => name(*user),
            Self::Organization => "the organization",
            Self::Operator => "the operator",
            Self::Unknown => "somebody",
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = if self.refused { "refused " } else { "" };
        write!(f, "{refused}{} by {} on {}", self.action, self.actor, self.subject)?;
        if let Some(rule) = &self.rule {
            write!(f, " ({rule})")?;
        }
        if let Some(access) = self.access {
            write!(f, ", {access} access")?;
        }
        if let Some((grant, version)) = self.grant {
            write!(f, ", grant {grant} version {version}")?;
        }
        if let Some(session) = self.session {
            write!(f, ", login session {session}")?;
        }
        if let Some(channel) = self.channel {
            write!(f, ", #{}", CHANNELS[channel].0)?;
        }
        f.write_str(if self.batch { ", in bulk" } else { "" })
    }
}

//! Histories of what several clients did with one pair's grant at the same time, and whether they
//! can be explained: every operation takes effect at one moment between its request and its reply
//! (*linearizability*), so that nothing that begins after an acknowledged revocation is permitted by
//! what was revoked (R1).
//!
//! A [`History`] is recorded from outside, with one monotonic clock: over HTTP, through use cases, or
//! by whatever else a tester has. [`check`] looks for an order that explains it, [`stale_permits`] is
//! a second and much simpler look at the same history that shares nothing with the first, and
//! [`report`] shows the shortest beginning that cannot be explained.
//!
//! ```
//! use impersonation_domain::access::AccessType;
//! use impersonation_testkit::history::{Call, Grant, Operation, Reply, check};
//! # use impersonation_domain::{access::AccessTypes, ids::GrantId};
//! # let id: GrantId = "0190b6a4-0000-7000-8000-000000000001".parse().unwrap();
//! let grant = Grant { id, version: 1 };
//! let at = |client, (invoked, returned), call, reply| {
//!     Operation { client, invoked, returned, call, reply: Some(reply) }
//! };
//! let create = Call::Create { access: AccessTypes::LOGIN };
//! let delete = Call::Delete { seen: grant };
//! let check_login = Call::Check { access: AccessType::Login };
//! let mut history = vec![
//!     at(0, (0, 10), create, Reply::Created { grant }),
//!     at(0, (20, 30), delete, Reply::Deleted),
//!     at(1, (25, 40), check_login, Reply::Permitted { grant: Some(grant) }),
//! ];
//! // It overlaps the revocation, and may fall before it.
//! assert!(check(&history).is_explained());
//! history[2].invoked = 31;
//! assert!(!check(&history).is_explained());
//! ```

mod law;
mod register;
mod report;
mod search;

#[cfg(test)]
mod tests;

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::{GrantId, LoginSessionId},
};

use crate::splitmix::SplitMix;

pub use self::{
    law::{StalePermit, stale_permits},
    report::{report, shortest_unexplained},
    search::{Verdict, check, check_within},
};

/// A grant as it stood when it was made or when it allowed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant {
    /// Which grant.
    pub id: GrantId,
    /// In which version.
    pub version: u64,
}

/// What a client asked for. All of a history is about one pair: one user acting on the account of
/// one other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Make a grant.
    Create {
        /// What it gives.
        access: AccessTypes,
    },
    /// Change what the grant gives.
    Edit {
        /// The grant and the version that the client saw, as in `If-Match`.
        seen: Grant,
        /// What it is to give.
        access: AccessTypes,
    },
    /// Delete the grant.
    Delete {
        /// The grant and the version that the client saw, as in `If-Match`.
        seen: Grant,
    },
    /// Ask for a decision.
    Check {
        /// About what.
        access: AccessType,
    },
    /// List the accounts that the user may act on.
    List,
    /// Start a login session.
    Start,
    /// Use a login session.
    Act {
        /// Which one.
        session: LoginSessionId,
    },
    /// End a login session.
    Stop {
        /// Which one.
        session: LoginSessionId,
    },
    /// Send a message as the other user.
    Send,
}

/// What the client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    /// To [`Call::Create`]: made.
    Created {
        /// The grant.
        grant: Grant,
    },
    /// To [`Call::Create`]: the pair has one.
    Duplicate {
        /// Which one, if that was said.
        existing: Option<GrantId>,
    },
    /// To [`Call::Edit`]: changed.
    Edited {
        /// The version that it has now.
        version: u64,
    },
    /// To [`Call::Delete`]: deleted.
    Deleted,
    /// To [`Call::Edit`] and [`Call::Delete`]: the grant is in another version.
    Stale,
    /// To [`Call::Edit`] and [`Call::Delete`]: there is no such grant.
    Missing,
    /// To [`Call::Check`], [`Call::Act`] and [`Call::Send`]: yes.
    Permitted {
        /// By which grant. A history in which this is not said cannot tell a permit by a grant that
        /// was deleted from one by its successor.
        grant: Option<Grant>,
    },
    /// To [`Call::Start`]: started.
    Started {
        /// The session.
        session: LoginSessionId,
        /// By which grant.
        grant: Option<Grant>,
    },
    /// To [`Call::Start`]: permitted, but there are too many sessions.
    Busy,
    /// To [`Call::Check`], [`Call::Start`] and [`Call::Send`]: the pair has no grant.
    NoGrant,
    /// To the same: it has one, which does not give this.
    NotGiven {
        /// Which one, if that was said.
        grant: Option<Grant>,
    },
    /// To [`Call::Act`] and [`Call::Stop`]: the session has ended.
    SessionEnded,
    /// To [`Call::Stop`]: it ends now.
    Stopped,
    /// To [`Call::List`]: what the list has of this pair.
    Listed {
        /// The grant and what it gives, if the account is in the list.
        account: Option<(Grant, AccessTypes)>,
    },
}

/// One operation of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Which client.
    pub client: usize,
    /// When it was asked for, in nanoseconds since any moment that is the same for all clients.
    pub invoked: u64,
    /// When the reply was there, or when the client gave up.
    pub returned: u64,
    /// What was asked for.
    pub call: Call,
    /// What was replied. `None` where the client cannot know: the connection was cut, the server was
    /// killed, or answered that it does not know either. Then the operation may take effect at any
    /// moment after it was asked for, also long after the client gave up, or never.
    pub reply: Option<Reply>,
}

impl Operation {
    /// Whether it can change anything for others, whatever came of it.
    #[must_use]
    pub fn is_write(&self) -> bool {
        matches!(
            self.call,
            Call::Create { .. } | Call::Edit { .. } | Call::Delete { .. } | Call::Stop { .. }
        )
    }

    /// Whether it was replied that access was permitted.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        matches!(
            self.reply,
            Some(
                Reply::Permitted { .. }
                    | Reply::Started { .. }
                    | Reply::Listed { account: Some(_) }
            )
        )
    }

    /// Whether it was replied that access was refused.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self.reply,
            Some(
                Reply::NoGrant
                    | Reply::NotGiven { .. }
                    | Reply::SessionEnded
                    | Reply::Listed { account: None }
            )
        )
    }

    /// Whether it was replied that access is taken away: all of it, or one type.
    #[must_use]
    pub fn is_revocation(&self) -> bool {
        match self.reply {
            Some(Reply::Deleted) => true,
            Some(Reply::Edited { .. }) => {
                matches!(self.call, Call::Edit { access, .. } if access != AccessTypes::BOTH)
            }
            _ => false,
        }
    }

    /// Whether the two were under way at the same time.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.invoked <= other.returned && other.invoked <= self.returned
    }
}

/// What all clients did with one pair's grant, in any order. In the beginning the pair has none.
pub type History = Vec<Operation>;

/// Numbers that look like chance and are the same for the same seed, in the words of a test that
/// rolls for times and shares.
#[derive(Debug, Clone)]
pub struct Dice(SplitMix);

impl Dice {
    /// The numbers of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(SplitMix::new(seed))
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`, which is more than 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // The bias is 1 in 2⁶⁴ divided by `end`, far below what any test could notice.
        self.roll() % end
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these, of which there is at least one.
    pub fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        *self.0.choose(from)
    }
}

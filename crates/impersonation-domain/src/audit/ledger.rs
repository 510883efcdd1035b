//! The chain: sealing events as they are written, and verifying them afterwards.

use thiserror::Error;

use super::{Event, EventContent, GENESIS_HASH, Hash, Outcome, hash_event};
use crate::{ids::OrganizationId, time::Timestamp};

/// Where an organization's chain ends. A store keeps it in the organization's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The sequence of the last event; 0 before the first.
    pub sequence: u64,
    /// The hash of the last event; [`GENESIS_HASH`] before the first.
    pub hash: Hash,
    /// The moment of the last event.
    pub at: Option<Timestamp>,
    /// How many transactions have altered what decisions are made of.
    pub policy_revision: u64,
}

impl Default for AuditHead {
    fn default() -> Self {
        Self { sequence: 0, hash: GENESIS_HASH, at: None, policy_revision: 0 }
    }
}

/// Gives the events of one transaction their places in the chain. An adapter makes one for each
/// unit of work, from the head that it has read under the organization's lock, and stores
/// [`Ledger::head`] as the last statement before the commit.
#[derive(Debug)]
pub struct Ledger {
    organization: OrganizationId,
    head: AuditHead,
    raised: bool,
}

impl Ledger {
    /// The ledger that goes on from this head.
    #[must_use]
    pub fn new(organization: OrganizationId, head: AuditHead) -> Self {
        Self { organization, head, raised: false }
    }

    /// Seals the next event. Its time is never before that of the event before it, and the first
    /// event of a transaction that alters decisions raises the policy revision.
    pub fn seal(&mut self, mut content: EventContent) -> Event {
        if content.outcome == Outcome::Allowed && content.action.alters_decisions() && !self.raised
        {
            self.raised = true;
            self.head.policy_revision = self.head.policy_revision.saturating_add(1);
        }
        if let Some(last) = self.head.at {
            content.at = content.at.max(last);
        }
        let sequence = self.head.sequence.saturating_add(1);
        let previous_hash = self.head.hash;
        let hash = hash_event(
            self.organization,
            sequence,
            self.head.policy_revision,
            &content,
            previous_hash,
        );
        self.head = AuditHead {
            sequence,
            hash,
            at: Some(content.at),
            policy_revision: self.head.policy_revision,
        };
        Event {
            organization: self.organization,
            sequence,
            policy_revision: self.head.policy_revision,
            content,
            previous_hash,
            hash,
        }
    }

    /// The head after what has been sealed.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        self.head
    }
}

/// What is wrong with a chain, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainFault {
    /// An event is missing, is there twice, or is out of place.
    #[error("event {expected} is missing: event {found} stands in its place")]
    Gap {
        /// The sequence that belongs here.
        expected: u64,
        /// The sequence that is here.
        found: u64,
    },
    /// An event belongs to another organization.
    #[error("event {sequence} belongs to another organization")]
    Foreign {
        /// Where.
        sequence: u64,
    },
    /// An event does not go on from the one before it.
    #[error("event {sequence} does not follow from the event before it")]
    Broken {
        /// Where.
        sequence: u64,
    },
    /// An event's content is not what was sealed.
    #[error("event {sequence} has been altered")]
    Altered {
        /// Where.
        sequence: u64,
    },
    /// The chain ends before, or after, the place that the organization's row names.
    #[error("the log ends at event {found}, but event {expected} was written last")]
    Truncated {
        /// The sequence that the head names.
        expected: u64,
        /// The last sequence found.
        found: u64,
    },
    /// A row is no event at all.
    #[error("event {sequence} cannot be read: {detail}")]
    Unreadable {
        /// Where.
        sequence: u64,
        /// What the store said.
        detail: String,
    },
}

impl ChainFault {
    /// The sequence at which the fault is.
    #[must_use]
    pub fn position(&self) -> u64 {
        match self {
            Self::Gap { expected, .. } => *expected,
            Self::Foreign { sequence } | Self::Broken { sequence } | Self::Altered { sequence } => {
                *sequence
            }
            Self::Unreadable { sequence, .. } => *sequence,
            Self::Truncated { found, .. } => found.saturating_add(1),
        }
    }
}

/// Checks a chain, event by event, in the order of the sequence.
#[derive(Debug)]
pub struct ChainVerifier {
    organization: OrganizationId,
    sequence: u64,
    hash: Hash,
}

impl ChainVerifier {
    /// A verifier that has seen nothing yet.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self { organization, sequence: 0, hash: GENESIS_HASH }
    }

    /// Checks the next event.
    ///
    /// # Errors
    /// The first [`ChainFault`].
    pub fn check(&mut self, event: &Event) -> Result<(), ChainFault> {
        let expected = self.sequence.saturating_add(1);
        if event.sequence != expected {
            return Err(ChainFault::Gap { expected, found: event.sequence });
        }
        if event.organization != self.organization {
            return Err(ChainFault::Foreign { sequence: expected });
        }
        if event.previous_hash != self.hash {
            return Err(ChainFault::Broken { sequence: expected });
        }
        let hash = hash_event(
            event.organization,
            event.sequence,
            event.policy_revision,
            &event.content,
            self.hash,
        );
        if hash != event.hash {
            return Err(ChainFault::Altered { sequence: expected });
        }
        self.sequence = expected;
        self.hash = hash;
        Ok(())
    }

    /// Checks that the log ends where the organization's row says that it does.
    ///
    /// # Errors
    /// [`ChainFault::Truncated`], or [`ChainFault::Altered`] where only the last hash differs.
    pub fn finish(&self, head: &AuditHead) -> Result<(), ChainFault> {
        if self.sequence != head.sequence {
            return Err(ChainFault::Truncated { expected: head.sequence, found: self.sequence });
        }
        if self.hash != head.hash {
            return Err(ChainFault::Altered { sequence: self.sequence });
        }
        Ok(())
    }

    /// How many events have been found right.
    #[must_use]
    pub fn verified(&self) -> u64 {
        self.sequence
    }

    /// The hash of the last of them.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

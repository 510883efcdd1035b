//! Events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Hash};
use crate::{
    access::AccessType,
    credential::OwnCredentialId,
    ids::{BatchId, ChannelId, EventId, LoginSessionId, OrganizationId, UserId},
    policy::GrantRef,
    time::Timestamp,
};

/// Who acts, or whose account is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A user of the organization.
    User(UserId),
    /// The organization as a whole, as the thing that is acted on.
    Organization(OrganizationId),
    /// The operator of the installation.
    Operator,
    /// The system itself, for instance when a limit is reached.
    System,
    /// Somebody who is not known: a failed sign-in.
    Unknown,
}

impl Party {
    /// The user, where it is one.
    #[must_use]
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Organization(_) | Self::Operator | Self::System | Self::Unknown => None,
        }
    }
}

/// Whether what was attempted happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was allowed, and happened.
    Allowed,
    /// It was refused, and nothing happened.
    Refused,
}

impl Outcome {
    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}

/// A value in a [`Snapshot`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// A switch.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl From<bool> for FieldValue {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<i64> for FieldValue {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for FieldValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<String>> for FieldValue {
    fn from(value: Vec<String>) -> Self {
        Self::List(value)
    }
}

/// What a thing looked like, by field. Fields without a value are absent. No secret and no text of
/// a message is ever in one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(BTreeMap<String, FieldValue>);

impl Snapshot {
    /// A snapshot without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The snapshot with one field more.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<FieldValue>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    /// The snapshot with one field more, if there is a value.
    #[must_use]
    pub fn with_some(self, field: &str, value: Option<impl Into<FieldValue>>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&FieldValue> {
        self.0.get(field)
    }

    /// The fields in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(field, value)| (field.as_str(), value))
    }
}

/// What an event says, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContent {
    /// Identifies the event.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// What was done or attempted.
    pub action: Action,
    /// Whether it happened.
    pub outcome: Outcome,
    /// The person who acted: the human at the root, not an account that they are logged in as.
    pub actor: Party,
    /// The account or organization that was acted on.
    pub subject: Party,
    /// The actor's own session or token.
    pub credential: Option<OwnCredentialId>,
    /// The login session inside which it was done, or which started or ended.
    pub login_session: Option<LoginSessionId>,
    /// The access type that was used or asked about.
    pub access: Option<AccessType>,
    /// The grant, in the version, that allowed it or that it is about.
    pub grant: Option<GrantRef>,
    /// The rule that refused it, or the cause of an end, as a stable code.
    pub rule: Option<String>,
    /// The channel in which it happened.
    pub channel: Option<ChannelId>,
    /// The bulk operation that it was part of.
    pub batch: Option<BatchId>,
    /// The words of whoever did it.
    pub reason: Option<String>,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// The network address that the request came from.
    pub source_address: Option<String>,
    /// What the thing looked like before.
    pub before: Option<Snapshot>,
    /// What the thing looks like now; for an act that changes nothing, what was acted on.
    pub after: Option<Snapshot>,
}

/// An event in its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// Its place: 1 for the organization's first event, without gaps.
    pub sequence: u64,
    /// The organization's policy revision when it was written.
    pub policy_revision: u64,
    /// What it says.
    pub content: EventContent,
    /// The hash of the event before it; [`super::GENESIS_HASH`] for the first.
    pub previous_hash: Hash,
    /// Its own hash.
    pub hash: Hash,
}

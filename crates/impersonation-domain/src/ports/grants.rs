//! Grants in a store.

use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Page, PageLimit, RepositoryError};
use crate::{
    access::AccessType,
    audit::Recorded,
    grant::{Grant, GrantState},
    ids::{GrantId, UserId},
    plan::Plan,
    time::Timestamp,
    user::User,
};

/// By what a list of grants is sorted. Texts are compared in ASCII lower case, byte by byte, on
/// every storage alike; equal ones by identifier. What is absent comes last going up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantSortField {
    /// When it was made.
    CreatedAt,
    /// The name of the user receiving access.
    GranteeName,
    /// Their address.
    GranteeEmail,
    /// The name of the user granting access.
    GrantorName,
    /// Their address.
    GrantorEmail,
    /// Login Access: without before with.
    Login,
    /// Send Access: without before with.
    Send,
    /// When it expires.
    ExpiresAt,
    /// When it was last used.
    LastUsedAt,
}

impl GrantSortField {
    /// All fields.
    pub const ALL: [Self; 9] = [
        Self::CreatedAt,
        Self::GranteeName,
        Self::GranteeEmail,
        Self::GrantorName,
        Self::GrantorEmail,
        Self::Login,
        Self::Send,
        Self::ExpiresAt,
        Self::LastUsedAt,
    ];

    /// The stable name, as in a query.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::GranteeName => "grantee_name",
            Self::GranteeEmail => "grantee_email",
            Self::GrantorName => "grantor_name",
            Self::GrantorEmail => "grantor_email",
            Self::Login => "login",
            Self::Send => "send",
            Self::ExpiresAt => "expires_at",
            Self::LastUsedAt => "last_used_at",
        }
    }
}

/// A field and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantSort {
    /// By what.
    pub field: GrantSortField,
    /// Whether the greatest comes first. Then identifiers go down, too.
    pub descending: bool,
}

impl Default for GrantSort {
    /// The newest first.
    fn default() -> Self {
        Self { field: GrantSortField::CreatedAt, descending: true }
    }
}

/// The text names no order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an order; use one of created_at, grantee_name, grantee_email, grantor_name, grantor_email, login, send, expires_at, last_used_at, with `-` in front for descending"
)]
pub struct UnknownGrantSort(String);

impl FromStr for GrantSort {
    type Err = UnknownGrantSort;
    fn from_str(text: &str) -> Result<Self, UnknownGrantSort> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        GrantSortField::ALL
            .into_iter()
            .find(|field| field.as_str() == name)
            .map(|field| Self { field, descending })
            .ok_or_else(|| UnknownGrantSort(text.chars().take(64).collect()))
    }
}

/// The value by which a grant is sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    /// A switch.
    Flag(bool),
    /// A moment.
    At(Timestamp),
    /// A text in ASCII lower case.
    Text(String),
    /// Nothing: after every value.
    Absent,
}

/// Where a page of grants goes on: after this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantCursor {
    /// The value of the sorted field.
    pub key: SortKey,
    /// The identifier.
    pub id: GrantId,
}

/// Which grants to list.
#[derive(Debug, Clone)]
pub struct GrantQuery {
    /// Only those of which a name, an address or the reason contains this, without regard to ASCII
    /// case.
    pub search: Option<String>,
    /// Only those that give this.
    pub access: Option<AccessType>,
    /// Only those in this state at `now`, as [`GrantState::of`] says.
    pub state: Option<GrantState>,
    /// Only those that have not been used since this moment and were made before it.
    pub unused_since: Option<Timestamp>,
    /// Only those of this user granting access.
    pub grantor: Option<UserId>,
    /// Only those of this user receiving access.
    pub grantee: Option<UserId>,
    /// In which order.
    pub sort: GrantSort,
    /// Where to go on.
    pub after: Option<GrantCursor>,
    /// How many at most.
    pub limit: PageLimit,
    /// The moment for which states are told.
    pub now: Timestamp,
    /// The organization's plan.
    pub plan: Plan,
}

/// A grant with the two people, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantView {
    /// The grant.
    pub grant: Grant,
    /// The user granting access.
    pub grantor: User,
    /// The user receiving access.
    pub grantee: User,
    /// How it stands.
    pub state: GrantState,
}

impl GrantView {
    /// The value of this field, by which the grant is sorted.
    #[must_use]
    pub fn sort_key(&self, field: GrantSortField) -> SortKey {
        let text = |text: &str| SortKey::Text(text.to_ascii_lowercase());
        let moment = |at: Option<Timestamp>| at.map_or(SortKey::Absent, SortKey::At);
        let record = self.grant.record();
        match field {
            GrantSortField::CreatedAt => SortKey::At(record.created_at),
            GrantSortField::GranteeName => text(self.grantee.name().as_str()),
            GrantSortField::GranteeEmail => text(self.grantee.email().as_str()),
            GrantSortField::GrantorName => text(self.grantor.name().as_str()),
            GrantSortField::GrantorEmail => text(self.grantor.email().as_str()),
            GrantSortField::Login => SortKey::Flag(record.access.contains(AccessType::Login)),
            GrantSortField::Send => SortKey::Flag(record.access.contains(AccessType::Send)),
            GrantSortField::ExpiresAt => moment(record.window.expires_at()),
            GrantSortField::LastUsedAt => moment(record.last_used_at),
        }
    }

    /// Where the page after this grant begins.
    #[must_use]
    pub fn cursor(&self, field: GrantSortField) -> GrantCursor {
        GrantCursor { key: self.sort_key(field), id: self.grant.id() }
    }
}

/// Grants of the unit of work's organization.
#[async_trait]
pub trait GrantRepository: Send {
    /// A grant.
    async fn grant(&mut self, id: GrantId) -> Result<Option<Grant>, RepositoryError>;
    /// The grant of a pair. There is at most one.
    async fn of_pair(
        &mut self,
        grantor: UserId,
        grantee: UserId,
    ) -> Result<Option<Grant>, RepositoryError>;
    /// All grants that the user receives, in the order of their identifiers.
    async fn received_by(&mut self, grantee: UserId) -> Result<Vec<Grant>, RepositoryError>;
    /// All grants that the user gives, in the order of their identifiers.
    async fn granted_by(&mut self, grantor: UserId) -> Result<Vec<Grant>, RepositoryError>;
    /// A page of the list.
    async fn list(
        &mut self,
        query: &GrantQuery,
    ) -> Result<Page<GrantView, GrantCursor>, RepositoryError>;
    /// Saves a grant and its event: one in its first version is inserted, another replaces exactly
    /// the version before it ([`RepositoryError::Stale`] where that is gone).
    async fn save(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError>;
    /// Deletes a grant in exactly this version, and writes the event.
    async fn delete(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError>;
    /// Notes that the grant has just allowed something. That is no change of the grant: its version
    /// stays, and the event is that of what it allowed.
    async fn mark_used(&mut self, id: GrantId, at: Timestamp) -> Result<(), RepositoryError>;
}

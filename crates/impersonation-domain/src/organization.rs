//! Organizations.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audit::{Action, Party, Recorded, Snapshot, Stamp},
    ids::OrganizationId,
    plan::Plan,
    text::Name,
    time::Timestamp,
    version::Version,
};

/// The longest that a login session may last, in minutes: 5 minutes to 8 hours, 60 by default
/// (design rule 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct LoginSessionLimit(u16);

/// The limit is outside what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a login session may last 5 to 480 minutes; `{0}` is outside of that")]
pub struct LimitOutOfRange(u16);

impl LoginSessionLimit {
    /// The limit as a duration.
    #[must_use]
    pub fn duration(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }

    /// The limit in minutes.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl Default for LoginSessionLimit {
    fn default() -> Self {
        Self(60)
    }
}

impl TryFrom<u16> for LoginSessionLimit {
    type Error = LimitOutOfRange;
    fn try_from(minutes: u16) -> Result<Self, LimitOutOfRange> {
        if (5..=480).contains(&minutes) { Ok(Self(minutes)) } else { Err(LimitOutOfRange(minutes)) }
    }
}

impl From<LoginSessionLimit> for u16 {
    fn from(limit: LoginSessionLimit) -> Self {
        limit.0
    }
}

/// An organization as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRecord {
    /// Its identifier.
    pub id: OrganizationId,
    /// What it is called.
    pub name: Name,
    /// What it pays for.
    pub plan: Plan,
    /// The longest that its login sessions may last.
    pub login_session_limit: LoginSessionLimit,
    /// Raised by each change.
    pub version: Version,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// An organization: the tenant that users, channels and grants belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization(OrganizationRecord);

impl Organization {
    /// Sets up an organization.
    pub fn create(id: OrganizationId, name: Name, plan: Plan, stamp: &Stamp<'_>) -> Recorded<Self> {
        let organization = Self(OrganizationRecord {
            id,
            name,
            plan,
            login_session_limit: LoginSessionLimit::default(),
            version: Version::INITIAL,
            created_at: stamp.at(),
        });
        organization.recorded(Action::OrganizationCreate, None, stamp)
    }

    /// The organization as a store read it.
    #[must_use]
    pub fn from_record(record: OrganizationRecord) -> Self {
        Self(record)
    }

    /// Everything that is stored of it.
    #[must_use]
    pub fn record(&self) -> &OrganizationRecord {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> OrganizationId {
        self.0.id
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.0.plan
    }

    /// The longest that its login sessions may last.
    #[must_use]
    pub fn login_session_limit(&self) -> LoginSessionLimit {
        self.0.login_session_limit
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Changes name and settings. Sessions that run keep the limit that they started with.
    pub fn edit(
        self,
        name: Option<Name>,
        limit: Option<LoginSessionLimit>,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let before = self.snapshot();
        let mut record = self.0;
        record.name = name.unwrap_or(record.name);
        record.login_session_limit = limit.unwrap_or(record.login_session_limit);
        record.version = record.version.next();
        Self(record).recorded(Action::OrganizationEdit, Some(before), stamp)
    }

    /// Whether the name and the settings are the same as those of `other`.
    #[must_use]
    pub fn has_same_settings(&self, other: &Self) -> bool {
        self.0.name == other.0.name && self.0.login_session_limit == other.0.login_session_limit
    }

    /// Puts it on another plan. That is the operator's to do.
    pub fn set_plan(self, plan: Plan, stamp: &Stamp<'_>) -> Recorded<Self> {
        let before = self.snapshot();
        let mut record = self.0;
        record.plan = plan;
        record.version = record.version.next();
        Self(record).recorded(Action::OrganizationSetPlan, Some(before), stamp)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new()
            .with("name", self.0.name.as_str())
            .with("plan", self.0.plan.as_str())
            .with("login_session_minutes", i64::from(self.0.login_session_limit.minutes()))
    }

    fn recorded(
        self,
        action: Action,
        before: Option<Snapshot>,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let mut event = stamp.event(action, Party::Organization(self.0.id));
        event.before = before;
        event.after = Some(self.snapshot());
        Recorded::new(self, event)
    }
}

//! Plans of organizations.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What an organization pays for. A product's own plan names map onto these three kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// One person: impersonation does not exist.
    Individual,
    /// Every multi-user plan below Enterprise: users with the Admin role manage grants.
    MultiUser,
    /// Whoever's role has *Manage user impersonation* manages grants; custom roles exist.
    Enterprise,
}

/// The text names no plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a plan; use `individual`, `multi_user` or `enterprise`")]
pub struct UnknownPlan(String);

impl Plan {
    /// All plans, the smallest first.
    pub const ALL: [Self; 3] = [Self::Individual, Self::MultiUser, Self::Enterprise];

    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::MultiUser => "multi_user",
            Self::Enterprise => "enterprise",
        }
    }

    /// Whether user impersonation exists on this plan (design rule 3.1).
    #[must_use]
    pub fn includes_impersonation(self) -> bool {
        match self {
            Self::Individual => false,
            Self::MultiUser | Self::Enterprise => true,
        }
    }

    /// Whether custom roles count on this plan. Where they do not, one that is stored gives nothing.
    #[must_use]
    pub fn has_custom_roles(self) -> bool {
        match self {
            Self::Individual | Self::MultiUser => false,
            Self::Enterprise => true,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = UnknownPlan;
    fn from_str(text: &str) -> Result<Self, UnknownPlan> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.as_str() == text)
            .ok_or_else(|| UnknownPlan(text.chars().take(64).collect()))
    }
}

//! Versions of aggregates, for optimistic concurrency.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How often a thing has been changed, counted from 1. An edit or a delete names the version that it
/// saw, and is refused when the thing has moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Version(u64);

/// A version is a whole number from 1 up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{0}` is not a version; versions are whole numbers from 1 up")]
pub struct InvalidVersion(u64);

impl Version {
    /// The version of a thing that was just made.
    pub const INITIAL: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Version {
    type Error = InvalidVersion;
    fn try_from(value: u64) -> Result<Self, InvalidVersion> {
        if value == 0 || value > i64::MAX.unsigned_abs() {
            Err(InvalidVersion(value))
        } else {
            Ok(Self(value))
        }
    }
}

impl From<Version> for u64 {
    fn from(version: Version) -> Self {
        version.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

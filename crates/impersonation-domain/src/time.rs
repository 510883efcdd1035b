//! Time: one clock, microseconds, half-open windows.

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A moment in UTC. Everything that is stored has microsecond precision, which both databases keep
/// exactly.
pub type Timestamp = DateTime<Utc>;

/// The moment, cut to whole microseconds.
#[must_use]
pub fn to_microseconds(at: Timestamp) -> Timestamp {
    at.trunc_subsecs(6)
}

/// A half-open interval in UTC: it holds from `starts_at` on, and no more at `expires_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Window {
    starts_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// The two ends are in the wrong order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the start is not before the expiry; send an `expires_at` later than `starts_at`")]
pub struct EmptyWindow;

impl Window {
    /// The window between the two ends; an absent end is open.
    ///
    /// # Errors
    /// [`EmptyWindow`] where no moment lies inside.
    pub fn new(
        starts_at: Option<Timestamp>,
        expires_at: Option<Timestamp>,
    ) -> Result<Self, EmptyWindow> {
        let (starts_at, expires_at) =
            (starts_at.map(to_microseconds), expires_at.map(to_microseconds));
        match (starts_at, expires_at) {
            (Some(start), Some(end)) if start >= end => Err(EmptyWindow),
            _ => Ok(Self { starts_at, expires_at }),
        }
    }

    /// When it begins to hold, if it has a beginning.
    #[must_use]
    pub fn starts_at(&self) -> Option<Timestamp> {
        self.starts_at
    }

    /// The first moment at which it no longer holds, if it ends.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whether it has begun at `now`.
    #[must_use]
    pub fn has_started(&self, now: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= now)
    }

    /// Whether it is over at `now`.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        #[cfg(planted)]
        if crate::planted::Bug::ExpiryIncluded.is_active() {
            return self.expires_at.is_some_and(|end| end < now);
        }
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A window as it is written down, before it is known not to be empty.
#[derive(Deserialize)]
struct Ends {
    starts_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl TryFrom<Ends> for Window {
    type Error = EmptyWindow;
    fn try_from(ends: Ends) -> Result<Self, EmptyWindow> {
        Self::new(ends.starts_at, ends.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d14_a_window_is_half_open() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let window = Window::new(Some(at(10)), Some(at(20))).unwrap();
        assert!(!window.has_started(at(9)));
        assert!(window.has_started(at(10)));
        assert!(!window.has_expired(at(19)));
        assert!(window.has_expired(at(20)));
        assert_eq!(Window::new(Some(at(10)), Some(at(10))), Err(EmptyWindow));
    }

    #[test]
    fn d12_an_empty_window_cannot_be_read_either() {
        let window = Window::new(None, DateTime::from_timestamp(20, 0)).unwrap();
        let text = serde_json::to_string(&window).unwrap();
        assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window);
        let empty = r#"{"starts_at":"2026-01-05T09:00:00Z","expires_at":"2026-01-05T09:00:00Z"}"#;
        assert!(serde_json::from_str::<Window>(empty).is_err());
    }
}

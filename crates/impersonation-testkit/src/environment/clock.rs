//! A clock that stands still until it is told otherwise.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta};
use impersonation_domain::{ports::Clock, time::Timestamp};

/// A clock that a test sets. Clones show the same time. It begins on Monday, 5 January 2026, at
/// nine.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<Timestamp>>);

impl FixedClock {
    /// The moment at which a new clock stands.
    pub const START: Timestamp = match DateTime::from_timestamp(1_767_603_600, 0) {
        Some(start) => start,
        None => DateTime::UNIX_EPOCH,
    };

    /// A clock that stands at this moment.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(moment)))
    }

    /// Sets it, backwards too.
    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// Puts it on by this much, and answers the new time.
    pub fn advance(&self, by: TimeDelta) -> Timestamp {
        let mut moment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *moment += by;
        *moment
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The clock of the machine, kept from going back.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use impersonation_domain::{
    ports::Clock,
    time::{Timestamp, to_microseconds},
};

/// From how far ahead of the machine's clock on the log says so.
const NOTEWORTHY: TimeDelta = TimeDelta::seconds(5);

/// The time of the machine in whole microseconds, which within this process never goes back and
/// never stands still.
///
/// It follows the machine's clock forward. When that clock is set back, time goes on at its usual
/// pace from where it was, so that a step of the clock makes nothing last longer than it should.
#[derive(Debug)]
pub struct SystemClock {
    last: Mutex<Reading>,
    is_ahead: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    told: Timestamp,
    steady: Instant,
}

impl SystemClock {
    /// A clock that begins with the machine's.
    #[must_use]
    pub fn new() -> Self {
        let reading = Reading { told: to_microseconds(machine_time()), steady: steady_time() };
        Self { last: Mutex::new(reading), is_ahead: AtomicBool::new(false) }
    }

    fn note_difference(&self, ahead: TimeDelta) {
        let is_ahead = ahead > NOTEWORTHY;
        if self.is_ahead.swap(is_ahead, Ordering::Relaxed) != is_ahead {
            if is_ahead {
                tracing::warn!(
                    seconds = ahead.num_seconds(),
                    "the machine's clock was set back; time goes on from where it was"
                );
            } else {
                tracing::info!("the machine's clock has caught up");
            }
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let machine = to_microseconds(machine_time());
        let told = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let steady = steady_time();
            let told = advance(last.told, steady.saturating_duration_since(last.steady), machine);
            *last = Reading { told, steady };
            told
        };
        self.note_difference(told - machine);
        told
    }
}

/// The time to tell now, when `told` was told `passed` ago.
fn advance(told: Timestamp, passed: Duration, machine: Timestamp) -> Timestamp {
    let steady =
        TimeDelta::from_std(passed).ok().and_then(|passed| told.checked_add_signed(passed));
    to_microseconds(steady.unwrap_or(told)).max(machine)
}

#[expect(clippy::disallowed_methods, reason = "this is the adapter behind the `Clock` port")]
fn machine_time() -> DateTime<Utc> {
    Utc::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the adapter behind the `Clock` port")]
fn steady_time() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn p11_the_clock_follows_the_machine_forward() {
        assert_eq!(advance(at(100), Duration::from_secs(1), at(101)), at(101));
        assert_eq!(advance(at(100), Duration::from_secs(1), at(3_701)), at(3_701));
    }

    #[test]
    fn p11_a_machine_set_back_does_not_turn_time_back_or_stop_it() {
        let told = advance(at(3_600), Duration::from_secs(1), at(1));
        assert_eq!(told, at(3_601));
        assert_eq!(advance(told, Duration::from_secs(60), at(61)), at(3_661));
    }

    #[test]
    fn time_is_told_in_whole_microseconds_and_never_goes_back() {
        let clock = SystemClock::new();
        let mut last = clock.now();
        for _ in 0..1_000 {
            let now = clock.now();
            assert!(now >= last);
            assert_eq!(now.timestamp_subsec_nanos() % 1_000, 0);
            last = now;
        }
    }
}

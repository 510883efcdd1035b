//! How often somebody may try to sign in.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{
    DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use poem::http::StatusCode;
use sha2::{Digest, Sha256};

use crate::{problem::Problem, settings::SignInLimit};

/// After how many attempts those who have paused are forgotten.
const FORGET_EVERY: u32 = 256;

/// Counts attempts by where they come from and by whom they are for.
pub(crate) struct SignInLimits {
    by_source: DefaultKeyedRateLimiter<Option<IpAddr>>,
    by_email: DefaultKeyedRateLimiter<[u8; 32]>,
    clock: DefaultClock,
    attempts: AtomicU32,
}

impl SignInLimits {
    pub(crate) fn new(limit: SignInLimit) -> Self {
        let quota = Quota::per_minute(limit.per_minute).allow_burst(limit.burst);
        Self {
            by_source: RateLimiter::keyed(quota),
            by_email: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            attempts: AtomicU32::new(0),
        }
    }

    /// Counts an attempt, and refuses it if there were too many.
    pub(crate) fn check(&self, source: Option<IpAddr>, email: &str) -> Result<(), Problem> {
        if self.attempts.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.by_source.retain_recent();
            self.by_email.retain_recent();
        }
        self.check_source(source)?;
        let email = Sha256::digest(email.trim().to_ascii_lowercase().as_bytes()).into();
        self.by_email.check_key(&email).map_err(|until| self.refuse(&until))
    }

    /// Counts an attempt by where it comes from alone.
    pub(crate) fn check_source(&self, source: Option<IpAddr>) -> Result<(), Problem> {
        self.by_source.check_key(&source.map(network)).map_err(|until| self.refuse(&until))
    }

    fn refuse(&self, until: &NotUntil<<DefaultClock as Clock>::Instant>) -> Problem {
        let wait = until.wait_time_from(self.clock.now());
        let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
        let detail = format!("too many attempts to sign in; wait {seconds} seconds and try again");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
            .with(|problem| problem.retry_after = Some(seconds))
    }
}

/// Addresses that one client is likely to have all of count as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

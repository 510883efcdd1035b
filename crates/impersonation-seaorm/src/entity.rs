//! The rows of each table: what they are made of, and how they are written and read.
#![expect(
    unreachable_pub,
    reason = "the entity macros make public items of what must be public for them"
)]

pub(crate) mod api_token;
pub(crate) mod audit_event;
pub(crate) mod channel;
pub(crate) mod channel_member;
pub(crate) mod grant;
pub(crate) mod idempotency_key;
pub(crate) mod login_session;
pub(crate) mod message;
pub(crate) mod message_file;
pub(crate) mod organization;
pub(crate) mod password;
pub(crate) mod role;
pub(crate) mod session_read;
pub(crate) mod sign_in;
pub(crate) mod user;

use impersonation_domain::{ports::RepositoryError, time::Timestamp, version::Version};

/// A moment as it is stored: microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

/// The first moment that can be stored and is not before this one.
pub(crate) fn micros_up(at: Timestamp) -> i64 {
    let floor = micros(at);
    if at.timestamp_subsec_nanos().is_multiple_of(1000) { floor } else { floor.saturating_add(1) }
}

/// A text as it is compared and searched, on both databases alike.
pub(crate) fn key(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// A version as it is stored.
pub(crate) fn version(version: Version) -> Result<i64, RepositoryError> {
    number(version.get())
}

/// A number as it is stored.
pub(crate) fn number(number: u64) -> Result<i64, RepositoryError> {
    i64::try_from(number).map_err(RepositoryError::unavailable)
}

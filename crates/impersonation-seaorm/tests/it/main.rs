//! The storage against the contract of the ports, and what is its own business, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod append_only;
mod connect;
mod constraints;
mod contract;
mod corrupt;
mod corrupt_cases;
mod locks;
mod migrate;
mod plans;
mod quiet;
mod races;
mod serializability;
mod silence;
mod support;
mod tamper;
mod tamper_rows;

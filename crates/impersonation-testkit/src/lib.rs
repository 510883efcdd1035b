//! For those who test impersonation: against our adapters, or against their own.
//!
//! - [`contract_suite!`] makes one test of every case of the ports' contract for a store.
//! - [`environment`] has a clock, identifiers, secrets and passwords that a test controls.
//! - [`world`] builds a small world by the domain's own transitions, through a unit of work.
//!
//! This crate is test code: where something is not as it should be, it panics.

pub mod contract;
pub mod environment;
pub mod store;
pub mod world;

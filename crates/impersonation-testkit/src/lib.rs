//! For those who test impersonation: against our adapters, or against their own.
//!
//! - [`contract_suite!`] makes one test of every case of the ports' contract for a store.
//! - [`corpus`] has cases that are kept, in JSON.
//! - [`enumeration`] has every small world.
//! - [`environment`] has a clock, identifiers, secrets and passwords that a test controls.
//! - [`figures`] has the sizes of a suite, and says what a run has tried.
//! - [`history`] checks what concurrent clients saw: no permit after an acknowledged revocation.
//! - [`serializability`] checks whether some order explains what concurrent transactions saw.
//! - [`power_cut`] makes what a disk may hold when the power fails, of what a program wrote, and
//!   [`recovery`] says what must hold of a store that comes back.
//! - [`race_suite!`] forces both orders of what happens at the same time, and [`scheduler`] explores
//!   interleavings; both act in a [`scene`].
//! - [`stateful_suite!`] lives through histories on a store, beside a model of them.
//! - [`strategies`] draws cases for a decision, [`mod@reference`] says what should be decided, and
//!   [`agreement`] compares the two.
//! - [`through`] routes every call of a unit of work, for a harness or a fault.
//! - [`world`] builds a small world by the domain's own transitions, through a unit of work.
//!
//! This crate is test code: where something is not as it should be, it panics.

pub mod agreement;
pub mod contract;
pub mod corpus;
pub mod enumeration;
pub mod environment;
pub mod figures;
pub mod history;
pub mod laws;
pub mod power_cut;
pub mod races;
pub mod recovery;
pub mod reference;
pub mod scene;
pub mod scheduler;
pub mod serializability;
pub mod splitmix;
pub mod stateful;
pub mod store;
pub mod strategies;
pub mod through;
pub mod world;

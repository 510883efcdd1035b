//! Is what transactions saw explained by some order of them that agrees with real time?
//!
//! The check is that of Elle (Kingsbury and Alvaro, 2020): from what was appended, written and read,
//! it follows which transaction must have come before which. Where that goes round in a circle, no
//! order explains it. The order of a list is that of its longest read; the order of a register is
//! that of its versions.
//!
//! [`check`] takes any [`History`]. [`run`] makes histories of concurrent use cases on a store: the
//! list is the audit log of the organization, the registers are the versions of its grants.

mod graph;
mod histories;
mod history;
#[cfg(test)]
mod tests;

pub use graph::{Anomaly, Dependency, Report, Step, check};
pub use histories::run;
pub use history::{History, Operation, Outcome, Transaction};

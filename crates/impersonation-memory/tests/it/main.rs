//! The in-memory storage against the contract, and beside a product's own directory.
#![expect(clippy::unwrap_used, reason = "a test panics where something is not as it should be")]

mod broken;
mod contract;
mod own_directory;
mod planted;
mod races;
mod schedules;
mod serializability;

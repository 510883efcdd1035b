//! The in-memory storage against the contract.

mod contract;

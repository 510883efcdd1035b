//! The storage against the contract of the ports, and what is its own business, on both databases.

mod contract;
mod support;

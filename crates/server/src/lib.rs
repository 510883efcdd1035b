//! Configuration, wiring and command line of the impersonation server.
//!
//! This is the composition root: the one place that knows every crate. It has no rules of its own.
//! [`settings`] says what can be configured, [`adapters`] takes time, randomness and files from the
//! machine, and [`cli`] is what an operator types.

pub mod adapters;
mod folder;
pub mod settings;

//! Configuration, wiring and command line of the impersonation server.
//!
//! This is the composition root: the one place that knows every crate. It has no rules of its own.
//! [`settings`] says what can be configured, [`adapters`] takes time, randomness and files from the
//! machine, [`cli`] is what an operator types, and [`run`] does it.

pub mod adapters;
mod application;
pub mod cli;
mod commands;
mod folder;
mod logging;
mod serve;
pub mod settings;

pub use commands::run;

/// What `docs/embedding.md` shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct Embedding;

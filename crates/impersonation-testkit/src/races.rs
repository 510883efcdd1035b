//! The race matrix: what happens at the same time ends as if it had happened in some order.
//!
//! A [`Race`] is two or three acts on one scene. They are run in every order, one after the other, on
//! scenes of their own: what was answered, how things stand and what was recorded then is what may
//! come of them. Then each act is held in turn at every [`Point`] of its transaction while the others
//! come, and at last all of them run freely, again and again. What comes of it must be what one of
//! the orders gave, and where it is known who came first, what that order gave.
//!
//! [`race_suite!`](crate::race_suite) makes one test of every race for a store.

mod hold;
mod run;
mod suite;

pub mod matrix;

pub use hold::Point;
pub use run::{ROUNDS, run};

use std::fmt;

use crate::scene::Act;

/// Some acts at the same time.
#[derive(Debug, Clone, Copy)]
pub struct Race {
    /// What is done before, one after the other.
    pub before: &'static [Act],
    /// What is done at the same time.
    pub acts: &'static [Act],
}

impl fmt::Display for Race {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, act) in self.acts.iter().enumerate() {
            write!(f, "{}{act}", if index == 0 { "" } else { " || " })?;
        }
        Ok(())
    }
}

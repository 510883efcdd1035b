//! Power cuts: what a disk may hold of a SQLite database when the power fails.
//!
//! A program runs with the library of `impersonation-write-trace` under it (`LD_PRELOAD`, see
//! [`Recorder`]), which records what it writes. [`Trace`] reads the record; a [`Disk`] follows it up
//! to a cut, and makes [`Image`]s: whatever was synchronized is there, of what was written since any
//! part may be. [`Recorded::cut`] makes many, and [`crate::recovery`] says whether each is as it must
//! be.

mod disk;
mod recorder;
mod suite;
mod trace;

pub use disk::{Disk, Image};
pub use recorder::Recorder;
pub use suite::{Cuts, Recorded};
pub use trace::{Kind, Record, Trace};

/// The endings of the three files, in the order in which a trace numbers them.
pub const ENDINGS: [&str; 3] = ["", "-wal", "-journal"];

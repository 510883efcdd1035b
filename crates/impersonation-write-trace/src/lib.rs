//! For tests: put under a program with `LD_PRELOAD`, this library records what the program does to
//! the files of one SQLite database, in the order in which it happens, and lets calls fail.
//!
//! - `WRITE_TRACE_DATABASE` is the path of the database, as SQLite resolves it. Its own file, `-wal` and
//!   `-journal` are watched; `-shm` is not, as a power cut takes it in any case.
//! - `WRITE_TRACE_TO` is the file that the trace is added to; see [`Kind`] for the format.
//! - `WRITE_TRACE_FAULTS` is a file that says which calls are to fail; see [`Fault`]. Faults come
//!   with it and go away with it, while the program runs.
//!
//! Without the first it does nothing. It needs Linux with glibc: elsewhere it is empty. The trace is
//! read by `impersonation_testkit::power_cut`. Decision record 0021 says why it is made so.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod calls;
mod fault;
mod trace;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod watch;

pub use fault::Fault;
pub use trace::{Kind, MAGIC, Record};

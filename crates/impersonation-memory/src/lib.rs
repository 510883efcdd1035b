//! A working in-memory storage for [`impersonation_domain`]: a fake, not a mock.
//!
//! [`InMemory`] keeps everything that the storage ports ask for, with the same transactions,
//! constraints and version rules as a database, and nothing after the process has ended.
//! [`InMemory::with_directory`] reads organizations, users, roles and channels from a product's own
//! tables and keeps the rest. [`InMemoryFiles`] keeps the content of files.
//!
//! There is no clock and no randomness in here.

mod files;
mod index;
mod people;
mod store;
mod table;
mod tenant;
mod unit;

pub use files::InMemoryFiles;
pub use people::People;
pub use store::InMemory;

#[cfg(all(planted, not(debug_assertions)))]
compile_error!("planted bugs are for tests: no release can have them");

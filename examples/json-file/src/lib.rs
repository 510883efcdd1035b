//! An example for authors of adapters: one installation of impersonation in one JSON file that can
//! be opened in an editor.
//!
//! It is meant to be read, from top to bottom: `store` (the file, whose turn it is, what is found
//! before the organization is known), `tenant` and `rows` (what the file looks like), `unit` (a unit
//! of work, and below it one module for each port). It is plain rather than fast: every commit
//! writes a whole new file.

mod rows;
mod store;
mod tenant;
mod text;
mod unit;

pub use store::JsonFile;

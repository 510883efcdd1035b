//! SQLite and PostgreSQL storage for [`impersonation_domain`]: the only crate that knows rows.
//!
//! [`Store::connect`] opens a database, refuses one that could lose what it has acknowledged, and
//! gives the domain its [units of work](impersonation_domain::ports::UnitOfWorkFactory). Both
//! databases have the same tables and answer the same queries alike.

mod bounded;
mod entity;
mod error;
mod index;
mod migration;
mod observer;
mod row;
mod schema;
mod settings;
mod store;
mod unit;

pub use error::{ConnectError, SchemaError};
pub use observer::{StatementObserver, StatementRun};
pub use schema::SchemaState;
pub use settings::ConnectSettings;
pub use store::Store;

#[cfg(all(planted, not(debug_assertions)))]
compile_error!("planted bugs are for tests: no release can have them");

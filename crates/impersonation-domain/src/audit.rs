//! The audit log: what is recorded, how it is sealed and how it is checked.
//!
//! Every change, every start and end of a login session, every act inside one, every send-as and
//! every refusal is an event (design rule 3.8). The events of one organization have a dense
//! sequence from 1 and form a SHA-256 hash chain.

mod action;
mod encoding;
mod event;
mod ledger;
mod recorded;

pub use action::{Action, UnknownAction};
pub use encoding::{GENESIS_HASH, Hash, hash_event};
pub use event::{Event, EventContent, FieldValue, Outcome, Party, Snapshot};
pub use ledger::{AuditHead, ChainFault, ChainVerifier, Ledger};
pub use recorded::{Origin, Recorded, Stamp};

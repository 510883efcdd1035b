//! The adapters that belong to no other crate: what this process takes from its machine.

mod clock;
mod files;
mod identifiers;
mod passwords;
mod secrets;

pub use clock::SystemClock;
pub use files::{FileLocation, FileLocationError, ObjectFileStore};
pub use identifiers::UuidV7Generator;
pub use passwords::Argon2idHasher;
pub use secrets::SystemSecrets;

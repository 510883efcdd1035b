//! What a test controls of the world: time, identifiers, secrets, passwords.

mod clock;
mod files;
mod ids;
mod passwords;
mod secrets;

pub use clock::FixedClock;
pub use files::NoFiles;
pub use ids::SequentialIds;
pub use passwords::PlainPasswords;
pub use secrets::SeededSecrets;

/// A clock, identifiers and secrets that belong together. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The clock.
    pub clock: FixedClock,
    /// The identifiers.
    pub ids: SequentialIds,
    /// The secrets.
    pub secrets: SeededSecrets,
}

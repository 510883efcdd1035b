//! Time, identifiers, randomness and password hashing.

use async_trait::async_trait;
use uuid::NonNilUuid;

use super::RepositoryError;
use crate::{
    ids::TypedId,
    secret::{Password, PasswordHash, Secret, SecretKind},
    time::Timestamp,
};

/// The one clock.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Makes identifiers: UUIDv7, never the same twice.
pub trait IdGenerator: Send + Sync {
    /// A new identifier.
    fn next(&self) -> NonNilUuid;
}

/// A new identifier of the type that is wanted.
pub fn generate<T: TypedId>(ids: &dyn IdGenerator) -> T {
    T::from_non_nil(ids.next())
}

/// Makes tokens from a cryptographically secure source.
pub trait SecretGenerator: Send + Sync {
    /// A new token of 256 random bits.
    fn next(&self, kind: SecretKind) -> Secret;
}

/// Hashes passwords and checks them.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// The hash of a new password.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, RepositoryError>;

    /// Whether the presented password is the hashed one. Without a hash the answer is no, after the
    /// same work as with one, so that the time does not tell whether an account exists.
    async fn verify(
        &self,
        presented: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, RepositoryError>;
}

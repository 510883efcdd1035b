//! Passwords that cost nothing to check.

use async_trait::async_trait;
use impersonation_domain::{
    ports::{PasswordHasher, RepositoryError},
    secret::{Password, PasswordHash},
};

const PREFIX: &str = "$plain$";

/// Keeps passwords as they are, so that tests are fast. Never for anything but tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainPasswords;

impl PlainPasswords {
    /// The hash of a password, without waiting.
    #[must_use]
    pub fn hash_of(text: &str) -> PasswordHash {
        PasswordHash::new(format!("{PREFIX}{text}"))
    }
}

#[async_trait]
impl PasswordHasher for PlainPasswords {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, RepositoryError> {
        Ok(Self::hash_of(password.reveal()))
    }

    async fn verify(
        &self,
        presented: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, RepositoryError> {
        Ok(hash.is_some_and(|hash| *hash == Self::hash_of(presented)))
    }
}

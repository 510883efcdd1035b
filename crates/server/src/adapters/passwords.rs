//! Passwords.

use std::{num::NonZero, sync::Arc, thread::available_parallelism};

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher as _, PasswordVerifier as _, phc},
};
use async_trait::async_trait;
use impersonation_domain::{
    ports::{PasswordHasher, RepositoryError},
    secret::{Password, PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Argon2id with 19 MiB, two passes and one lane (the first choice of the OWASP Password Storage
/// Cheat Sheet), on as many threads at once as the machine has processors: a flood of sign-ins
/// waits in a queue and cannot take the memory or the processors from everything else.
#[derive(Debug, Clone)]
pub struct Argon2idHasher {
    slots: Arc<Semaphore>,
    /// Checked where there is no account, so that the time to answer does not tell.
    nobody: Arc<str>,
}

impl Argon2idHasher {
    /// A hasher for this machine.
    ///
    /// # Errors
    /// Where the operating system has no randomness for a salt.
    pub fn new() -> Result<Self, password_hash::Error> {
        let slots = available_parallelism().map_or(1, NonZero::get);
        let nobody = Argon2::default().hash_password(b"nobody has this password")?.to_string();
        Ok(Self { slots: Arc::new(Semaphore::new(slots)), nobody: nobody.into() })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, RepositoryError> + Send + 'static,
    ) -> Result<T, RepositoryError> {
        let slot =
            Arc::clone(&self.slots).acquire_owned().await.map_err(RepositoryError::unavailable)?;
        spawn_blocking(move || {
            // Kept until the work is done, also where nobody waits for it any more.
            let _slot = slot;
            work()
        })
        .await
        .map_err(RepositoryError::unavailable)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2idHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, RepositoryError> {
        let password = password.clone();
        self.run(move || {
            let hash = Argon2::default()
                .hash_password(password.reveal().as_bytes())
                .map_err(|error| RepositoryError::unavailable(error.to_string()))?;
            Ok(PasswordHash::new(hash.to_string()))
        })
        .await
    }

    async fn verify(
        &self,
        presented: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, RepositoryError> {
        let is_somebody = hash.is_some();
        let hash = hash.map_or_else(|| self.nobody.to_string(), |hash| hash.as_str().to_owned());
        let presented = presented.to_owned();
        self.run(move || {
            let unreadable = "a stored password hash is unreadable";
            let hash = phc::PasswordHash::new(&hash)
                .ok()
                .filter(|hash| hash.salt.is_some() && hash.hash.is_some())
                .ok_or_else(|| RepositoryError::unavailable(unreadable))?;
            match Argon2::default().verify_password(presented.as_bytes(), &hash) {
                Ok(()) => Ok(is_somebody),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(RepositoryError::unavailable(error.to_string())),
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hasher = Argon2idHasher::new().unwrap();
        let hash = hasher.hash(&Password::new("impersonate-me".to_owned()).unwrap()).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify("impersonate-me", Some(&hash)).await.unwrap());
        for wrong in ["", "impersonate-m", "impersonate-me ", "Impersonate-me"] {
            assert!(!hasher.verify(wrong, Some(&hash)).await.unwrap(), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn without_an_account_no_password_is_right_not_even_the_stand_in() {
        let hasher = Argon2idHasher::new().unwrap();
        assert!(!hasher.verify("nobody has this password", None).await.unwrap());
        assert!(!hasher.verify("", None).await.unwrap());
    }

    #[tokio::test]
    async fn d8_an_unreadable_hash_is_an_error() {
        let hasher = Argon2idHasher::new().unwrap();
        for unreadable in ["", "impersonate-me", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA"] {
            let hash = PasswordHash::new(unreadable.to_owned());
            assert!(hasher.verify("impersonate-me", Some(&hash)).await.is_err(), "{unreadable:?}");
        }
    }
}

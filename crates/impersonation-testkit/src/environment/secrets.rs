//! Secrets that are the same in every run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use impersonation_domain::{
    ports::SecretGenerator,
    secret::{Secret, SecretKind},
};
use sha2::{Digest, Sha256};

/// Tokens made of a seed and a counter: never the same twice, and no secret at all. Clones share
/// the counter.
#[derive(Debug, Clone, Default)]
pub struct SeededSecrets {
    seed: u64,
    next: Arc<AtomicU64>,
}

impl SeededSecrets {
    /// The tokens of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, next: Arc::default() }
    }
}

impl SecretGenerator for SeededSecrets {
    fn next(&self, kind: SecretKind) -> Secret {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let digest =
            Sha256::new_with_prefix(self.seed.to_be_bytes()).chain_update(number.to_be_bytes());
        Secret::from_random(kind, digest.finalize().into())
    }
}

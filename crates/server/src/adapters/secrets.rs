//! Tokens.

use impersonation_domain::{
    ports::SecretGenerator,
    secret::{Secret, SecretKind},
};
use rand::{Rng, rand_core::UnwrapErr, rngs::SysRng};

/// Tokens made of 256 bits from the operating system's generator.
///
/// Where the system has no randomness to give, the request that asked for some fails with a panic,
/// which the edge answers as an internal error: there is no weaker source to fall back to.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSecrets;

impl SecretGenerator for SystemSecrets {
    fn next(&self, kind: SecretKind) -> Secret {
        let mut random = [0; 32];
        UnwrapErr(SysRng).fill_bytes(&mut random);
        Secret::from_random(kind, random)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn s2_tokens_are_well_formed_and_never_repeat() {
        let tokens: HashSet<String> = (0..1_000)
            .map(|_| SystemSecrets.next(SecretKind::SignIn).reveal().to_owned())
            .collect();
        assert_eq!(tokens.len(), 1_000);
        assert!(tokens.iter().all(|token| Secret::parse(token).is_ok()));
    }
}

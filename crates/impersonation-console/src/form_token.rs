//! Tokens that show that a form came from a page of ours, in the session that it is sent in
//! (invariant W1).
//!
//! The token is derived from the secret of the session in use: nobody else can make it, it needs no
//! store, and every server of an installation knows it. A form that was opened in one's own account
//! is therefore refused inside a login session, and the other way round. Each page shows it under a
//! fresh mask, so that compression tells nothing about it.

use hmac::{Hmac, KeyInit, Mac};
use impersonation_domain::{
    ports::SecretGenerator,
    secret::{Secret, SecretKind},
};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const PURPOSE: &[u8] = b"impersonation-console form v1";
const LENGTH: usize = 32;

/// The name of the field.
pub(crate) const FIELD: &str = "form_token";

fn token(session: &Secret) -> Option<[u8; LENGTH]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.reveal().as_bytes()).ok()?;
    mac.update(PURPOSE);
    Some(mac.finalize().into_bytes().into())
}

/// The token for a page.
pub(crate) fn issue(session: &Secret, random: &dyn SecretGenerator) -> String {
    let mask = *random.next(SecretKind::SetUp).hash().as_bytes();
    let bytes: Vec<u8> = match token(session) {
        Some(token) => {
            mask.iter().copied().chain(token.iter().zip(mask).map(|(a, b)| a ^ b)).collect()
        }
        None => Vec::new(),
    };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a form brought the token of this session.
pub(crate) fn is_valid(session: &Secret, presented: &str) -> bool {
    let bytes: Option<Vec<u8>> = (presented.len() == 4 * LENGTH && presented.is_ascii())
        .then(|| {
            let digits = presented.as_bytes().chunks_exact(2);
            digits
                .map(|pair| {
                    std::str::from_utf8(pair)
                        .ok()
                        .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                })
                .collect()
        })
        .flatten();
    let (Some(bytes), Some(token)) = (bytes, token(session)) else { return false };
    let Some((mask, masked)) = bytes.split_at_checked(LENGTH) else { return false };
    let unmasked: Vec<u8> = mask.iter().zip(masked).map(|(a, b)| a ^ b).collect();
    unmasked.ct_eq(&token).into()
}

#[cfg(test)]
mod tests {
    use impersonation_testkit::environment::SeededSecrets;

    use super::*;

    #[test]
    fn w1_a_form_token_holds_in_its_session_alone_and_never_looks_the_same() {
        let random = SeededSecrets::default();
        let session = random.next(SecretKind::SignIn);
        let login = random.next(SecretKind::LoginSession);
        let (first, second) = (issue(&session, &random), issue(&session, &random));
        assert_ne!(first, second);
        assert!(is_valid(&session, &first) && is_valid(&session, &second));
        assert!(!is_valid(&login, &first));
        let mut changed = first.clone().into_bytes();
        changed[70] = if changed[70] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).unwrap();
        for wrong in
            ["", "00", first.get(2..).unwrap(), &format!("{first}00"), &changed, &"é".repeat(64)]
        {
            assert!(!is_valid(&session, wrong), "{wrong}");
        }
    }
}

//! Where a list goes on, as an address may carry it.
//!
//! A position is sealed with the session in use and the name of the list, so that nobody can make
//! one up, and none opens in another list or organization (invariant T5).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use impersonation_domain::secret::Secret;
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

const SEAL: usize = 16;

fn seal_of(session: &Secret, list: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.reveal().as_bytes()).ok()?;
    mac.update(b"impersonation-console cursor v1");
    mac.update(&u64::try_from(list.len()).ok()?.to_be_bytes());
    mac.update(list.as_bytes());
    Some(mac)
}

/// The position for an address.
pub(crate) fn close(session: &Secret, list: &str, position: &impl Serialize) -> Option<String> {
    let position = serde_json::to_vec(position).ok()?;
    let seal = seal_of(session, list)?.chain_update(&position).finalize().into_bytes();
    let sealed: Vec<u8> = seal.iter().take(SEAL).copied().chain(position).collect();
    Some(URL_SAFE_NO_PAD.encode(sealed))
}

/// The position in an address; what was not made here, for this list, is none.
pub(crate) fn open<T: DeserializeOwned>(session: &Secret, list: &str, text: &str) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (seal, position) = sealed.split_at_checked(SEAL)?;
    seal_of(session, list)?.chain_update(position).verify_truncated_left(seal).ok()?;
    serde_json::from_slice(position).ok()
}

#[cfg(test)]
mod tests {
    use impersonation_domain::secret::SecretKind;

    use super::*;

    #[test]
    fn t5_a_position_opens_only_in_its_list_and_session() {
        let session = |byte| Secret::from_random(SecretKind::SignIn, [byte; 32]);
        let closed = close(&session(1), "grants", &("x", 7)).unwrap();
        let read = |session: &Secret, list, text: &str| open::<(String, u64)>(session, list, text);
        assert_eq!(read(&session(1), "grants", &closed), Some(("x".to_owned(), 7)));
        assert_eq!(read(&session(2), "grants", &closed), None);
        assert_eq!(read(&session(1), "people", &closed), None);
        for wrong in ["", "!", "AAAA", closed.get(1..).unwrap(), &format!("{closed}AAAA")] {
            assert_eq!(read(&session(1), "grants", wrong), None, "{wrong}");
        }
    }
}

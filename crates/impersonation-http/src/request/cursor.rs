//! Where a page of a list goes on.
//!
//! A cursor is the position, sealed with a key that is made from the caller's own token, for one
//! endpoint and one query: it opens nowhere else, for nobody else. No key has to be configured, and
//! any server opens it. Whoever has the token could make one, too; it would only name a place in
//! lists that they may read anyway.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use impersonation_domain::secret::SecretHash;
use poem::http::StatusCode;
use poem_openapi::registry::MetaSchema;
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::{
    problem::Problem,
    value::{FromText, described},
};

/// How many bytes of the seal are kept.
const SEAL: usize = 16;

/// A cursor as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct CursorText(String);

impl FromText for CursorText {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

described!(impl[] CursorText, "string_cursor", MetaSchema {
    pattern: Some("^[A-Za-z0-9_-]*$".to_owned()),
    ..MetaSchema::new("string")
});

/// What the cursors of one caller are bound to.
#[derive(Clone)]
pub(crate) struct Binding(Hmac<Sha256>);

impl Binding {
    /// That of whoever has the token with this hash.
    pub(crate) fn of(token: &SecretHash) -> Self {
        let mut mac = keyed(token.as_bytes());
        mac.update(b"impersonation/cursor/v1\n");
        Self(mac)
    }

    /// The binding for one list: a path, with the filters and the order that were asked for.
    pub(crate) fn list(&self, path: &str, filters: &[(String, String)]) -> ListBinding {
        let mut mac = self.0.clone();
        let mut part = |bytes: &[u8]| {
            mac.update(&(bytes.len() as u64).to_be_bytes());
            mac.update(bytes);
        };
        part(path.as_bytes());
        for (name, value) in filters {
            part(name.as_bytes());
            part(value.as_bytes());
        }
        ListBinding(mac)
    }
}

/// HMAC fills a shorter key with zeros (RFC 2104).
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::<Sha256>::new(&block.into())
}

/// What the cursors of one list of one caller are bound to.
pub(crate) struct ListBinding(Hmac<Sha256>);

impl ListBinding {
    /// The cursor for a position.
    pub(crate) fn seal(&self, position: &impl Serialize) -> Option<String> {
        let position = serde_json::to_vec(position).ok()?;
        let seal = self.0.clone().chain_update(&position).finalize().into_bytes();
        let sealed: Vec<u8> = seal.iter().take(SEAL).copied().chain(position).collect();
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The position of a cursor.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        cursor: Option<&CursorText>,
    ) -> Result<Option<T>, Problem> {
        cursor.map(|cursor| self.read(&cursor.0).ok_or_else(invalid)).transpose()
    }

    fn read<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (seal, position) = sealed.split_at_checked(SEAL)?;
        self.0.clone().chain_update(position).verify_truncated_left(seal).ok()?;
        serde_json::from_slice(position).ok()
    }
}

fn invalid() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_cursor",
        "the cursor does not belong to this list; use `next_cursor` of the page before with the same query, or leave it out to begin again",
    )
}

#[cfg(test)]
mod tests {
    use impersonation_domain::secret::{Secret, SecretKind};

    use super::*;

    fn binding(token: u8) -> Binding {
        Binding::of(&Secret::from_random(SecretKind::SignIn, [token; 32]).hash())
    }

    fn open(list: &ListBinding, cursor: &str) -> Result<Option<(String, u64)>, Problem> {
        list.open(Some(&CursorText(cursor.to_owned())))
    }

    #[test]
    fn t5_a_cursor_opens_only_where_it_was_made() {
        let filters = |search: &str| [("search".to_owned(), search.to_owned())];
        let list = binding(1).list("grants", &filters("a"));
        let cursor = list.seal(&("x", 7)).unwrap();
        assert_eq!(open(&list, &cursor).unwrap(), Some(("x".to_owned(), 7)));
        assert!(open(&binding(2).list("grants", &filters("a")), &cursor).is_err());
        assert!(open(&binding(1).list("users", &filters("a")), &cursor).is_err());
        assert!(open(&binding(1).list("grants", &filters("b")), &cursor).is_err());
        assert!(open(&binding(1).list("grants", &[]), &cursor).is_err());
    }

    #[test]
    fn t5_a_changed_cursor_is_refused() {
        let list = binding(1).list("grants", &[]);
        let cursor = list.seal(&("x", 7)).unwrap();
        for index in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                open(&list, std::str::from_utf8(&changed).unwrap()).unwrap_err().code,
                "invalid_cursor"
            );
        }
        for nonsense in ["", "a", "!", "AAAA", cursor.get(..20).unwrap(), &format!("{cursor}=")] {
            assert!(open(&list, nonsense).is_err(), "{nonsense}");
        }
    }

    proptest::proptest! {
        #[test]
        fn t5_nothing_that_was_not_sealed_opens(text in ".{0,80}", plausible in "[A-Za-z0-9_-]{0,80}") {
            let list = binding(1).list("grants", &[]);
            proptest::prop_assert!(open(&list, &text).is_err());
            proptest::prop_assert!(open(&list, &plausible).is_err());
        }
    }
}

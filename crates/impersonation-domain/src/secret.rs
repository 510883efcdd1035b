//! Secrets: tokens that only their holder knows.

use std::fmt;

use sha2::{Digest, Sha256};
use thiserror::Error;

/// A bearer token as its holder has it: a prefix that tells its kind and 256 random bits in lower
/// case hexadecimal. It is never stored, logged or written to the audit log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What a token is for, shown by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A user's own session.
    SignIn,
    /// A login session.
    LoginSession,
    /// An API token for programs.
    ApiToken,
    /// The one-time link that sets up the first organization.
    SetUp,
}

impl SecretKind {
    const ALL: [Self; 4] = [Self::SignIn, Self::LoginSession, Self::ApiToken, Self::SetUp];

    /// The first characters of a token of this kind.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::SignIn => "imp_own_",
            Self::LoginSession => "imp_las_",
            Self::ApiToken => "imp_api_",
            Self::SetUp => "imp_set_",
        }
    }
}

/// The text is no token of ours: wrong prefix, length or letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the token is malformed")]
pub struct MalformedSecret;

impl Secret {
    /// The token made of 32 random bytes.
    #[must_use]
    pub fn from_random(kind: SecretKind, random: [u8; 32]) -> Self {
        Self(format!("{}{}", kind.prefix(), hex::encode(random)))
    }

    /// Reads a token that a client presents. Only the exact form counts: nothing is trimmed,
    /// completed or brought into another case.
    ///
    /// # Errors
    /// [`MalformedSecret`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let random = SecretKind::ALL
            .into_iter()
            .find_map(|kind| text.strip_prefix(kind.prefix()))
            .ok_or(MalformedSecret)?;
        #[cfg(planted)]
        if crate::planted::Bug::TruncatedToken.is_active() && random.len() >= 32 {
            return Ok(Self(text.to_owned()));
        }
        let exact =
            random.len() == 64 && random.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if exact { Ok(Self(text.to_owned())) } else { Err(MalformedSecret) }
    }

    /// The text, to be shown once to its holder.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        let token = self.0.as_bytes();
        #[cfg(planted)]
        let token = crate::planted::half(token);
        SecretHash(Sha256::digest(token).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The SHA-256 of a token. Comparing two needs no constant time: what can be learned from it is a
/// prefix of a hash, and no token can be found for that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash read back from a store.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(redacted)")
    }
}

/// A password hash in PHC string format, made and checked by a [`crate::ports::PasswordHasher`].
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash as the hasher wrote it.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}

/// A password that someone wants to have: 12 to 256 characters (NIST SP 800-63B asks for at least 8
/// and for no rules of composition).
#[derive(Clone)]
pub struct Password(String);

/// The password is too short or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a password has 12 to 256 characters; this one has {0}")]
pub struct UnsuitablePassword(usize);

impl Password {
    /// The password, if it is long enough.
    ///
    /// # Errors
    /// [`UnsuitablePassword`] outside the limits.
    pub fn new(text: String) -> Result<Self, UnsuitablePassword> {
        let length = text.chars().count();
        if (12..=256).contains(&length) { Ok(Self(text)) } else { Err(UnsuitablePassword(length)) }
    }

    /// The characters.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_only_the_exact_token_is_read() {
        let token = Secret::from_random(SecretKind::LoginSession, [0xab; 32]);
        let text = token.reveal().to_owned();
        assert_eq!(Secret::parse(&text).unwrap().hash(), token.hash());
        let refused = [
            String::new(),
            text.chars().take(text.len() - 1).collect(),
            format!("{text}0"),
            text.to_uppercase(),
            format!(" {text}"),
            text.replace("imp_las_", "imp_xxx_"),
        ];
        for text in refused {
            assert_eq!(Secret::parse(&text), Err(MalformedSecret), "{text}");
        }
    }

    #[test]
    fn l6_secrets_do_not_show_in_debug_output() {
        let token = Secret::from_random(SecretKind::SignIn, [1; 32]);
        assert!(!format!("{token:?} {:?}", token.hash()).contains("0101"));
        assert!(
            !format!("{:?}", Password::new("correct horse battery".to_owned()).unwrap())
                .contains("horse")
        );
    }
}

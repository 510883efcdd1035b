//! Values that stand in the file as text, for `#[serde(with = "crate::text")]`.

use std::str::FromStr;

use impersonation_domain::{
    audit::{Action, Hash, Outcome, Party},
    credential::OwnCredentialId,
    login_session::EndCause,
    message::{FileName, MediaType},
    policy::GrantRef,
    secret::{PasswordHash, SecretHash},
    version::Version,
};
use serde::{Deserialize as _, Deserializer, Serializer};

/// A value that can be written as text and read again. What cannot be read is `None`: then the file
/// is refused.
pub(crate) trait Text: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

pub(crate) fn serialize<T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.write())
}

pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    parse(&String::deserialize(from)?)
}

fn parse<T: Text, E: serde::de::Error>(text: &str) -> Result<T, E> {
    T::read(text).ok_or_else(|| E::custom(format!("`{text}` is not what should stand here")))
}

/// The same where there may be no value.
pub(crate) mod optional {
    use super::{Deserializer, Serializer, Text, parse};
    use serde::{Deserialize as _, Serialize as _};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<T: Text, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Text::write).serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(from)?.as_deref().map(parse).transpose()
    }
}

/// How a type is written, and how it is read.
macro_rules! text {
    ($($type:ty: $write:expr, $read:expr;)+) => {$(
        impl Text for $type {
            fn write(&self) -> String {
                let write: fn(&Self) -> String = $write;
                write(self)
            }
            fn read(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text)
            }
        }
    )+};
}

text! {
    // Bytes stand there in hexadecimal.
    Vec<u8>: |bytes| hex::encode(bytes), |text| hex::decode(text).ok();
    [u8; 32]: |bytes| hex::encode(bytes), |text| Vec::read(text)?.try_into().ok();
    SecretHash: |hash| hash.as_bytes().write(), |text| Text::read(text).map(Self::from_bytes);
    Hash: |hash| hash.to_hex(), |text| Text::read(text).map(Self);
    PasswordHash: |hash| hash.as_str().to_owned(), |text| Some(Self::new(text.to_owned()));
    Action: |action| action.as_str().to_owned(), |text| text.parse().ok();
    EndCause: |cause| cause.as_str().to_owned(), |text| text.parse().ok();
    FileName: |name| name.as_str().to_owned(), |text| Self::new(text).ok();
    MediaType: |media_type| media_type.as_str().to_owned(), |text| Self::new(text).ok();
    Outcome: |outcome| outcome.as_str().to_owned(), |text| {
        [Self::Allowed, Self::Refused].into_iter().find(|outcome| outcome.as_str() == text)
    };
    GrantRef: |grant| format!("{} version {}", grant.id, grant.version.get()), |text| {
        let (id, version) = text.split_once(" version ")?;
        let version: u64 = version.parse().ok()?;
        Some(Self { id: id.parse().ok()?, version: Version::try_from(version).ok()? })
    };
}

/// A kind and an identifier, such as `user 0193e6a0-…`.
fn pair<T: FromStr>(text: &str, kind: &str) -> Option<T> {
    text.strip_prefix(kind)?.strip_prefix(' ')?.parse().ok()
}

impl Text for Party {
    fn write(&self) -> String {
        match self {
            Self::User(id) => format!("user {id}"),
            Self::Organization(id) => format!("organization {id}"),
            Self::Operator => "operator".to_owned(),
            Self::System => "system".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }
    fn read(text: &str) -> Option<Self> {
        match text {
            "operator" => Some(Self::Operator),
            "system" => Some(Self::System),
            "unknown" => Some(Self::Unknown),
            _ => (pair(text, "user").map(Self::User))
                .or_else(|| pair(text, "organization").map(Self::Organization)),
        }
    }
}

impl Text for OwnCredentialId {
    fn write(&self) -> String {
        match self {
            Self::SignIn(id) => format!("sign_in {id}"),
            Self::Token(id) => format!("token {id}"),
            Self::External(id) => format!("external {id}"),
        }
    }
    fn read(text: &str) -> Option<Self> {
        (pair(text, "sign_in").map(Self::SignIn))
            .or_else(|| pair(text, "token").map(Self::Token))
            .or_else(|| pair(text, "external").map(Self::External))
    }
}

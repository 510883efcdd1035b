//! Typed identifiers.
//!
//! Every identifier is a UUID that is never nil, compared bytewise and never reused. Each kind has
//! its own type, so a user cannot be passed where a channel is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::{NonNilUuid, Uuid};

use crate::{audit::Stamp, ports::generate};

/// The text or value is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an identifier; send a UUID such as `0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e`")]
pub struct InvalidId(String);

/// What all typed identifiers have in common.
pub trait TypedId: Copy + Eq + Ord + fmt::Debug + fmt::Display {
    /// The identifier made of a UUID that is not nil.
    fn from_non_nil(value: NonNilUuid) -> Self;

    /// The UUID inside.
    fn uuid(self) -> Uuid;
}

/// A new identifier, made by the generator that the stamp carries.
pub(crate) fn generate_id<T: TypedId>(stamp: &Stamp<'_>) -> T {
    generate(stamp.ids())
}

macro_rules! typed_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "Uuid", into = "Uuid")]
        pub struct $name(NonNilUuid);

        impl TypedId for $name {
            fn from_non_nil(value: NonNilUuid) -> Self { Self(value) }
            fn uuid(self) -> Uuid { self.0.get() }
        }

        impl TryFrom<Uuid> for $name {
            type Error = InvalidId;
            fn try_from(value: Uuid) -> Result<Self, InvalidId> {
                NonNilUuid::new(value).map(Self).ok_or_else(|| InvalidId(value.to_string()))
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self { id.0.get() }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let uuid = Uuid::try_parse(text).map_err(|_| InvalidId(text.chars().take(64).collect()))?;
                Self::try_from(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.get().fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.get())
            }
        }
    )+};
}

typed_ids! {
    /// An organization: the tenant that everything else belongs to.
    OrganizationId,
    /// A user of one organization.
    UserId,
    /// A role of one organization.
    RoleId,
    /// A channel of one organization.
    ChannelId,
    /// A grant. A grant made anew for the same pair has a new identifier.
    GrantId,
    /// A login session: one user logged in as another.
    LoginSessionId,
    /// A user's own session, opened by signing in.
    SignInId,
    /// An API token for programs.
    TokenId,
    /// A message in a channel.
    MessageId,
    /// A file attached to a message.
    FileId,
    /// An audit event.
    EventId,
    /// All the grants of one bulk delete share one of these.
    BatchId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d12_a_nil_identifier_cannot_be_built() {
        assert!(UserId::try_from(Uuid::nil()).is_err());
        assert!("00000000-0000-0000-0000-000000000000".parse::<UserId>().is_err());
        assert!("".parse::<UserId>().is_err());
        assert!(
            serde_json::from_str::<UserId>("\"00000000-0000-0000-0000-000000000000\"").is_err()
        );
    }
}

//! Access types.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a grant lets its receiver do with the granting account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessType {
    /// Login Access: log in as the granting user.
    Login,
    /// Send Access: send messages and files as the granting user in channels that both are in.
    Send,
}

impl AccessType {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Login, Self::Send];

    /// The stable name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Send => "send",
        }
    }
}

impl fmt::Display for AccessType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no access type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an access type; use `login` or `send`")]
pub struct UnknownAccessType(String);

impl FromStr for AccessType {
    type Err = UnknownAccessType;
    fn from_str(text: &str) -> Result<Self, UnknownAccessType> {
        Self::ALL
            .into_iter()
            .find(|access| access.as_str() == text)
            .ok_or_else(|| UnknownAccessType(text.chars().take(64).collect()))
    }
}

/// A set of access types that is never empty (design rule 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<AccessType>", into = "Vec<AccessType>")]
pub struct AccessTypes {
    login: bool,
    send: bool,
}

/// A grant needs at least one access type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "choose Login Access, Send Access or both; to take all access away, delete the grant instead"
)]
pub struct NoAccessType;

impl AccessTypes {
    /// Login Access alone.
    pub const LOGIN: Self = Self { login: true, send: false };
    /// Send Access alone.
    pub const SEND: Self = Self { login: false, send: true };
    /// Login Access and Send Access.
    pub const BOTH: Self = Self { login: true, send: true };

    /// The set of two switches.
    ///
    /// # Errors
    /// [`NoAccessType`] where both are off.
    pub fn from_flags(login: bool, send: bool) -> Result<Self, NoAccessType> {
        if login || send { Ok(Self { login, send }) } else { Err(NoAccessType) }
    }

    /// The set of what is listed; what is listed twice counts once.
    ///
    /// # Errors
    /// [`NoAccessType`] for an empty list.
    pub fn new(types: impl IntoIterator<Item = AccessType>) -> Result<Self, NoAccessType> {
        let (mut login, mut send) = (false, false);
        for access in types {
            match access {
                AccessType::Login => login = true,
                AccessType::Send => send = true,
            }
        }
        Self::from_flags(login, send)
    }

    /// Whether the type is in the set.
    #[must_use]
    pub fn contains(self, access: AccessType) -> bool {
        match access {
            AccessType::Login => self.login,
            AccessType::Send => self.send,
        }
    }

    /// What is in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = AccessType> {
        AccessType::ALL.into_iter().filter(move |access| self.contains(*access))
    }
}

impl TryFrom<Vec<AccessType>> for AccessTypes {
    type Error = NoAccessType;
    fn try_from(types: Vec<AccessType>) -> Result<Self, NoAccessType> {
        Self::new(types)
    }
}

impl From<AccessTypes> for Vec<AccessType> {
    fn from(types: AccessTypes) -> Self {
        types.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g3_a_set_of_access_types_is_never_empty() {
        assert_eq!(AccessTypes::new([]), Err(NoAccessType));
        assert_eq!(AccessTypes::from_flags(false, false), Err(NoAccessType));
        assert!(serde_json::from_str::<AccessTypes>("[]").is_err());
        assert_eq!(AccessTypes::new([AccessType::Send, AccessType::Send]), Ok(AccessTypes::SEND));
    }

    #[test]
    fn d8_an_unknown_access_type_is_refused() {
        assert!("*".parse::<AccessType>().is_err());
        assert!("Login".parse::<AccessType>().is_err());
        assert!(serde_json::from_str::<AccessTypes>("[\"login\",\"admin\"]").is_err());
    }
}

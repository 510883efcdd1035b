//! Words from the domain's vocabularies.

use std::{fmt::Display, str::FromStr};

use impersonation_domain::{
    access::AccessType,
    audit::{Action, Outcome},
    grant::GrantState,
    login_session::EndCause,
    plan::Plan,
    role::{Permission, RoleKind},
    user::UserStatus,
};
use poem_openapi::registry::MetaSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{FromText, deserialize_text, scalar};

/// A closed set of words.
pub(crate) trait Vocabulary: Copy + Send + Sync + 'static {
    /// What the words are, for the description of the API.
    const NAME: &'static str;

    /// Every word.
    fn words() -> Vec<&'static str>;

    /// The word.
    fn word(self) -> &'static str;

    /// What the word stands for, or which words there are.
    fn from_word(word: &str) -> Result<Self, String>;
}

macro_rules! vocabularies {
    ($($type:ty = $name:literal, $all:expr;)+) => {$(
        impl Vocabulary for $type {
            const NAME: &'static str = $name;

            fn words() -> Vec<&'static str> {
                $all.iter().map(|word: &$type| word.as_str()).collect()
            }

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn from_word(word: &str) -> Result<Self, String> {
                parse(word)
            }
        }
    )+};
}

vocabularies! {
    AccessType = "access", AccessType::ALL;
    Action = "action", Action::ALL;
    EndCause = "end_cause", EndCause::ALL;
    GrantState = "grant_state", GrantState::ALL;
    Permission = "permission", Permission::ALL;
    Plan = "plan", Plan::ALL;
    RoleKind = "role_kind", [RoleKind::Admin, RoleKind::Member, RoleKind::Custom];
    UserStatus = "user_status", [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed];
}

fn parse<T: FromStr<Err: Display>>(word: &str) -> Result<T, String> {
    word.parse().map_err(|error: T::Err| error.to_string())
}

impl Vocabulary for Outcome {
    const NAME: &'static str = "outcome";

    fn words() -> Vec<&'static str> {
        vec![Self::Allowed.as_str(), Self::Refused.as_str()]
    }

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn from_word(word: &str) -> Result<Self, String> {
        [Self::Allowed, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
            .ok_or_else(|| "send `allowed` or `refused`".to_owned())
    }
}

/// A word on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Vocabulary> FromText for Word<T> {
    fn from_text(text: &str) -> Result<Self, String> {
        T::from_word(text).map(Self)
    }
}

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a word")
    }
}

scalar!(impl[T: Vocabulary] Word<T>, format!("string_{}", T::NAME), MetaSchema {
    enum_items: T::words().into_iter().map(Value::from).collect(),
    ..MetaSchema::new("string")
});

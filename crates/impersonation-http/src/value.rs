//! Values on the wire: identifiers, moments and words from a fixed vocabulary.
//!
//! Each has one text form, which is the same in bodies, queries and answers. What a client sends is
//! parsed with the domain's own constructors, so that their messages reach it.

mod word;

use std::{fmt, marker::PhantomData, str::FromStr};

use chrono::{DateTime, SecondsFormat, Utc};
use impersonation_domain::{
    ids::TypedId,
    ports::{GrantSort, GrantSortField},
    time::Timestamp,
};
use poem_openapi::registry::MetaSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

pub(crate) use word::Word;

/// A value that has a text form.
pub(crate) trait FromText: Sized {
    /// The value that the text stands for, or what is wrong with it.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// Makes a type known to the description of the API.
macro_rules! described {
    (impl[$($generics:tt)*] $type:ty, $name:expr, $schema:expr) => {
        impl<$($generics)*> poem_openapi::types::Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(self.as_raw_value().into_iter())
            }
        }
    };
}
pub(crate) use described;

/// Makes a type with `Serialize` and `Deserialize` known to the description of the API.
macro_rules! scalar {
    (impl[$($generics:tt)*] $type:ty, $name:expr, $schema:expr) => {
        $crate::value::described!(impl[$($generics)*] $type, $name, $schema);

        impl<$($generics)*> poem_openapi::types::ParseFromJSON for $type {
            fn parse_from_json(value: Option<serde_json::Value>) -> poem_openapi::types::ParseResult<Self> {
                serde_json::from_value(value.unwrap_or_default()).map_err(poem_openapi::types::ParseError::custom)
            }
        }

        impl<$($generics)*> poem_openapi::types::ToJSON for $type {
            fn to_json(&self) -> Option<serde_json::Value> {
                serde_json::to_value(self).ok()
            }
        }
    };
}
pub(crate) use scalar;

/// An identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: TypedId> Id<T> {
    /// Only the hyphenated form is an identifier here; the others that UUIDs have are not.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uuid = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()?;
        uuid::NonNilUuid::new(uuid).map(|uuid| Self(T::from_non_nil(uuid)))
    }
}

impl<T: TypedId> FromText for Id<T> {
    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| {
            "this is not an identifier; send a UUID such as `0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e`".to_owned()
        })
    }
}

impl<T: TypedId> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: TypedId> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "an identifier")
    }
}

scalar!(impl[T: TypedId + Send + Sync] Id<T>, "string_uuid", MetaSchema::new_with_format("string", "uuid"));

/// A moment, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl FromText for Moment {
    fn from_text(text: &str) -> Result<Self, String> {
        let parsed = DateTime::parse_from_rfc3339(text).ok();
        // A leap second is no moment that every store keeps.
        let parsed = parsed.filter(|at| at.timestamp_subsec_nanos() < 1_000_000_000);
        parsed.map(|at| Self(at.with_timezone(&Utc))).ok_or_else(|| {
            "this is not a time; send one such as `2026-11-22T19:30:00Z` (RFC 3339)".to_owned()
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a time")
    }
}

scalar!(impl[] Moment, "string_date-time", MetaSchema::new_with_format("string", "date-time"));

/// Text of a query: anything without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchText(pub(crate) String);

impl FromText for SearchText {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("control characters cannot be searched for; leave them out".to_owned());
        }
        if text.chars().count() > 200 {
            return Err("send at most 200 characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

described!(impl[] SearchText, "string_search", MetaSchema { max_length: Some(200), ..MetaSchema::new("string") });

/// An order of grants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sort(pub(crate) GrantSort);

impl FromText for Sort {
    fn from_text(text: &str) -> Result<Self, String> {
        GrantSort::from_str(text).map(Self).map_err(|error| error.to_string())
    }
}

described!(impl[] Sort, "string_sort", MetaSchema {
    enum_items: GrantSortField::ALL
        .into_iter()
        .flat_map(|field| [field.as_str().to_owned(), format!("-{}", field.as_str())])
        .map(Into::into)
        .collect(),
    ..MetaSchema::new("string")
});

impl FromText for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        bool::from_str(text).map_err(|_| "send `true` or `false`".to_owned())
    }
}

impl FromText for u32 {
    fn from_text(text: &str) -> Result<Self, String> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits
            .then(|| u32::from_str(text).ok())
            .flatten()
            .ok_or_else(|| "send a whole number from 0 up".to_owned())
    }
}

/// Reads a string and parses it as the value.
fn deserialize_text<'de, D: Deserializer<'de>, T: FromText>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    struct Text<T>(&'static str, PhantomData<T>);

    impl<T: FromText> de::Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{} as a string", self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            T::from_text(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(expected, PhantomData))
}

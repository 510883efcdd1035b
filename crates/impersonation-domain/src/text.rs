//! Bounded texts that people type.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidText {
    /// Nothing but white space.
    #[error("the {what} is empty")]
    Empty {
        /// Which text.
        what: &'static str,
    },
    /// Longer than allowed.
    #[error("the {what} has {actual} characters; at most {max} are allowed")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// The limit, in characters.
        max: usize,
        /// The length, in characters.
        actual: usize,
    },
    /// A control character or, in a single line, a mark that changes the direction of text.
    #[error("the {what} has the character U+{code:04X}, which is not allowed")]
    ForbiddenCharacter {
        /// Which text.
        what: &'static str,
        /// The code point.
        code: u32,
    },
}

/// Whether the character can make a line of a log or a list say something else than it does.
fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn single_line(what: &'static str, max: usize, text: &str) -> Result<String, InvalidText> {
    let trimmed = text.trim();
    check(what, max, trimmed, |c| c.is_control() || is_deceptive(c))?;
    Ok(trimmed.to_owned())
}

fn many_lines(what: &'static str, max: usize, text: &str) -> Result<String, InvalidText> {
    let trimmed = text.trim_end();
    check(what, max, trimmed, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))?;
    Ok(trimmed.to_owned())
}

fn check(
    what: &'static str,
    max: usize,
    text: &str,
    forbidden: impl Fn(char) -> bool,
) -> Result<(), InvalidText> {
    if text.trim().is_empty() {
        return Err(InvalidText::Empty { what });
    }
    let actual = text.chars().count();
    if actual > max {
        return Err(InvalidText::TooLong { what, max, actual });
    }
    match text.chars().find(|c| forbidden(*c)) {
        Some(c) => Err(InvalidText::ForbiddenCharacter { what, code: u32::from(c) }),
        None => Ok(()),
    }
}

macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident = $check:ident($what:literal, $max:literal)),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The greatest length, in characters.
            pub const MAX: usize = $max;

            /// The text, trimmed and checked.
            ///
            /// # Errors
            /// [`InvalidText`] where it is empty, too long or has a forbidden character.
            pub fn new(text: &str) -> Result<Self, InvalidText> {
                $check($what, $max, text).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidText;
            fn try_from(text: String) -> Result<Self, InvalidText> { Self::new(&text) }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self { text.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

texts! {
    /// The name of a person, organization, role, channel or token: one line.
    Name = single_line("name", 100),
    /// Why access is granted or a session started, in the words of whoever did it: one line.
    Reason = single_line("reason", 500),
    /// The text of a message; it may have several lines.
    MessageBody = many_lines("message", 20_000),
}

impl Name {
    /// A name that is written in the code and known to be one.
    pub(crate) fn literal(text: &'static str) -> Self {
        debug_assert!(Self::new(text).is_ok(), "`{text}` is no name");
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a9_a_name_has_no_control_characters_or_direction_marks() {
        for refused in ["", "  ", "a\nb", "a\u{202E}b", "a\u{0}b", &"x".repeat(101)] {
            assert!(Name::new(refused).is_err(), "{refused:?}");
        }
        assert_eq!(Name::new(" Ada Lovelace ").unwrap().as_str(), "Ada Lovelace");
        assert_eq!(MessageBody::new("two\nlines\n").unwrap().as_str(), "two\nlines");
        assert!(MessageBody::new("a\u{1b}[31m").is_err());
    }
}

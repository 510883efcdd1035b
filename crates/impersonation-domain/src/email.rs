//! Email addresses: how a user is named, never how one is stored in a grant.

use std::{fmt, str::FromStr};

use email_address::{EmailAddress as Parsed, Options};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A syntactically valid address with the domain in lower case. Two addresses are the same when
/// they are equal without regard to ASCII case; [`EmailAddress::key`] is what is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// The text is no email address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an email address; send one such as `ada@acme.example`")]
pub struct InvalidEmailAddress(String);

impl EmailAddress {
    /// The address as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it is compared, on every storage alike: in ASCII lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmailAddress;
    fn from_str(text: &str) -> Result<Self, InvalidEmailAddress> {
        let refused = || {
            InvalidEmailAddress(text.trim().chars().filter(|c| !c.is_control()).take(80).collect())
        };
        let options =
            Options::default().without_display_text().without_domain_literal().with_required_tld();
        // Only ASCII: look-alike letters would let two accounts seem one (RUSTSEC-2024-0421).
        let trimmed = text.trim();
        if !trimmed.is_ascii() {
            return Err(refused());
        }
        let parsed = Parsed::parse_with_options(trimmed, options).map_err(|_| refused())?;
        Ok(Self(format!("{}@{}", parsed.local_part(), parsed.domain().to_ascii_lowercase())))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = InvalidEmailAddress;
    fn try_from(text: String) -> Result<Self, InvalidEmailAddress> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_an_address_is_compared_without_case_and_has_no_look_alikes() {
        let email: EmailAddress = " Ada@ACME.Example ".parse().unwrap();
        assert_eq!(email.as_str(), "Ada@acme.example");
        assert_eq!(email.key(), "ada@acme.example");
        for refused in [
            "",
            " ",
            "ada",
            "ada@x",
            "Ada <ada@acme.example>",
            "ada@[1.2.3.4]",
            "аda@acme.example",
            "a@b.example\n@",
        ] {
            assert!(refused.parse::<EmailAddress>().is_err(), "{refused}");
        }
    }
}

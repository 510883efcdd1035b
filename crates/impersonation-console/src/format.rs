//! How values are shown.

use chrono::SecondsFormat;
use impersonation_domain::{time::Timestamp, user::User};

/// A moment: for machines, and for people without script. Script shows it in the reader's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// RFC 3339, to the second.
    pub(crate) machine: String,
    /// In UTC, to the minute.
    pub(crate) human: String,
    /// In UTC, to the second.
    pub(crate) exact: String,
    /// The time alone, in UTC, where the day stands beside it.
    pub(crate) clock: String,
    /// The day alone, in UTC.
    pub(crate) day: String,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self {
            machine: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            human: at.format("%-d %b %Y, %H:%M UTC").to_string(),
            exact: at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            clock: at.format("%H:%M UTC").to_string(),
            day: at.format("%-d %B %Y").to_string(),
        }
    }
}

/// A person, as every page shows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The identifier.
    pub(crate) id: String,
    /// What they are called.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// One or two letters for the round picture.
    pub(crate) initials: String,
    /// 1 to 6: which colour it has. The same for the same person everywhere.
    pub(crate) tone: u8,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        let name = user.name().as_str().to_owned();
        let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
        let first = letters.next();
        let initials =
            first.into_iter().chain(letters.next_back()).flat_map(char::to_uppercase).collect();
        let email = user.email().as_str().to_owned();
        let tone = email.bytes().fold(0_u8, u8::wrapping_add) % 6 + 1;
        Self { id: user.id().to_string(), name, email, initials, tone }
    }
}

/// A number with its word: `1 session`, `2 sessions`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A number with separators: `1,284`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let length = digits.len();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (length - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A size in bytes, for people.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 2] = [("MB", 1_000_000), ("KB", 1_000)];
    for (unit, factor) in UNITS {
        if bytes >= factor {
            return format!("{}.{} {unit}", bytes / factor, bytes % factor * 10 / factor);
        }
    }
    count(bytes, "byte", "bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lists_read_as_people_write_them() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(
            (count(1, "person", "people"), count(2, "person", "people")),
            ("1 person".into(), "2 people".into())
        );
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!((list(&words[..0]), list(&words[..1])), (String::new(), "a".to_owned()));
        assert_eq!(
            (list(&words[..2]), list(&words)),
            ("a and b".to_owned(), "a, b and c".to_owned())
        );
        for (bytes, text) in
            [(1, "1 byte"), (999, "999 bytes"), (1_500, "1.5 KB"), (26_214_400, "26.2 MB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}

//! Files.

use std::fmt;

use thiserror::Error;

use crate::{
    ids::FileId,
    text::{InvalidText, Name},
};

/// The largest file, in bytes: 25 MiB.
pub const MAX_FILE_SIZE: u64 = 25 * 1024 * 1024;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileError {
    /// The name is no file name.
    #[error(
        "`{0}` is not a file name; send 1 to 255 characters without `/`, `\\` or control characters"
    )]
    Name(String),
    /// The type is no media type.
    #[error("`{0}` is not a media type; send one such as `application/pdf`")]
    MediaType(String),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than [`MAX_FILE_SIZE`].
    #[error("the file is larger than 25 MiB")]
    TooLarge,
    /// Its first bytes are those of another type.
    #[error(
        "the file says that it is `{declared}`, but its content is `{found}`; send it under its real type"
    )]
    TypeMismatch {
        /// What was said.
        declared: String,
        /// What was found.
        found: String,
    },
}

/// The name of a file, without a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    /// The checked name.
    ///
    /// # Errors
    /// [`FileError::Name`].
    pub fn new(text: &str) -> Result<Self, FileError> {
        let refused =
            || FileError::Name(text.chars().filter(|c| !c.is_control()).take(80).collect());
        let trimmed = text.trim();
        // The rules for one line of text, part by part, as a name may be longer than a `Name`.
        let chars: Vec<char> = trimmed.chars().collect();
        let one_line = chars.chunks(Name::MAX).all(|part| {
            let part: String = part.iter().collect();
            !matches!(
                Name::new(&part),
                Err(InvalidText::ForbiddenCharacter { .. } | InvalidText::TooLong { .. })
            )
        });
        let is_path = trimmed.contains(['/', '\\']) || matches!(trimmed, "" | "." | "..");
        if one_line && !is_path && chars.len() <= 255 && trimmed.len() <= 1020 {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(refused())
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A media type without parameters, in lower case (RFC 9110, section 8.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MediaType(String);

impl MediaType {
    /// The checked type; parameters are cut off.
    ///
    /// # Errors
    /// [`FileError::MediaType`].
    pub fn new(text: &str) -> Result<Self, FileError> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_token = |part: &str| {
            !part.is_empty()
                && part.len() <= 127
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if is_token(kind) && is_token(subtype) => Ok(Self(essence)),
            _ => Err(FileError::MediaType(
                text.chars().filter(|c| !c.is_control()).take(80).collect(),
            )),
        }
    }

    /// The type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks the first bytes of a file against the type. A picture or document must be what it
    /// says; a program must not say that it is something else.
    ///
    /// # Errors
    /// [`FileError::TypeMismatch`].
    pub fn check_content(&self, first_bytes: &[u8]) -> Result<(), FileError> {
        const RECOGNIZED: [&str; 6] = [
            "image/png",
            "image/jpeg",
            "image/gif",
            "image/webp",
            "application/pdf",
            "application/zip",
        ];
        let found = infer::get(first_bytes);
        let found_type = found.map_or("application/octet-stream", |kind| kind.mime_type());
        let disguised_program = found
            .is_some_and(|kind| kind.matcher_type() == infer::MatcherType::App)
            && self.0 != "application/octet-stream"
            && self.0 != found_type;
        if disguised_program || (RECOGNIZED.contains(&self.0.as_str()) && self.0 != found_type) {
            return Err(FileError::TypeMismatch {
                declared: self.0.clone(),
                found: found_type.to_owned(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file that is in the file store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its identifier, which is also its key in the file store.
    pub id: FileId,
    /// What it is called.
    pub name: FileName,
    /// Its size in bytes, 1 to [`MAX_FILE_SIZE`].
    pub size: u64,
    /// Its type.
    pub media_type: MediaType,
    /// The SHA-256 of its content.
    pub sha256: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_no_path() {
        for refused in
            ["", ".", "..", "a/b", "..\\b", "a\u{0}", "a\nb", "a\u{202E}gnp.exe", &"x".repeat(256)]
        {
            assert!(FileName::new(refused).is_err(), "{refused:?}");
        }
        assert_eq!(FileName::new(&"x".repeat(255)).unwrap().as_str().len(), 255);
        assert_eq!(FileName::new("Q3 räport.pdf").unwrap().as_str(), "Q3 räport.pdf");
    }

    #[test]
    fn a_file_is_what_it_says() {
        let png = b"\x89PNG\r\n\x1a\n0000";
        assert!(MediaType::new("image/png").unwrap().check_content(png).is_ok());
        assert!(MediaType::new("image/jpeg").unwrap().check_content(png).is_err());
        assert!(MediaType::new("image/png").unwrap().check_content(b"hello").is_err());
        assert!(
            MediaType::new("text/plain; charset=utf-8").unwrap().check_content(b"hello").is_ok()
        );
        assert!(MediaType::new("text/plain").unwrap().check_content(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").is_err());
        for refused in ["", "png", "image/", "/png", "image/p ng", "a/b/c"] {
            assert!(MediaType::new(refused).is_err(), "{refused}");
        }
    }
}

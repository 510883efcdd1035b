//! Cases that are kept: each a JSON file with a world, a question, the answer, and why it is kept.
//!
//! A difference that was ever found is among them, at its smallest; so is every reason for a denial
//! and every boundary. They are replayed on the decision, on every store and over HTTP.

mod json;
mod replay;
mod stage;
#[cfg(test)]
mod tests;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

pub use replay::{Replayed, replay};
pub use stage::{Staged, stage};

use crate::{reference::Answer, strategies::Case};

/// The variable that names another folder of cases than ours.
pub const FOLDER: &str = "IMP_CORPUS";

/// A case that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name, which is that of its file.
    pub name: String,
    /// Why it is kept, in a sentence.
    pub why: String,
    /// The world and the question.
    pub case: Case,
    /// What must be answered.
    pub expected: Answer,
}

/// The folder of the cases: what `IMP_CORPUS` says, or else ours.
#[must_use]
pub fn folder() -> PathBuf {
    env::var_os(FOLDER)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"), PathBuf::from)
}

/// Every case of the folder, by name.
///
/// # Panics
/// Where the folder cannot be read, or a file is no case.
#[must_use]
pub fn all() -> Vec<Kept> {
    let folder = folder();
    let files = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("no cases in {}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = files
        .map(|file| file.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Kept {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let text = fs::read_to_string(path);
    let text = text.unwrap_or_else(|error| panic!("{} is not read: {error}", path.display()));
    Kept::from_json(name, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Kept {
    /// The case that this text says.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_json(name: &str, text: &str) -> Result<Self, String> {
        json::read(name, text)
    }

    /// The text of its file.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// Keeps it in the folder, and answers the path of its file.
    ///
    /// # Panics
    /// Where the file cannot be written.
    #[must_use]
    pub fn keep(&self) -> PathBuf {
        let folder = folder();
        let path = folder.join(format!("{}.json", self.name));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&path, self.to_json()))
            .unwrap_or_else(|error| panic!("{} is not written: {error}", path.display()));
        path
    }
}

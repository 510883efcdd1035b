//! What came of the planted bugs: a table, and figures.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::bugs::Bug;
use crate::figures;

/// What came of one bug.
pub(crate) struct Outcome {
    pub(crate) bug: &'static Bug,
    pub(crate) caught: Caught,
    pub(crate) seconds: f64,
}

/// Whether the suite has caught it.
pub(crate) enum Caught {
    /// These tests failed with the bug, and only with it.
    By(Vec<String>),
    /// All tests passed with the bug.
    No,
    /// These tests fail even without a bug.
    FailsWithout(Vec<String>),
    /// There are no such tests.
    NoTests,
}

impl Caught {
    pub(crate) fn is_caught(&self) -> bool {
        matches!(self, Self::By(_))
    }

    fn words(&self) -> String {
        match self {
            Self::By(tests) => match tests.as_slice() {
                [] => "caught".to_owned(),
                [one] => format!("caught by {one}"),
                [first, rest @ ..] => format!("caught by {first} and {} more", rest.len()),
            },
            Self::No => "NOT caught".to_owned(),
            Self::FailsWithout(tests) => format!("FAILS WITHOUT IT: {}", tests.join(", ")),
            Self::NoTests => "NOT caught: there are no such tests".to_owned(),
        }
    }
}

impl Outcome {
    /// The line of the table.
    pub(crate) fn line(&self) -> String {
        let Self { bug, caught, seconds } = self;
        format!("{:<28} {:<28} {seconds:>6.1} s  {}", bug.name, bug.suite, caught.words())
    }
}

/// Prints the head of the table.
pub(crate) fn print_head() {
    println!("{:<28} {:<28} {:>8}", "bug", "suite", "time");
}

/// Keeps the figures in the folder, or where a suite of the testkit would keep its own.
pub(crate) fn keep(outcomes: &[Outcome], folder: Option<&Path>) -> anyhow::Result<()> {
    let named = || env::var_os(figures::FOLDER).map(PathBuf::from);
    let Some(folder) = folder.map(Path::to_path_buf).or_else(named) else { return Ok(()) };
    let caught = outcomes.iter().filter(|outcome| outcome.caught.is_caught()).count();
    let missed = outcomes.iter().filter(|outcome| !outcome.caught.is_caught());
    let kept = json!({
        "suite": "planted bugs",
        "seed": null,
        "counts": [["bugs", outcomes.len()], ["caught", caught]],
        "remarks": missed.map(Outcome::line).collect::<Vec<_>>(),
        "seconds": outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>(),
    });
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("planted-bugs.json"), kept.to_string()))
        .with_context(|| format!("cannot keep figures in `{}`", folder.display()))
}

//! How much a suite tried, and what came of it: sizes that a variable scales, and the figures of a
//! run, printed and, where [`FOLDER`] names a folder, kept there for a report.

use std::{
    env,
    fmt::{self, Write as _},
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

/// The variable that names the folder in which figures are kept, one file a suite.
pub const FOLDER: &str = "IMP_FIGURES";

/// A size: what the variable says, or else `usual`.
///
/// # Panics
/// Where the variable is set to something that is no whole number.
#[must_use]
pub fn size(variable: &str, usual: u64) -> u64 {
    match env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| {
            panic!("{variable} is a whole number, such as {usual}; `{text}` is not")
        }),
        Err(_) => usual,
    }
}

/// What one run of a suite has tried and seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The suite, such as `races on PostgreSQL`; it names the file, too.
    pub suite: String,
    /// Where its randomness starts, if it has any.
    pub seed: Option<u64>,
    /// What was counted, in the order in which it is told: `("rounds", 200)`.
    pub counts: Vec<(String, u64)>,
    /// What else is to be said: a control that was caught, a part that was skipped and why.
    pub remarks: Vec<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    #[serde(skip, default = "now")]
    begun: Instant,
}

#[expect(clippy::disallowed_methods, reason = "how long a suite takes is what is shown")]
fn now() -> Instant {
    Instant::now()
}

impl Figures {
    /// The figures of a suite that begins now.
    #[must_use]
    pub fn of(suite: &str) -> Self {
        Self {
            suite: suite.to_owned(),
            seed: None,
            counts: Vec::new(),
            remarks: Vec::new(),
            seconds: 0.0,
            begun: now(),
        }
    }

    /// The same with the seed of its randomness.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Adds to what is counted under this name.
    pub fn count(&mut self, what: &str, number: u64) {
        match self.counts.iter_mut().find(|(known, _)| known == what) {
            Some((_, sum)) => *sum += number,
            None => self.counts.push((what.to_owned(), number)),
        }
    }

    /// Adds a remark.
    pub fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }

    /// How long the suite has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        now() - self.begun
    }

    /// The suite is done and has found nothing wrong: prints the figures in a line, and keeps them
    /// where [`FOLDER`] says.
    ///
    /// # Panics
    /// Where they cannot be kept.
    pub fn finish(mut self) {
        self.seconds = self.elapsed().as_secs_f64();
        println(&self.to_string());
        let Ok(folder) = env::var(FOLDER) else { return };
        let name: String =
            self.suite.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let text = serde_json::to_string_pretty(&self).expect("figures are plain");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(Path::new(&folder).join(format!("{name}.json")), text))
            .unwrap_or_else(|error| panic!("{FOLDER} is {folder}, and cannot be written: {error}"));
    }
}

#[expect(clippy::print_stdout, reason = "sizes are part of what a suite reports")]
fn println(line: &str) {
    println!("{line}");
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: ", self.suite);
        for (index, (what, number)) in self.counts.iter().enumerate() {
            write!(line, "{}{number} {what}", if index == 0 { "" } else { ", " })?;
        }
        if let Some(seed) = self.seed {
            write!(line, "; seed {seed}")?;
        }
        for remark in &self.remarks {
            write!(line, "; {remark}")?;
        }
        write!(line, "; {:.1} s", self.seconds)?;
        f.write_str(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_say_what_was_tried_in_a_line() {
        let mut figures = Figures::of("races on SQLite").seed(7);
        figures.count("rounds", 2);
        figures.count("pairs", 3);
        figures.count("rounds", 4);
        figures.remark("C15 does not apply");
        assert_eq!(
            figures.to_string(),
            "races on SQLite: 6 rounds, 3 pairs; seed 7; C15 does not apply; 0.0 s"
        );
        let text = serde_json::to_string(&figures).unwrap();
        let back: Figures = serde_json::from_str(&text).unwrap();
        assert_eq!(back.to_string(), figures.to_string());
    }

    #[test]
    fn a_size_is_the_usual_one_where_no_variable_says_otherwise() {
        assert_eq!(size("IMP_NO_SUCH_SIZE", 12), 12);
    }
}

//! What each step of a long command did, and how long it took.

use std::time::Instant;

use anyhow::bail;

use crate::process::Shell;
use crate::tests::Counts;

/// The steps so far. Each is done even if one before it failed, so that one run tells everything.
pub(crate) struct Report<'shell> {
    shell: &'shell Shell,
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    seconds: f64,
    note: String,
    failure: Option<String>,
}

impl<'shell> Report<'shell> {
    /// An empty report.
    pub(crate) fn new(shell: &'shell Shell) -> Self {
        Self { shell, steps: Vec::new() }
    }

    /// Does one step. `work` writes what is worth knowing into the note.
    #[expect(
        clippy::disallowed_methods,
        reason = "measures a step for the reader, decides nothing"
    )]
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut String) -> anyhow::Result<T>,
    ) -> Option<T> {
        if self.shell.check_stop().is_err() {
            return None;
        }
        println!("== {name}");
        let start = Instant::now();
        let mut note = String::new();
        let result = work(&mut note);
        let failure = result.as_ref().err().map(|error| format!("{error:#}"));
        if let Some(failure) = &failure {
            println!("{name}: {failure}");
        }
        self.steps.push(Step { name, seconds: start.elapsed().as_secs_f64(), note, failure });
        result.ok()
    }

    /// Prints the table of steps and the closing line; fails if any step did.
    pub(crate) fn finish(self, counts: Counts) -> anyhow::Result<()> {
        println!("\n== summary");
        for Step { name, seconds, note, failure } in &self.steps {
            let (verdict, note) =
                failure.as_ref().map_or(("ok", note), |failure| ("FAILED", failure));
            println!("{name:<14} {seconds:>7.1} s  {verdict:<6}  {}", note.replace('\n', "; "));
        }
        let total: f64 = self.steps.iter().map(|step| step.seconds).sum();
        println!("{:<14} {total:>7.1} s\n", "total");
        println!("{counts}");
        self.shell.check_stop()?;
        match self.steps.iter().filter(|step| step.failure.is_some()).count() {
            0 => Ok(()),
            count => bail!("{count} of {} steps failed", self.steps.len()),
        }
    }
}

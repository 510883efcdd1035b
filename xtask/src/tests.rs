//! Runs the tests, and counts them from what the test runner says.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::bail;

use crate::figures;
use crate::process::{Call, Shell, find};

/// How many tests ran, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
}

impl Counts {
    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// Reads the closing lines of nextest, of one test binary or of Node.js; any other line counts
    /// nothing.
    fn from_line(line: &str) -> Self {
        if let Some(counts) = Self::from_node(line) {
            return counts;
        }
        let results = if line.trim_start().starts_with("Summary [") {
            line.split_once("run: ").map(|(_, results)| results)
        } else {
            // Not indented: nextest shows what a failed test has printed, this line included.
            line.strip_prefix("test result: ")
                .and_then(|rest| rest.split_once(". "))
                .map(|(_, results)| results)
        };
        let mut counts = Self::default();
        for result in results.unwrap_or_default().split([',', ';']) {
            let Some((number, outcome)) = result.trim().split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            // nextest adds remarks, such as `3 passed (1 slow)`.
            match outcome.split(" (").next().unwrap_or_default() {
                "passed" => counts.passed += number,
                "failed" | "timed out" | "exec failed" => counts.failed += number,
                _ => {}
            }
        }
        counts
    }

    /// Node.js says `ℹ pass 7`, or `# pass 7` in the Test Anything Protocol, each on a line.
    fn from_node(line: &str) -> Option<Self> {
        let line = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?;
        let (outcome, number) = line.trim_end().split_once(' ')?;
        let number = number.parse().ok()?;
        match outcome {
            "pass" => Some(Self { passed: number, failed: 0 }),
            "fail" | "cancelled" => Some(Self { passed: 0, failed: number }),
            _ => None,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// `cargo xtask unit`: every test but those in documentation, on whatever is there.
pub(crate) fn unit(shell: &Shell, arguments: &[OsString]) -> anyhow::Result<()> {
    runner(shell).args(arguments).run()
}

/// Every test but those in documentation, PostgreSQL included: a test that needs it may not skip.
/// The suites leave in the folder what they have tried.
pub(crate) fn all(
    shell: &Shell,
    postgres_url: &str,
    folder: &Path,
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let call = runner(shell).env("IMP_TEST_PG", postgres_url).env("IMP_REQUIRE_PG", "1");
    count(call.env(figures::FOLDER, folder), counts)
}

/// The tests in documentation, which only cargo can run.
pub(crate) fn documentation(shell: &Shell, counts: &mut Counts) -> anyhow::Result<()> {
    count(
        shell.cargo(["test", "--locked", "--workspace", "--doc", "--no-fail-fast", "--quiet"]),
        counts,
    )
}

/// nextest where it is installed, else cargo's own runner.
fn runner(shell: &Shell) -> Call<'_> {
    if find("cargo-nextest").is_some() {
        shell.cargo(["nextest", "run", "--locked", "--workspace", "--all-targets"])
    } else {
        shell.cargo(["test", "--locked", "--workspace", "--all-targets", "--no-fail-fast"])
    }
}

/// The tests with this in their name, however long they take and whatever they print.
pub(crate) fn proof_runner<'shell>(shell: &'shell Shell, filter: &str) -> Call<'shell> {
    let everything = ["--locked", "--workspace", "--all-targets"];
    if find("cargo-nextest").is_some() {
        let how = ["--cargo-profile", "proof", "--profile", "proof", "--no-capture", filter];
        shell.cargo(["nextest", "run"]).args(everything).args(how)
    } else {
        let how = ["--profile", "proof", "--no-fail-fast", "--", "--nocapture", filter];
        shell.cargo(["test"]).args(everything).args(how)
    }
}

/// Runs the call, which prints how many tests passed and failed, and counts those.
pub(crate) fn count(call: Call<'_>, counts: &mut Counts) -> anyhow::Result<()> {
    let seen = Mutex::new(Counts::default());
    let success = call.observe(|line| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = seen.plus(Counts::from_line(line));
    })?;
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    *counts = counts.plus(seen);
    if !success {
        bail!("{seen}");
    }
    Ok(())
}

/// What came of one test binary.
pub(crate) struct Run {
    /// Whether it says that all is well.
    pub(crate) success: bool,
    /// How many tests ran.
    pub(crate) ran: u64,
    /// The names of those that failed.
    pub(crate) failed: Vec<String>,
    /// Everything that it printed.
    pub(crate) printed: String,
}

/// Runs a test binary without showing what it prints.
pub(crate) fn run_binary(call: Call<'_>) -> anyhow::Result<Run> {
    let (success, printed) = call.listen()?;
    let counts = printed.lines().map(Counts::from_line).fold(Counts::default(), Counts::plus);
    let failed = printed.lines().filter_map(failed_test).map(ToOwned::to_owned).collect();
    Ok(Run { success, ran: counts.passed + counts.failed, failed, printed })
}

/// The name of the test, where the line says that it failed.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

#[cfg(test)]
mod test {
    use super::{Counts, failed_test};

    #[test]
    fn a_failed_test_is_named() {
        assert_eq!(failed_test("test a::b ... FAILED"), Some("a::b"));
        for other in ["test a::b ... ok", "test result: FAILED. 1 passed", "    a::b"] {
            assert_eq!(failed_test(other), None);
        }
    }

    #[test]
    fn closing_lines_of_all_runners_are_counted() {
        for (line, passed, failed) in [
            ("     Summary [   0.012s] 7 tests run: 7 passed, 2 skipped", 7, 0),
            (
                "Summary [ 1.5s] 9/12 tests run: 5 passed (1 slow), 2 failed, 1 timed out, 1 exec failed, 3 skipped",
                5,
                4,
            ),
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                3,
                0,
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                3,
                2,
            ),
            ("    test result: FAILED. 0 passed; 1 failed; 0 ignored", 0, 0),
            ("5 passed, 3 failed", 0, 0),
            ("error: test run failed", 0, 0),
            ("ℹ pass 7", 7, 0),
            ("# fail 2\n", 0, 2),
            ("ℹ cancelled 1", 0, 1),
            ("ℹ tests 10", 0, 0),
            ("  ℹ pass 7", 0, 0),
        ] {
            assert_eq!(Counts::from_line(line), Counts { passed, failed }, "{line}");
        }
    }
}

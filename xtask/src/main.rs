//! Every developer command: `cargo xtask --help`.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command-line tool talks to its user"
)]

mod arrows;
mod browser;
mod cases;
mod deny;
mod figures;
mod files;
mod lint;
mod mutants;
mod openapi;
mod packages;
mod planted;
mod policy;
mod postgres;
mod process;
mod proof;
mod report;
mod suite;
mod tests;
mod tidy;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

use crate::{policy::What, process::Shell};

/// Every developer command of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that CI runs, and end with the number of tests that passed and failed
    Test,
    /// Format every source file
    Fmt,
    /// Run the linters: formatting, clippy and rustdoc, every warning an error
    Lint,
    /// Run the tests on memory and SQLite, and on PostgreSQL if `IMP_TEST_PG` names one
    Unit {
        /// Passed on to the test runner, such as a part of a test's name
        arguments: Vec<OsString>,
    },
    /// Start a throw-away PostgreSQL and run a command with `IMP_TEST_PG` naming it
    Postgres {
        /// The command and its arguments
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Run the browser tests, in Chromium against the server
    E2e {
        /// Test files, such as e2e/sign-in.test.mjs, and options of `node --test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Make the screenshots of docs/console.md anew
    Screenshots {
        /// Only these, by their names in e2e/pages.mjs
        names: Vec<String>,
    },
    /// Write docs/openapi.json from the server
    Openapi {
        /// Fail if the file differs from what the server says, and change nothing
        #[arg(long)]
        check: bool,
    },
    /// Compare the decision with the reference model on many cases, and print the first difference
    Policy {
        /// How many cases
        #[arg(long, default_value_t = 100_000)]
        cases: u64,
        /// Where their randomness starts; the same number gives the same cases
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The number of the first case
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Instead, enumerate all small worlds
        #[arg(long, conflicts_with_all = ["cases", "seed", "from"])]
        small_worlds: bool,
        /// Optimise first: worth it from some ten million cases on
        #[arg(long)]
        release: bool,
    },
    /// Run every policy suite at its full size, which takes about five hours on two cores, and write
    /// a report
    Proof {
        /// How much of the full sizes
        #[arg(long, default_value_t = 100)]
        percent: u64,
        /// Only these parts
        names: Vec<String>,
    },
    /// Put bugs in on purpose, one at a time, and demand that the suite named for each catches it
    Planted {
        /// Only these, by their names in xtask/src/planted/bugs.rs
        names: Vec<String>,
    },
    /// Change the code of decisions, grants, sessions and the audit log at random, one change at a
    /// time, and demand that a test fails for each (needs cargo-mutants)
    Mutants {
        /// Passed on to cargo-mutants, such as `--file crates/impersonation-domain/src/grant.rs`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Check who may depend on whom
    Arrows,
    /// Check the house rules for source files and the table of security cases, and list the files
    /// that grow too long
    Tidy,
    /// Check licences, banned crates, sources and advisories of the dependencies
    Deny,
}

fn main() -> ExitCode {
    if let Some(code) = planted::wrapper::run() {
        return code;
    }
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let shell = Shell::new()?;
    match command {
        Command::Test => suite::run(&shell),
        Command::Fmt => shell.cargo(["fmt", "--all"]).run(),
        Command::Lint => lint::all(&shell),
        Command::Unit { arguments } => tests::unit(&shell, &arguments),
        Command::Postgres { command } => postgres::run_with_cluster(&shell, &command),
        Command::E2e { arguments } => {
            let mut counts = tests::Counts::default();
            let server = openapi::server(&shell)?;
            let mut ground = String::new();
            let result = browser::test(&shell, &server, &arguments, &mut counts, &mut ground);
            println!("{ground}\n{counts}");
            result
        }
        Command::Screenshots { names } => {
            browser::screenshots(&shell, &openapi::server(&shell)?, &names)
        }
        Command::Openapi { check } => {
            let document = openapi::document(&shell, &openapi::server(&shell)?)?;
            if check {
                openapi::check(&shell, &document)
            } else {
                openapi::write(&shell, &document)
            }
        }
        Command::Policy { cases, seed, from, small_worlds, release } => {
            let what =
                if small_worlds { What::SmallWorlds } else { What::Cases([cases, seed, from]) };
            policy::compare(&shell, what, release, None)
        }
        Command::Proof { percent, names } => proof::run(&shell, percent, &names),
        Command::Planted { names } => planted::command(&shell, &names),
        Command::Mutants { arguments } => mutants::run(&shell, &arguments),
        Command::Arrows => verdict(&arrows::violations(&arrows::crates(&shell)?)),
        Command::Tidy => {
            let sources = files::sources(shell.root()).context("cannot read the source files")?;
            for warning in tidy::long_files(&sources) {
                println!("warning: {warning}");
            }
            let table = std::fs::read_to_string(shell.root().join(cases::TABLE))
                .context("cannot read the table of advisories")?;
            let mut violations = tidy::violations(&sources);
            violations.extend(cases::violations(&table, &sources));
            verdict(&violations)
        }
        Command::Deny => deny::check(&shell).map(|note| println!("{note}")),
    }
}

/// Prints every violation, and fails if there is one.
fn verdict(violations: &[String]) -> anyhow::Result<()> {
    for violation in violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => bail!("{count} rules broken"),
    }
}

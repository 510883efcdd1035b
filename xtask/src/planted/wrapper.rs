//! This program in the place of rustc, so that a build has the planted bugs.
//!
//! Cargo asks a workspace wrapper for the crates of the workspace only, and gives what it makes
//! other file names: dependencies are not compiled again, and ordinary builds stay as they are.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use crate::process::Call;

/// Says that we were called as rustc.
const VARIABLE: &str = "XTASK_IS_RUSTC";

/// The cargo call, compiling with the planted bugs.
pub(super) fn with_bugs(call: Call<'_>) -> anyhow::Result<Call<'_>> {
    let ourselves = env::current_exe()?;
    Ok(call.env("RUSTC_WORKSPACE_WRAPPER", ourselves).env(VARIABLE, "1"))
}

/// Where cargo has called us as rustc: becomes rustc, and answers only where that fails.
pub(crate) fn run() -> Option<ExitCode> {
    env::var_os(VARIABLE)?;
    let mut arguments = env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        eprintln!("error: {VARIABLE} is for `cargo xtask planted` alone");
        return Some(ExitCode::FAILURE);
    };
    let error = Command::new(rustc).args(arguments).args(["--cfg", "planted"]).exec();
    eprintln!("error: cannot run rustc: {error}");
    Some(ExitCode::FAILURE)
}

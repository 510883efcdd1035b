//! The impersonation server.

use std::process::ExitCode;

use clap::Parser;
use impersonation_server::{cli::Cli, run};

fn main() -> ExitCode {
    run(&Cli::parse())
}

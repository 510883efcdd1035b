//! Formatting, clippy and rustdoc, every warning an error.

use crate::process::Shell;

/// `cargo xtask lint`.
pub(crate) fn all(shell: &Shell) -> anyhow::Result<()> {
    format(shell)?;
    clippy(shell)?;
    documentation(shell)
}

/// Fails where `cargo xtask fmt` would change something, and names the files.
pub(crate) fn format(shell: &Shell) -> anyhow::Result<()> {
    shell.cargo(["fmt", "--all", "--check", "--", "--files-with-diff"]).run()
}

/// Clippy on everything, tests and examples included.
pub(crate) fn clippy(shell: &Shell) -> anyhow::Result<()> {
    shell
        .cargo(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .run()
}

/// rustdoc on the libraries. Naming the examples makes cargo unify features as it does for clippy;
/// without them it would check every dependency a second time.
pub(crate) fn documentation(shell: &Shell) -> anyhow::Result<()> {
    shell
        .cargo(["doc", "--locked", "--workspace", "--no-deps", "--lib", "--examples"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

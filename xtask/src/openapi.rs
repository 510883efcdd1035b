//! Keeps `docs/openapi.json` the same as what the server says of itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use cargo_metadata::Message;

use crate::process::Shell;

const FILE: &str = "docs/openapi.json";

/// Builds everything and returns the server's path. All targets at once, because a smaller choice
/// would unify features in another way and compile the dependencies again.
pub(crate) fn server(shell: &Shell) -> anyhow::Result<PathBuf> {
    let messages = shell
        .cargo([
            "build",
            "--locked",
            "--workspace",
            "--all-targets",
            "--message-format=json-render-diagnostics",
        ])
        .read()?;
    for message in Message::parse_stream(messages.as_bytes()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == "impersonation-server"
            && !artifact.profile.test
            && let Some(executable) = artifact.executable
        {
            return Ok(executable.into());
        }
    }
    bail!("the workspace builds no program `impersonation-server`")
}

/// The document that the server prints.
pub(crate) fn document(shell: &Shell, server: &Path) -> anyhow::Result<String> {
    let printed = shell.call(server).args(["openapi"]).read()?;
    serde_json::from_str::<serde_json::Value>(&printed)
        .context("`impersonation-server openapi` did not print JSON")?;
    Ok(format!("{}\n", printed.trim_end()))
}

/// Writes the file.
pub(crate) fn write(shell: &Shell, document: &str) -> anyhow::Result<()> {
    fs::write(shell.root().join(FILE), document).with_context(|| format!("cannot write {FILE}"))
}

/// Fails if the file differs from the document.
pub(crate) fn check(shell: &Shell, document: &str) -> anyhow::Result<()> {
    let committed = fs::read_to_string(shell.root().join(FILE))
        .with_context(|| format!("cannot read {FILE}; `cargo xtask openapi` writes it"))?;
    if committed == document {
        return Ok(());
    }
    let differing = committed.lines().zip(document.lines()).position(|(old, new)| old != new);
    let line =
        differing.unwrap_or_else(|| committed.lines().count().min(document.lines().count())) + 1;
    bail!(
        "{FILE} differs from what the server says, first in line {line}; `cargo xtask openapi` updates it"
    )
}

//! Installs programs with the system's packages, where that needs nothing but us: as root, with apt.

use anyhow::Context as _;

use crate::process::{Shell, find};

/// Whether [`install`] can do anything here.
pub(crate) fn can_install(shell: &Shell) -> anyhow::Result<bool> {
    Ok(find("apt-get").is_some() && is_root(shell)?)
}

/// Installs a package of Debian.
pub(crate) fn install(shell: &Shell, package: &str) -> anyhow::Result<()> {
    println!("installing {package}");
    let quietly = |arguments: &[&str]| {
        let call = shell.call("apt-get").args(["-q", "-y"]).args(arguments);
        // Run level 1: the package may not start a server of its own.
        call.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").run()
    };
    quietly(&["update"])?;
    quietly(&["install", "--no-install-recommends", package])
}

/// Whether we may do everything.
pub(crate) fn is_root(shell: &Shell) -> anyhow::Result<bool> {
    Ok(id(shell, &["-u"])? == 0)
}

/// What `id` answers.
pub(crate) fn id(shell: &Shell, arguments: &[&str]) -> anyhow::Result<u32> {
    shell.call("id").args(arguments).read()?.trim().parse().context("`id` printed no number")
}

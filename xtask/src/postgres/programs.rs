//! Finds PostgreSQL's programs, or installs them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::packages::{self, id, is_root};
use crate::process::{Shell, find};

/// What to do where we cannot help.
const HELP: &str = "PostgreSQL's programs `initdb` and `postgres` were not found. Install a server, \
    such as the package `postgresql` (Debian, Ubuntu), `postgresql-server` (Fedora) or `postgresql` \
    (Homebrew), or put its folder of programs on PATH";

/// Folders below which packages keep one folder a version.
const VERSIONED: [&str; 3] = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

/// The programs of one installed version.
pub(super) struct Programs {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    /// Such as `PostgreSQL 15.18`.
    pub(super) version: String,
}

impl Programs {
    /// Finds them, or installs them where that needs nothing but us: as root, with apt.
    pub(super) fn find_or_install(shell: &Shell) -> anyhow::Result<Self> {
        if let Some(folder) = find_folder() {
            return Self::inside(shell, &folder);
        }
        if !packages::can_install(shell)? {
            bail!("{HELP}");
        }
        packages::install(shell, "postgresql")?;
        let folder = find_folder().context(HELP)?;
        Self::inside(shell, &folder)
    }

    fn inside(shell: &Shell, folder: &Path) -> anyhow::Result<Self> {
        let postgres = folder.join("postgres");
        // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
        let said = shell.call(&postgres).args(["--version"]).read()?;
        let number =
            said.split_whitespace().nth(2).context("`postgres --version` names no version")?;
        Ok(Self {
            initdb: folder.join("initdb"),
            version: format!("PostgreSQL {number}"),
            postgres,
        })
    }
}

/// The user that runs the server, where we are root, which PostgreSQL refuses.
#[derive(Clone, Copy)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// None where we are an ordinary user, who runs the server just as well.
    pub(super) fn for_server(shell: &Shell) -> anyhow::Result<Option<Self>> {
        if !is_root(shell)? {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(user), Ok(group)) = (id(shell, &["-u", name]), id(shell, &["-g", name])) {
                return Ok(Some(Self { user, group }));
            }
        }
        bail!("root may not run PostgreSQL, and there is no user `postgres` or `nobody`")
    }
}

/// A folder with both programs: the one on PATH, else the newest of the packages'.
fn find_folder() -> Option<PathBuf> {
    let on_path = find("postgres").and_then(|program| Some(program.parent()?.to_path_buf()));
    let mut packaged: Vec<_> =
        VERSIONED.iter().flat_map(|parent| versions(Path::new(parent))).collect();
    packaged.sort_by_key(|(version, _)| *version);
    on_path
        .into_iter()
        .chain(packaged.into_iter().rev().map(|(_, folder)| folder.join("bin")))
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

/// `15` and `postgresql@15` are both version 15.
fn versions(parent: &Path) -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter_map(|entry| {
        let name = entry.file_name();
        let digits = name.to_str()?.trim_start_matches("postgresql@");
        Some((digits.parse().ok()?, entry.path()))
    });
    folders.collect()
}

#[cfg(test)]
mod test {
    use super::versions;

    #[test]
    fn versions_are_read_from_the_names_of_folders() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["9", "15", "postgresql@17", "postgresql", "cmake"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        let mut found: Vec<_> =
            versions(parent.path()).into_iter().map(|(version, _)| version).collect();
        found.sort_unstable();
        assert_eq!(found, [9, 15, 17]);
    }
}

//! The console in a real browser: `cargo xtask e2e` and `cargo xtask screenshots`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::packages;
use crate::process::{Call, Shell, find};
use crate::tests::{Counts, count};

/// The folder of the browser tests.
const FOLDER: &str = "e2e";
/// The oldest Node.js that the tests run on.
const NODE: u32 = 20;
/// Under these names Chromium is looked for, here and by the tests.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Runs the browser tests against this server, counts them, and notes in what they ran.
pub(crate) fn test(
    shell: &Shell,
    server: &Path,
    arguments: &[OsString],
    counts: &mut Counts,
    ground: &mut String,
) -> anyhow::Result<()> {
    let tools = Tools::prepare(shell)?;
    *ground = tools.describe(shell)?;
    let node =
        tools.node(shell, server).args(["--test", "--test-concurrency=2", "--test-reporter=spec"]);
    let files = test_files(&shell.root().join(FOLDER))?;
    let chosen: Vec<_> = arguments.iter().filter(|argument| is_file(shell, argument)).collect();
    let node = node.args(arguments.iter().filter(|argument| !is_file(shell, argument)));
    let node = if chosen.is_empty() { node.args(files) } else { node.args(chosen) };
    let mut here = Counts::default();
    let result = count(node, &mut here);
    *counts = counts.plus(here);
    if result.is_ok() && here == Counts::default() {
        bail!("no test ran");
    }
    result
}

/// Makes the screenshots of docs/console.md anew, all or those of these names.
pub(crate) fn screenshots(shell: &Shell, server: &Path, names: &[String]) -> anyhow::Result<()> {
    let tools = Tools::prepare(shell)?;
    let node = tools.node(shell, server).args([format!("{FOLDER}/screenshots.mjs")]);
    node.args(names).run()
}

/// What the scripts need.
struct Tools {
    browser: PathBuf,
}

impl Tools {
    /// Makes sure that everything is there.
    fn prepare(shell: &Shell) -> anyhow::Result<Self> {
        check_node(shell)?;
        install_modules(shell)?;
        Ok(Self { browser: browser(shell)? })
    }

    /// A call of Node.js, whose scripts find the server and the browser.
    fn node<'shell>(&self, shell: &'shell Shell, server: &Path) -> Call<'shell> {
        shell.call("node").env("IMP_SERVER_BINARY", server).env("IMP_CHROMIUM", &self.browser)
    }

    /// Such as `Chromium 156.0.8078.79, packages 18 MiB`.
    fn describe(&self, shell: &Shell) -> anyhow::Result<String> {
        let said = shell.call(&self.browser).args(["--version"]).read()?;
        let packages = size(&shell.root().join(FOLDER).join("node_modules"))? >> 20;
        Ok(format!("{}, packages {packages} MiB", version_of_browser(&said)))
    }
}

/// All bytes of the files in a folder.
fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() { size(&entry.path())? } else { data.len() };
    }
    Ok(bytes)
}

/// `Chromium 156.0.8078.79 built on Debian GNU/Linux 12` without what it was built on.
fn version_of_browser(said: &str) -> &str {
    said.split(" built on").next().unwrap_or_default().trim()
}

fn is_file(shell: &Shell, argument: &OsString) -> bool {
    shell.root().join(argument).is_file()
}

/// Every test file, by name.
fn test_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            names.push(format!("{FOLDER}/{name}"));
        }
    }
    names.sort();
    Ok(names)
}

fn check_node(shell: &Shell) -> anyhow::Result<()> {
    let help = format!("the browser tests need Node.js {NODE} or later with npm on PATH");
    if find("node").is_none() || find("npm").is_none() {
        bail!("{help}");
    }
    let said = shell.call("node").args(["--version"]).read()?;
    match major(&said) {
        Some(version) if version >= NODE => Ok(()),
        _ => bail!("{help}; this is {}", said.trim()),
    }
}

/// `v20.20.2` is version 20.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs what the lock file says, unless that has been done since it changed.
fn install_modules(shell: &Shell) -> anyhow::Result<()> {
    let folder = shell.root().join(FOLDER);
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|data| data.modified());
    let wanted = changed("package-lock.json").context("cannot read e2e/package-lock.json")?;
    if changed("node_modules/.package-lock.json").is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    shell.call("npm").args(["ci", "--no-audit", "--no-fund", "--prefix", FOLDER]).run().context(
        "cannot install the packages of e2e/package-lock.json; check that npm reaches its registry",
    )
}

/// What to do where there is no browser.
const HELP: &str = "Chromium was not found. Install it, such as with the package `chromium` (Debian, \
    Fedora), or name its program in IMP_CHROMIUM";

/// Chromium, installed where it is not there and that needs nothing but us.
fn browser(shell: &Shell) -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("IMP_CHROMIUM").map(PathBuf::from) {
        if named.is_file() {
            return Ok(named);
        }
        bail!("IMP_CHROMIUM names `{}`, which is not there", named.display());
    }
    let found = || BROWSERS.into_iter().find_map(find);
    if let Some(browser) = found() {
        return Ok(browser);
    }
    if !packages::can_install(shell)? {
        bail!("{HELP}");
    }
    packages::install(shell, "chromium").context(HELP)?;
    found().context(HELP)
}

#[cfg(test)]
mod test {
    use super::{major, size, version_of_browser};

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!((major("20.1"), major("")), (None, None));
    }

    #[test]
    fn the_version_of_the_browser_is_read() {
        let debian = "Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n";
        assert_eq!(version_of_browser(debian), "Chromium 156.0.8078.79");
        assert_eq!(version_of_browser("Google Chrome 156.0.1 \n"), "Google Chrome 156.0.1");
    }

    #[test]
    fn the_size_of_a_folder_counts_what_is_deep_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("one"), "123").unwrap();
        std::fs::write(folder.path().join("deep/two"), "4567").unwrap();
        assert_eq!(size(folder.path()).unwrap(), 7);
    }
}

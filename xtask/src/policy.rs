//! `cargo xtask policy`: the decision against the reference model.

use std::path::Path;

use crate::{figures, process::Shell};

/// Compares the two, with optimisation where it is worth it, and leaves the figures in the folder.
/// The numbers are how many cases, the seed, and the first case.
pub(crate) fn compare(
    shell: &Shell,
    numbers: [u64; 3],
    release: bool,
    folder: Option<&Path>,
) -> anyhow::Result<()> {
    let mut arguments = vec!["run", "--locked", "--quiet", "--package"];
    arguments.extend(["impersonation-testkit", "--example", "policy"]);
    arguments.extend(release.then_some("--release"));
    let numbers = numbers.map(|number| number.to_string());
    let mut call = shell.cargo(arguments).args(["--"]).args(numbers);
    if let Some(folder) = folder {
        call = call.env(figures::FOLDER, folder);
    }
    call.run()
}

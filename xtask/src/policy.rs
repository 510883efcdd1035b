//! `cargo xtask policy`: the decision against the reference model.

use std::path::Path;

use crate::{figures, process::Shell};

/// On what the two are compared.
#[derive(Clone, Copy)]
pub(crate) enum What {
    /// How many cases, their seed, and the first of them.
    Cases([u64; 3]),
    /// All small worlds.
    SmallWorlds,
}

/// Compares the two, with optimisation where it is worth it, and leaves the figures in the folder.
pub(crate) fn compare(
    shell: &Shell,
    what: What,
    release: bool,
    folder: Option<&Path>,
) -> anyhow::Result<()> {
    let mut arguments = vec!["run", "--locked", "--quiet", "--package"];
    arguments.extend(["impersonation-testkit", "--example", "policy"]);
    arguments.extend(release.then_some("--release"));
    let call = shell.cargo(arguments).args(["--"]);
    let mut call = match what {
        What::Cases(numbers) => call.args(numbers.map(|number| number.to_string())),
        What::SmallWorlds => call.args(["small-worlds"]),
    };
    if let Some(folder) = folder {
        call = call.env(figures::FOLDER, folder);
    }
    call.run()
}

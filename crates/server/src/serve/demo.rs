//! The demo: a store that is removed at the end, and people to try things with.

mod people;

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use tempfile::TempDir;

pub(super) use people::seed;

use self::people::{ORGANIZATIONS, PASSWORD};
use crate::{
    adapters::FileLocation,
    settings::{DatabaseUrl, Settings},
};

/// The folder of the demo's store. It is removed when this is dropped.
pub(super) struct Demo {
    _folder: TempDir,
}

/// A store that somebody named is never used: it might be a real one, and the demo's passwords are
/// known to everyone.
pub(super) fn check(set: &BTreeSet<String>) -> anyhow::Result<()> {
    for (key, flag) in
        [("database.url", "--database or IMP_DATABASE__URL"), ("files.url", "IMP_FILES__URL")]
    {
        if set.contains(key) {
            bail!(
                "the demo has a throw-away store of its own, and `{key}` names another; leave out {flag}, or leave out --demo"
            );
        }
    }
    Ok(())
}

impl Demo {
    /// Makes the folder, and has the settings point there.
    pub(super) fn begin(settings: &mut Settings) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("impersonation-demo-")
            .tempdir()
            .context("cannot make a folder for the demo")?;
        settings.database.url = DatabaseUrl::sqlite(&folder.path().join("demo.sqlite"));
        settings.files.url = FileLocation::Folder(folder.path().join("files"));
        Ok(Self { _folder: folder })
    }
}

/// Who is there, and the first thing to try.
pub(super) fn welcome(base: &str) -> String {
    let mut text = format!("\nDemo: nothing here is kept. Everyone's password is {PASSWORD}\n\n");
    for organization in ORGANIZATIONS {
        text.push_str(&format!("  {} ({})\n", organization.name, organization.plan));
        for person in organization.people {
            text.push_str(&format!("    {:<20} {}\n", person.email, person.about));
        }
    }
    text.push_str(&format!(
        r#"
Sign in as ada:

  curl -sS {base}/api/v1/sign-in -H 'Content-Type: application/json' \
    -d '{{"email":"ada@acme.example","password":"{PASSWORD}"}}'

README.md has a tour that goes on from here.
"#
    ));
    text
}

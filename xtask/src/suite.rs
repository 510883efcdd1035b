//! `cargo xtask test`: everything that CI runs.

use std::fs;

use crate::process::Shell;
use crate::report::Report;
use crate::tests::Counts;
use crate::{arrows, browser, deny, figures, files, lint, openapi, postgres, tests, tidy, verdict};

/// Runs every step, prints a summary, and ends with `N passed, N failed`.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    let mut report = Report::new(shell);
    let mut counts = Counts::default();
    report.step("format", |_| lint::format(shell));
    report.step("tidy", |note| {
        let sources = files::sources(shell.root())?;
        *note = format!("{} files", sources.len());
        for warning in tidy::long_files(&sources) {
            println!("warning: {warning}");
            *note += &format!("; {warning}");
        }
        verdict(&tidy::violations(&sources))
    });
    report.step("arrows", |note| {
        let crates = arrows::crates(shell)?;
        *note = format!("{} crates", crates.len());
        verdict(&arrows::violations(&crates))
    });
    report.step("dependencies", |note| deny::check(shell).map(|said| *note = said));
    report.step("clippy", |_| lint::clippy(shell));
    report.step("rustdoc", |_| lint::documentation(shell));
    let server = report.step("build", |note| {
        let server = openapi::server(shell)?;
        *note = format!("impersonation-server {} MiB", fs::metadata(&server)?.len() >> 20);
        Ok(server)
    });
    if let Some(server) = &server {
        report.step("openapi", |note| {
            let document = openapi::document(shell, server)?;
            *note = format!("{} KiB", document.len() >> 10);
            openapi::check(shell, &document)
        });
    }
    report.step("tests", |note| {
        let mut here = Counts::default();
        let folder = figures::folder(shell, "test")?;
        let result = postgres::with_cluster(shell, |cluster| {
            *note = cluster.version().to_owned();
            tests::all(shell, cluster.url(), &folder, &mut here)
        });
        println!("What the suites have tried:");
        for one in figures::read(&folder)? {
            println!("  {}", one.line());
        }
        *note = format!("{here} on memory, SQLite and {note}");
        counts = counts.plus(here);
        result
    });
    report.step("doc tests", |note| {
        let mut here = Counts::default();
        let result = tests::documentation(shell, &mut here);
        *note = here.to_string();
        counts = counts.plus(here);
        result
    });
    if let Some(server) = &server {
        report.step("browser", |note| {
            let mut here = Counts::default();
            let result = browser::test(shell, server, &[], &mut here, note);
            *note = format!("{here} in {note}");
            counts = counts.plus(here);
            result
        });
    }
    report.finish(counts)
}

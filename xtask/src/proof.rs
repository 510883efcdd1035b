//! `cargo xtask proof`: every policy suite at its full size, and a report that says what ran.

mod parts;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail};

use self::parts::{PARTS, Part, Work};
use crate::{
    figures::{self, Figures},
    planted,
    policy::{self, What},
    postgres,
    process::Shell,
    tests::{self, Counts},
};

/// How a part went.
struct Outcome {
    part: &'static Part,
    result: Result<Counts, String>,
    figures: Vec<Figures>,
    seconds: f64,
}

/// Runs the parts whose names are given, or all, at this percentage of their full sizes.
pub(crate) fn run(shell: &Shell, percent: u64, names: &[String]) -> anyhow::Result<()> {
    for name in names {
        if !PARTS.iter().any(|part| part.name == name) {
            let known: Vec<_> = PARTS.iter().map(|part| part.name).collect();
            bail!("there is no part `{name}`; there are {}", known.join(", "));
        }
    }
    let (chosen, left_out): (Vec<_>, Vec<_>) = PARTS
        .iter()
        .partition(|part| names.is_empty() || names.iter().any(|name| name == part.name));
    let outcomes = postgres::with_cluster(shell, |cluster| {
        let mut outcomes = Vec::new();
        for (index, part) in chosen.iter().enumerate() {
            println!("\n== {} of {}: {} ({})", index + 1, chosen.len(), part.name, part.what);
            outcomes.push(prove(shell, part, percent, cluster.url())?);
            // What there is, should this be the last that is done.
            let report = report(shell, percent, &outcomes, &left_out, cluster.version())?;
            write(shell, &report)?;
        }
        Ok(outcomes)
    })?;
    println!("\nreport: {}", path(shell).display());
    match outcomes.iter().filter(|outcome| outcome.result.is_err()).count() {
        0 => Ok(()),
        count => bail!("{count} of {} parts failed", outcomes.len()),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a part takes is what is shown")]
fn prove(
    shell: &Shell,
    part: &'static Part,
    percent: u64,
    postgres_url: &str,
) -> anyhow::Result<Outcome> {
    let folder = figures::folder(shell, part.name)?;
    let start = Instant::now();
    let mut counts = Counts::default();
    let result = match part.work {
        Work::Policy { cases } => {
            let what = What::Cases([scaled(cases, percent), 1, 0]);
            policy::compare(shell, what, true, Some(&folder))
        }
        Work::SmallWorlds => policy::compare(shell, What::SmallWorlds, true, Some(&folder)),
        Work::Planted => planted::run(shell, &[], Some(&folder)).map(drop),
        Work::Tests { filter, sizes, shape } => {
            let mut call = tests::proof_runner(shell, filter)
                .env("IMP_TEST_PG", postgres_url)
                .env("IMP_REQUIRE_PG", "1")
                .env(figures::FOLDER, &folder);
            for (variable, full) in sizes {
                call = call.env(variable, scaled(*full, percent).to_string());
            }
            for (variable, size) in shape {
                call = call.env(variable, size.to_string());
            }
            tests::count(call, &mut counts)
        }
    };
    shell.check_stop()?;
    let result = match result {
        Ok(()) if matches!(part.work, Work::Tests { .. }) && counts == Counts::default() => {
            Err("no test ran".to_owned())
        }
        Ok(()) => Ok(counts),
        Err(error) => Err(format!("{error:#}")),
    };
    let (figures, seconds) = (figures::read(&folder)?, start.elapsed().as_secs_f64());
    Ok(Outcome { part, result, figures, seconds })
}

/// The size at this percentage, but at least one.
fn scaled(full: u64, percent: u64) -> u64 {
    full.saturating_mul(percent).div_euclid(100).max(1)
}

fn path(shell: &Shell) -> PathBuf {
    shell.root().join("target").join("proof").join("report.md")
}

fn write(shell: &Shell, report: &str) -> anyhow::Result<()> {
    let path = path(shell);
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(&path, report).with_context(|| format!("cannot write {}", path.display()))
}

/// The report, in Markdown.
fn report(
    shell: &Shell,
    percent: u64,
    outcomes: &[Outcome],
    left_out: &[&Part],
    postgres: &str,
) -> anyhow::Result<String> {
    let commit = shell.call("git").args(["describe", "--always", "--dirty"]).read();
    let rustc = shell.call("rustc").args(["--version"]).read()?;
    let mut text = format!(
        "# What `cargo xtask proof` has tried\n\nVersion {}, {}, {postgres}, at {percent}% of the \
         full sizes.\n\n",
        commit.as_deref().map_or("unknown", str::trim),
        rustc.trim(),
    );
    text +=
        "| part | suite | tried | seed | time | result |\n| --- | --- | --- | --- | --- | --- |\n";
    for Outcome { part, result, figures, seconds } in outcomes {
        let verdict = match result {
            Ok(_) => "held".to_owned(),
            Err(error) => format!("**FAILED**: {}", error.lines().next().unwrap_or_default()),
        };
        if figures.is_empty() {
            let tried = result.as_ref().map_or_else(|_| String::new(), ToString::to_string);
            writeln!(
                text,
                "| {} | {} | {tried} | | {seconds:.0} s | {verdict} |",
                part.name, part.what
            )?;
        }
        for one in figures {
            writeln!(
                text,
                "| {} | {} | {} | {} | {:.0} s | {verdict} |",
                part.name,
                one.suite,
                one.counted(),
                one.seed.map(|seed| seed.to_string()).unwrap_or_default(),
                one.seconds,
            )?;
        }
    }
    let remarks = outcomes.iter().flat_map(|outcome| &outcome.figures);
    for one in remarks.filter(|one| !one.remarks.is_empty()) {
        write!(text, "\n- {}: {}", one.suite, one.remarks.join("; "))?;
    }
    text += "\n\nDid not run: ";
    let names: Vec<_> = left_out.iter().map(|part| part.name).collect();
    let left_out = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    writeln!(text, "{left_out}.")?;
    Ok(text)
}

#[cfg(test)]
mod test {
    use super::{PARTS, scaled};

    #[test]
    fn a_size_never_shrinks_to_nothing() {
        assert_eq!((scaled(200, 10), scaled(3, 10), scaled(7, 200)), (20, 1, 14));
    }

    #[test]
    fn parts_have_names_of_their_own() {
        let mut names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARTS.len());
    }
}

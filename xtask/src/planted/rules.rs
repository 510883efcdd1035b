//! What keeps planted bugs out of everything but their command.

use std::collections::BTreeSet;

use super::bugs;
use crate::files::Source;

/// Where the bugs are named.
const NAMES: &str = "crates/impersonation-domain/src/planted.rs";
/// The one place where their cfg is set.
const SETS_IT: &str = "xtask/src/planted/wrapper.rs";
/// The line that makes the cfg known to the compiler.
const MAKES_IT_KNOWN: &str =
    r#"unexpected_cfgs = { level = "warn", check-cfg = ["cfg(planted)"] }"#;
/// What the root of a crate with planted bugs begins its refusal with, in halves, so that no rule
/// finds it here.
const REFUSES: (&str, &str) = ("#[cfg(all(planted, ", "not(debug_assertions)))]");
/// How a build script, or somebody who calls rustc, sets a cfg. In halves as well.
const SETTERS: [(&str, &str); 2] = [("rustc-", "cfg"), ("\"--", "cfg")];

/// The ends of the names of settings and scripts.
const SETTINGS: [&str; 3] = [".toml", ".sh", ".ci/run"];

/// What breaks a rule, in words.
pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let mut found: Vec<String> = sources.iter().flat_map(set_elsewhere).collect();
    found.extend(sources.iter().filter_map(|source| not_refused(source, sources)));
    if let Some(source) = sources.iter().find(|source| source.path == NAMES) {
        found.extend(without_suite(source));
    }
    found
}

/// Settings and scripts do not speak of planted bugs at all, and in Rust only we set a cfg.
fn set_elsewhere(Source { path, text }: &Source) -> Vec<String> {
    let is_rust = path.ends_with(".rs");
    if !is_rust && !SETTINGS.iter().any(|ending| path.ends_with(ending)) {
        return Vec::new();
    }
    let sets = |line: &str| {
        if is_rust {
            path != SETS_IT
                && SETTERS.iter().any(|(one, two)| line.contains(&format!("{one}{two}")))
        } else {
            line.contains("planted") && (path != "Cargo.toml" || line != MAKES_IT_KNOWN)
        }
    };
    let is_code = |line: &str| is_rust || !line.trim_start().starts_with('#');
    let lines = text.lines().enumerate().filter(|(_, line)| is_code(line) && sets(line));
    lines
        .map(|(index, _)| {
            format!("{path}:{}: only `cargo xtask planted` builds with bugs", index + 1)
        })
        .collect()
}

/// A crate with planted bugs cannot be built for a release.
fn not_refused(Source { path, text }: &Source, sources: &[Source]) -> Option<String> {
    let (package, _) = path.strip_prefix("crates/")?.split_once("/src/")?;
    let root = format!("crates/{package}/src/lib.rs");
    if !text.contains("cfg(planted)") {
        return None;
    }
    let refuses = format!("{}{}", REFUSES.0, REFUSES.1);
    let is_refused = |source: &Source| source.path == root && source.text.contains(&refuses);
    (!sources.iter().any(is_refused))
        .then(|| format!("{path}: {root} has to refuse planted bugs in a release"))
}

/// Every bug has its suite, and every suite its bug.
fn without_suite(source: &Source) -> Vec<String> {
    let names = source.text.lines().filter_map(|line| {
        line.trim().strip_suffix("\";").and_then(|line| line.split_once(" = \"")).map(|(_, n)| n)
    });
    let planted: BTreeSet<&str> = names.filter(|name| *name != super::ACTIVE).collect();
    let tried: BTreeSet<&str> = bugs::ALL.iter().map(|bug| bug.name).collect();
    planted
        .symmetric_difference(&tried)
        .map(|name| format!("{NAMES}: `{name}` is planted there or tried by xtask, but not both"))
        .collect()
}

#[cfg(test)]
mod test {
    use super::{NAMES, REFUSES, SETTERS, violations};
    use crate::files::Source;

    fn source(path: &str, text: impl Into<String>) -> Source {
        Source { path: path.to_owned(), text: text.into() }
    }

    #[test]
    fn nobody_sets_the_cfg_but_the_command() {
        let [by_script, by_call] = SETTERS.map(|(one, two)| format!("{one}{two}"));
        for (path, text) in [
            (".cargo/config.toml", "rustflags = ['--cfg', 'planted']".to_owned()),
            (".ci/run", "RUSTFLAGS='--cfg planted' cargo build".to_owned()),
            ("crates/a/Cargo.toml", "planted = []".to_owned()),
            ("crates/a/build.rs", format!("println!(\"cargo:{by_script}=planted\");")),
            ("xtask/src/other.rs", format!("call.args([{by_call}\", \"planted\"])")),
        ] {
            assert_eq!(violations(&[source(path, text)]).len(), 1, "{path}");
        }
        let comment = source(".cargo/mutants.toml", "# planted bugs are left alone\n");
        assert_eq!(violations(&[comment]), Vec::<String>::new());
    }

    #[test]
    fn a_crate_with_bugs_refuses_to_be_released() {
        let bug = source("crates/a/src/b.rs", "#[cfg(planted)]\n");
        let root = source("crates/a/src/lib.rs", "mod b;\n");
        assert_eq!(violations(&[bug, root]).len(), 1);
        let bug = source("crates/a/src/b.rs", "#[cfg(planted)]\n");
        let root = source("crates/a/src/lib.rs", format!("{}{}\n", REFUSES.0, REFUSES.1));
        assert_eq!(violations(&[bug, root]), Vec::<String>::new());
    }

    #[test]
    fn a_bug_without_a_suite_is_found() {
        let text = format!(
            "#[cfg(planted)]\npub const VARIABLE: &str = \"PLANTED_BUG\";\n{}",
            super::bugs::ALL
                .iter()
                .map(|bug| format!("    A = \"{}\";\n", bug.name))
                .collect::<String>()
        );
        let root = || {
            source(
                "crates/impersonation-domain/src/lib.rs",
                format!("{}{}\n", REFUSES.0, REFUSES.1),
            )
        };
        assert_eq!(violations(&[root(), source(NAMES, text.clone())]), Vec::<String>::new());
        let one_more = text + "    B = \"another\";\n";
        assert_eq!(violations(&[root(), source(NAMES, one_more)]).len(), 1);
    }
}

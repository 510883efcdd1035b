//! Who may depend on whom: the arrows between our crates, and those to the outside that matter.
//! `deny.toml` repeats the outer ones, so that each holds even where the other check is not run.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::process::Shell;

/// The arrows between our crates: name, normal dependencies, dev-dependencies.
const INNER: [(&str, &[&str], &[&str]); 10] = [
    ("impersonation-domain", &[], &[MEMORY, TESTKIT]),
    (MEMORY, &[DOMAIN], &[TESTKIT]),
    (SEAORM, &[DOMAIN], &[TESTKIT, WRITE_TRACE]),
    (HTTP, &[DOMAIN], &[MEMORY, TESTKIT]),
    (CONSOLE, &[DOMAIN], &[MEMORY, TESTKIT]),
    (TESTKIT, &[DOMAIN], &[]),
    (SERVER, &[CONSOLE, DOMAIN, HTTP, MEMORY, SEAORM], &[TESTKIT, WRITE_TRACE]),
    (WRITE_TRACE, &[], &[]),
    ("impersonation-example-json-file", &[DOMAIN], &[TESTKIT]),
    ("xtask", &[], &[]),
];

const CONSOLE: &str = "impersonation-console";
const DOMAIN: &str = "impersonation-domain";
const HTTP: &str = "impersonation-http";
const MEMORY: &str = "impersonation-memory";
const SEAORM: &str = "impersonation-seaorm";
const SERVER: &str = "impersonation-server";
const TESTKIT: &str = "impersonation-testkit";
/// Has unsafe code, so that nothing that ships may depend on it.
const WRITE_TRACE: &str = "impersonation-write-trace";

/// Outside crates, by the start of their name, that only some of ours may name at all.
const OUTER: [(&str, &[&str]); 3] =
    [("poem", &[CONSOLE, HTTP, SERVER]), ("sea-orm", &[SEAORM]), ("sqlx", &[SEAORM])];

/// Outside crates that are normal dependencies of the testkit alone; tests may use them anywhere.
const FOR_TESTS: [&str; 3] = ["mockall", "proptest", "proptest-state-machine"];

/// Outside crates, by the start of their name, that the domain may not reach by any path.
const NEVER_IN_DOMAIN: [&str; 8] =
    ["anyhow", "async-std", "hyper", "poem", "reqwest", "sea-orm", "sqlx", "tokio"];

/// One crate of the workspace, as far as the arrows go.
pub(crate) struct Crate {
    name: String,
    dependencies: Vec<Dependency>,
    /// Every crate that its normal and build dependencies reach.
    reach: BTreeSet<String>,
}

struct Dependency {
    name: String,
    kind: DependencyKind,
    versioned: bool,
}

/// Asks cargo for the crates of the workspace.
pub(crate) fn crates(shell: &Shell) -> anyhow::Result<Vec<Crate>> {
    read(MetadataCommand::new().current_dir(shell.root()))
}

fn read(command: &mut MetadataCommand) -> anyhow::Result<Vec<Crate>> {
    let metadata =
        command.other_options(["--locked".to_owned()]).exec().context("cargo metadata failed")?;
    let crates = metadata.workspace_packages().into_iter().map(|package| {
        let dependencies = package.dependencies.iter().map(|dependency| Dependency {
            name: dependency.name.clone(),
            kind: dependency.kind,
            versioned: dependency.req != cargo_metadata::semver::VersionReq::STAR,
        });
        Ok(Crate {
            name: package.name.to_string(),
            dependencies: dependencies.collect(),
            reach: reach(&metadata, &package.id)?,
        })
    });
    crates.collect()
}

fn reach(metadata: &Metadata, start: &PackageId) -> anyhow::Result<BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolved nothing")?;
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::new();
    let mut next = vec![start];
    while let Some(id) = next.pop() {
        let node = nodes.get(id).with_context(|| format!("{id} is not resolved"))?;
        for dependency in &node.deps {
            let in_tests_only =
                dependency.dep_kinds.iter().all(|kind| kind.kind == DependencyKind::Development);
            if !in_tests_only && seen.insert(&dependency.pkg) {
                next.push(&dependency.pkg);
            }
        }
    }
    let named = metadata.packages.iter().filter(|package| seen.contains(&package.id));
    Ok(named.map(|package| package.name.to_string()).collect())
}

/// Every arrow that must not be, in words.
pub(crate) fn violations(crates: &[Crate]) -> Vec<String> {
    let mut found = Vec::new();
    for Crate { name, dependencies, reach } in crates {
        let Some((_, normal, dev)) = INNER.iter().find(|(known, ..)| known == name) else {
            found.push(format!("{name} is new: add its arrows to xtask/src/arrows.rs"));
            continue;
        };
        for dependency in dependencies {
            let in_tests = dependency.kind == DependencyKind::Development;
            let allowed = if in_tests { dev } else { normal };
            found.extend(inner(name, dependency, allowed, in_tests));
            found.extend(outer(name, dependency, in_tests));
        }
        if name == DOMAIN {
            let reached = reach.iter().filter(|other| starts_with_any(other, &NEVER_IN_DOMAIN));
            found.extend(
                reached.map(|other| format!("{name} reaches {other}, which it must never")),
            );
        }
    }
    found
}

fn inner(name: &str, dependency: &Dependency, allowed: &[&str], in_tests: bool) -> Option<String> {
    let other = dependency.name.as_str();
    if !INNER.iter().any(|(known, ..)| *known == other) {
        return None;
    }
    if !allowed.contains(&other) {
        let kind = if in_tests { " in tests" } else { "" };
        return Some(format!("{name} must not depend on {other}{kind}"));
    }
    (in_tests && dependency.versioned)
        .then(|| format!("{name} names a version of {other} in tests; give the path alone"))
}

fn outer(name: &str, dependency: &Dependency, in_tests: bool) -> Option<String> {
    let other = dependency.name.as_str();
    let wrappers =
        OUTER.iter().find(|(start, _)| other.starts_with(start)).map(|(_, wrappers)| *wrappers);
    let allowed = wrappers.is_none_or(|wrappers| wrappers.contains(&name))
        && (in_tests || name == TESTKIT || !FOR_TESTS.contains(&other));
    (!allowed).then(|| format!("{name} must not depend on {other}"))
}

fn starts_with_any(name: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod test {
    use cargo_metadata::{DependencyKind, MetadataCommand};

    use super::*;

    #[test]
    fn our_arrows_are_as_designed() {
        let crates = read(&mut MetadataCommand::new()).unwrap();
        assert!(crates.len() > 5, "the crates were not found");
        assert_eq!(violations(&crates), Vec::<String>::new());
    }

    #[test]
    fn the_reach_of_a_crate_is_found_through_others() {
        let crates = read(&mut MetadataCommand::new()).unwrap();
        let seaorm = crates.iter().find(|one| one.name == SEAORM).unwrap();
        assert!(seaorm.reach.contains("sqlx-core"), "{:?}", seaorm.reach);
        assert!(!seaorm.reach.contains(TESTKIT), "tests must not count");
    }

    fn one(name: &str, dependency: &str, kind: DependencyKind, versioned: bool) -> Vec<String> {
        let dependency = Dependency { name: dependency.to_owned(), kind, versioned };
        let reach = BTreeSet::new();
        violations(&[Crate { name: name.to_owned(), dependencies: vec![dependency], reach }])
    }

    #[test]
    fn each_forbidden_arrow_is_caught() {
        use DependencyKind::{Build, Development, Normal};
        for (name, dependency, kind) in [
            (DOMAIN, MEMORY, Normal),
            (DOMAIN, SEAORM, Development),
            (MEMORY, SEAORM, Normal),
            (MEMORY, HTTP, Development),
            (SEAORM, HTTP, Build),
            (HTTP, SEAORM, Development),
            (CONSOLE, HTTP, Normal),
            (TESTKIT, MEMORY, Normal),
            (SERVER, TESTKIT, Normal),
            ("xtask", DOMAIN, Normal),
            ("newcomer", DOMAIN, Normal),
            (SERVER, WRITE_TRACE, Normal),
            (SEAORM, WRITE_TRACE, Build),
            (TESTKIT, WRITE_TRACE, Normal),
            (WRITE_TRACE, DOMAIN, Normal),
            (SERVER, "sea-orm-migration", Normal),
            (MEMORY, "sqlx", Development),
            (SEAORM, "poem-openapi", Normal),
            (DOMAIN, "poem", Development),
            (MEMORY, "proptest", Normal),
            (SERVER, "mockall", Build),
        ] {
            assert_eq!(
                one(name, dependency, kind, false).len(),
                1,
                "{name} -> {dependency} ({kind:?})"
            );
        }
        assert_eq!(one(MEMORY, TESTKIT, Development, true).len(), 1, "a version in tests");
    }

    #[test]
    fn what_the_domain_reaches_is_checked_at_any_depth() {
        let reach = ["serde", "tokio-util"].map(str::to_owned).into();
        let domain = Crate { name: DOMAIN.to_owned(), dependencies: Vec::new(), reach };
        assert_eq!(
            violations(&[domain]),
            ["impersonation-domain reaches tokio-util, which it must never"]
        );
    }

    #[test]
    fn designed_arrows_stay_allowed() {
        use DependencyKind::{Development, Normal};
        for (name, dependency, kind) in [
            (DOMAIN, MEMORY, Development),
            (DOMAIN, "tokio", Development),
            (SEAORM, "sea-orm", Normal),
            (SERVER, "poem", Normal),
            (SERVER, TESTKIT, Development),
            (HTTP, MEMORY, Development),
            (HTTP, "proptest", Development),
            (TESTKIT, "mockall", Normal),
        ] {
            assert_eq!(one(name, dependency, kind, false), Vec::<String>::new());
        }
    }
}

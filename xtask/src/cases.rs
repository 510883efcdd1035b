//! `SECURITY-CASES.md`: every advisory that we know of has a row, and every test that a row names
//! exists.

use crate::files::Source;

/// The table, from the root of the workspace.
pub(crate) const TABLE: &str = "SECURITY-CASES.md";

/// Where the cases of the contract suite are listed.
const SUITE: &str = "crates/impersonation-testkit/src/contract/suite.rs";

/// Commands of this tool that a row may name where no single test can tell.
const COMMANDS: [&str; 3] = ["arrows", "deny", "lint"];

/// Every published advisory, report or change that must have a row.
const KNOWN: [&str; 91] = [
    // Who may become whom.
    "CVE-2026-17526",
    "keycloak#27669",
    "GHSA-c7xh-gjv4-4jgv",
    "kcp#3206",
    "kcp#3267",
    "calagopus/panel#91",
    "django-hijack#180",
    "nextcloud/impersonate#719",
    "better-auth#6448",
    "CVE-2016-4340",
    "SEC-376",
    "CVE-2025-55241",
    "CVE-2026-23990",
    "CVE-2026-41050",
    "CVE-2021-41254",
    "CVE-2025-14559",
    "CVE-2026-1609",
    "keycloak#21241",
    "CVE-2026-23478",
    "GHSA-7qjx-gp9h-65qj",
    "CVE-2026-9097",
    "CVE-2021-36776",
    "Kubernetes RBAC wildcards",
    // Session and revocation.
    "daikoku#1102",
    "CVE-2021-28680",
    "accounts-js#1096",
    "better-auth#2185",
    "ezauth#199",
    "better-auth#1465",
    "agenticos#943",
    "agenticos#1435",
    "GHSA-c978-wq47-pvvw",
    "CVE-2025-64517",
    "CVE-2013-1775",
    "CVE-2024-46999",
    "CVE-2024-47060",
    "CVE-2024-47000",
    "CVE-2025-64717",
    "CVE-2023-22650",
    "GHSA-c45c-39f6-6gw9",
    "CVE-2026-25700",
    "GHSA-x883-2vmg-xwf7",
    "CVE-2025-64708",
    "CVE-2026-27840",
    "CVE-2025-46815",
    "CVE-2020-25816",
    "laravel-impersonate#11",
    "laravel-impersonate#31",
    "laravel-impersonate#208",
    // Web.
    "spring-security#4183",
    "symfony#64879",
    "CVE-2019-18886",
    "CVE-2021-21424",
    "CVE-2024-41952",
    "CVE-2026-23511",
    "CVE-2026-20896",
    "CVE-2026-30851",
    "CVE-2026-33495",
    "CVE-2025-48865",
    "CVE-2025-64484",
    "CVE-2025-64101",
    "CVE-2026-33505",
    "CVE-2022-39328",
    "better-auth#10819",
    // Decision and data.
    "CVE-2026-33729",
    "CVE-2025-46331",
    "CVE-2026-34972",
    "CVE-2026-46668",
    "CVE-2026-33496",
    "CVE-2026-55170",
    "RUSTSEC-2024-0421",
    "Authelia, canonical user names",
    "CVE-2026-55689",
    "CVE-2025-64529",
    "CVE-2026-55670",
    "CVE-2026-33132",
    "CVE-2026-40264",
    "CVE-2026-42186",
    "RUSTSEC-2024-0363",
    "RUSTSEC-2026-0258",
    // Audit.
    "Apache ATR#957",
    "Nextcloud#131",
    "Zammad docs#1252",
    "agenticos#943, audit",
    "CVE-2024-1887",
    "CVE-2025-24866",
    "GHSA-qm33-p5p9-f8vg",
    "CVE-2022-36111",
    "CVE-2023-28486",
    "CVE-2024-8365",
    "GHSA-q8cj-789h-vg24",
];

/// What is wrong with the table, in words.
pub(crate) fn violations(table: &str, sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    let rows: Vec<(usize, Vec<&str>)> = table
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, cells(line)?)))
        .filter(|(_, cells)| !is_head(cells))
        .collect();
    for known in KNOWN {
        if !rows.iter().any(|(_, cells)| cells.first().is_some_and(|source| names(source, known))) {
            found.push(format!("{TABLE} has no row for {known}"));
        }
    }
    for (number, cells) in &rows {
        let source = cells.first().copied().unwrap_or_default();
        if !KNOWN.iter().any(|known| names(source, known)) {
            found.push(format!("{TABLE}:{number}: `{source}` is not in the list of advisories"));
        }
        let tests: Vec<&str> = cells.last().map(|cell| spans(cell).collect()).unwrap_or_default();
        if cells.len() != 5 || tests.is_empty() {
            found.push(format!("{TABLE}:{number}: a row has five cells, and a test in the last"));
        }
        let wrong = tests.into_iter().filter_map(|test| missing(test, sources));
        found.extend(wrong.map(|why| format!("{TABLE}:{number}: {why}")));
    }
    found
}

/// The cells of a row of a table, if the line is one.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

fn is_head(cells: &[&str]) -> bool {
    cells
        .first()
        .is_some_and(|first| *first == "source" || first.chars().all(|c| "-: ".contains(c)))
}

/// Whether the text names it, and not something longer that begins or ends so.
fn names(text: &str, what: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(what).any(|(start, _)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text.get(start + what.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// What stands between backticks.
fn spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Why the test is not there, if it is not.
fn missing(test: &str, sources: &[Source]) -> Option<String> {
    if let Some(command) = test.strip_prefix("cargo xtask ") {
        return (!COMMANDS.contains(&command)).then(|| format!("`{test}` proves nothing here"));
    }
    let Some((path, name)) = test.split_once("::") else {
        return Some(format!("`{test}` is no test; write `path::name`"));
    };
    let Some(source) = sources.iter().find(|source| source.path == path) else {
        return Some(format!("there is no file `{path}`"));
    };
    let is_there = if path.ends_with(".mjs") {
        [format!("test(\"{name}\","), format!("test(`{name}`,")]
            .iter()
            .any(|call| source.text.lines().any(|line| line.trim_start().starts_with(call)))
    } else if path.starts_with("crates/impersonation-testkit/src/contract/") {
        let suite = sources.iter().find(|source| source.path == SUITE);
        is_function(&source.text, name)
            && suite.is_some_and(|suite| {
                suite.text.lines().any(|line| line.trim() == format!("{name},"))
            })
    } else {
        is_test(&source.text, name)
    };
    (!is_there).then(|| format!("`{path}` has no test `{name}`"))
}

fn is_function(text: &str, name: &str) -> bool {
    text.lines().any(|line| declares(line, name))
}

fn declares(line: &str, name: &str) -> bool {
    line.split_once("fn ")
        .is_some_and(|(_, rest)| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
}

/// Whether there is such a function, with an attribute that makes it a test before it, or in the list
/// of those that run on both databases.
fn is_test(text: &str, name: &str) -> bool {
    let mut before = [""; 3];
    for line in text.lines() {
        if declares(line, name) && before.iter().any(|line| line.contains("test")) {
            return true;
        }
        before = [before[1], before[2], line];
    }
    is_function(text, name) && lists(text, "on_both! {", name)
}

/// Whether the name stands on a line of its own after this head.
fn lists(text: &str, head: &str, name: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| line.trim() != head);
    lines.any(|line| line.trim().strip_suffix(',') == Some(name))
}

#[cfg(test)]
mod test {
    use std::{fs, path::Path};

    use super::{KNOWN, SUITE, TABLE, violations};
    use crate::files::{Source, sources};

    const GOOD: &str = "`crates/a/tests/it/b.rs::d1_it_holds`";

    fn world() -> Vec<Source> {
        [
            ("crates/a/tests/it/b.rs", "#[test]\nfn d1_it_holds() {\n}\n\nfn helper() {}\n"),
            (
                "crates/a/tests/it/e.rs",
                "on_both! {\n    d3_it_holds,\n}\nasync fn d3_it_holds(o: Opened) {}\nfn other(o: Opened) {}\n",
            ),
            ("e2e/c.test.mjs", "test(\"w1: it holds\", async () => {\n"),
            (
                "crates/impersonation-testkit/src/contract/d.rs",
                "pub async fn d2_it_holds(store: &OpenStore) {}\npub async fn forgotten(store: &OpenStore) {}\n",
            ),
            (SUITE, "    d: run [\n        d2_it_holds,\n    ]\n"),
        ]
        .map(|(path, text)| Source { path: path.to_owned(), text: text.to_owned() })
        .into()
    }

    /// A table with a row for everything, of which the first has these tests.
    fn table(tests: &str) -> String {
        let mut table =
            "| source | what | here | invariant | tests |\n|---|---|---|---|---|\n".to_owned();
        for (place, known) in KNOWN.iter().enumerate() {
            let tests = if place == 0 { tests } else { GOOD };
            table += &format!("| {known} | a | b | D1 | {tests} |\n");
        }
        table
    }

    #[test]
    fn every_advisory_has_a_row_and_every_test_of_it_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = fs::read_to_string(root.join(TABLE)).unwrap();
        assert_eq!(violations(&text, &sources(root).unwrap()), Vec::<String>::new());
    }

    /// The first version of a crate that is mended.
    const MENDED: [(&str, [u64; 3]); 3] = [
        // RUSTSEC-2026-0258
        ("h2", [0, 4, 16]),
        // RUSTSEC-2024-0421
        ("idna", [1, 0, 0]),
        // RUSTSEC-2024-0363
        ("sqlx-core", [0, 8, 1]),
    ];

    /// The versions that a lock file has of a crate.
    fn locked(lock: &str, name: &str) -> Vec<[u64; 3]> {
        let head = format!("name = \"{name}\"");
        let mut lines = lock.lines();
        let mut found = Vec::new();
        while lines.any(|line| line == head) {
            let version = lines.next().unwrap().trim_start_matches("version = ").trim_matches('"');
            let numbers = version.split(['.', '-', '+']).take(3).map(|part| part.parse().unwrap());
            found.push(numbers.collect::<Vec<u64>>().try_into().unwrap());
        }
        found
    }

    #[test]
    fn l5_no_locked_crate_has_a_flaw_of_the_table() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
        for (name, mended) in MENDED {
            let versions = locked(&lock, name);
            assert!(!versions.is_empty(), "{name} is not used any more: take it out here");
            assert!(versions.iter().all(|version| *version >= mended), "{name}: {versions:?}");
        }
        let two = "name = \"h2\"\nversion = \"0.3.26\"\n\nname = \"h2\"\nversion = \"0.4.20\"\n";
        assert_eq!(locked(two, "h2"), [[0, 3, 26], [0, 4, 20]]);
    }

    #[test]
    fn what_exists_is_accepted() {
        for tests in [
            GOOD,
            "`e2e/c.test.mjs::w1: it holds`",
            "`crates/impersonation-testkit/src/contract/d.rs::d2_it_holds`",
            "`crates/a/tests/it/e.rs::d3_it_holds`",
            "`cargo xtask deny`",
            "`crates/a/tests/it/b.rs::d1_it_holds` and `cargo xtask arrows`",
        ] {
            assert_eq!(violations(&table(tests), &world()), Vec::<String>::new(), "{tests}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (tests, named) in [
            ("", "five cells"),
            ("none needed", "five cells"),
            ("`crates/a/tests/it/b.rs::d1_it_hold`", "has no test `d1_it_hold`"),
            ("`crates/a/tests/it/b.rs::d1_it_holds_not`", "has no test"),
            ("`crates/a/tests/it/b.rs::helper`", "has no test `helper`"),
            ("`crates/a/tests/it/gone.rs::d1_it_holds`", "no file `crates/a/tests/it/gone.rs`"),
            ("`e2e/c.test.mjs::w1: it hold`", "has no test"),
            (
                "`crates/impersonation-testkit/src/contract/d.rs::forgotten`",
                "has no test `forgotten`",
            ),
            ("`crates/a/tests/it/e.rs::other`", "has no test `other`"),
            ("`d1_it_holds`", "is no test"),
            ("`cargo xtask pray`", "proves nothing"),
        ] {
            let found = violations(&table(tests), &world());
            assert!(found.len() == 1 && found[0].contains(named), "{tests}: {found:?}");
        }
    }

    #[test]
    fn an_advisory_without_a_row_is_named_and_so_is_a_row_without_one() {
        for known in KNOWN {
            let without: String = table(GOOD)
                .lines()
                .filter(|line| !line.starts_with(&format!("| {known} |")))
                .map(|line| format!("{line}\n"))
                .collect();
            let found = violations(&without, &world());
            // `agenticos#943` has two rows, of which the longer name holds the shorter one.
            let expected = usize::from(known != "agenticos#943");
            assert_eq!(found.len(), expected, "{known}: {found:?}");
        }
        let more = table(GOOD) + &format!("| CVE-2099-1 | a | b | D1 | {GOOD} |\n");
        assert_eq!(violations(&more, &world()).len(), 1);
    }
}

//! The pages for people: the tour in README.md, run line by line, and what else can go stale.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use impersonation_server::settings::{KEYS, Settings};

use crate::process::{Server, folder};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"));
const OPERATIONS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md"));

/// Printed between the blocks, to tell their output apart.
const BETWEEN: &str = "--- the next block ---";

/// A block of the tour, and what it says will be printed.
#[derive(Debug, PartialEq)]
struct Block {
    script: String,
    output: Vec<String>,
}

/// The blocks marked `sh tour`, each with the `text` block right behind it.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines();
    let mut last_was_tour = false;
    while let Some(line) = lines.next() {
        let is_tour = line == "```sh tour";
        let is_output = line == "```text" && last_was_tour;
        if is_tour || is_output {
            let content: Vec<String> =
                lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
            if is_tour {
                blocks.push(Block { script: content.join("\n"), output: Vec::new() });
            } else {
                blocks.last_mut().unwrap().output = content;
            }
        }
        last_was_tour = is_tour;
    }
    blocks
}

/// Whether the output is as told; a line of `…` stands for any more lines.
fn is_as_told(printed: &[&str], told: &[String]) -> bool {
    match told.split_last() {
        Some((last, first)) if last == "…" => {
            printed.len() > first.len()
                && printed.iter().zip(first).all(|(one, other)| one == other)
        }
        _ => printed == told,
    }
}

#[test]
fn the_tour_in_the_readme_is_true() {
    let blocks = blocks(README);
    assert!(blocks.len() > 10, "the tour was not found");
    let folder = folder();
    let server = Server::start(folder.path(), &["--demo"]);
    let script: Vec<String> =
        blocks.iter().map(|block| format!("{}\necho; echo '{BETWEEN}'\n", block.script)).collect();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script.concat()])
        .env("BASE", &server.base)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (printed, complaints) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for (block, printed) in blocks.iter().zip(printed.split(&format!("{BETWEEN}\n"))) {
        let lines: Vec<&str> = printed.lines().filter(|line| !line.is_empty()).collect();
        assert!(
            is_as_told(&lines, &block.output),
            "{}\n\nprinted:\n{printed}{complaints}\nand should:\n{:#?}",
            block.script,
            block.output
        );
    }
    assert!(output.status.success(), "{printed}{complaints}");
    assert_eq!(complaints, "");
}

#[test]
fn a_tour_block_is_followed_by_what_it_prints() {
    let page = "```sh tour\na\nb\n```\n```text\nc\n```\n\n```text\nnot of the tour\n```\n```sh tour\nd\n```\n";
    let block = |script: &str, output: &[&str]| Block {
        script: script.into(),
        output: output.iter().map(|&s| s.into()).collect(),
    };
    assert_eq!(blocks(page), [block("a\nb", &["c"]), block("d", &[])]);
    let told = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
    assert!(is_as_told(&["a", "b"], &told(&["a", "…"])));
    assert!(!is_as_told(&["a"], &told(&["a", "…"])));
    assert!(!is_as_told(&["b", "b"], &told(&["a", "…"])));
    assert!(!is_as_told(&["a", "b"], &told(&["a"])));
}

#[test]
fn the_operators_page_has_every_setting_with_its_default() {
    let defaults = Settings::default().to_string();
    for key in KEYS {
        let row = OPERATIONS.lines().find(|line| line.starts_with(&format!("| `{}` |", key.name)));
        let row = row.unwrap_or_else(|| panic!("docs/operations.md says nothing of {}", key.name));
        assert!(row.contains(&format!("| `{}` |", key.variable())), "{row}");
        let default =
            defaults.lines().find_map(|line| line.strip_prefix(&format!("{} = ", key.name)));
        let told = default
            .map_or("not set".to_owned(), |default| format!("`{}`", default.trim_matches('"')));
        assert!(row.contains(&format!("| {told} |")), "the default is {told}: {row}");
    }
    let rows = OPERATIONS.lines().filter(|line| line.contains("| `IMP_")).count();
    assert_eq!(rows, KEYS.len(), "docs/operations.md has a setting that does not exist");
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    let docs = Path::new(ROOT).join("docs");
    let mut checked = 0;
    for (folder, page) in
        [(ROOT.as_ref(), "README.md"), (docs.as_path(), "operations.md"), (&docs, "embedding.md")]
    {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{page}: {link}");
                checked += 1;
            }
        }
    }
    assert!(checked > 5);
}

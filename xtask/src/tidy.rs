//! House rules that no linter knows.

use crate::files::Source;
use crate::planted;

/// From here on a file should be split soon.
const LONG: usize = 400;
/// From here on it must be.
const TOO_LONG: usize = 600;

/// Words that must not stand in a Rust file, and what to do instead. In two halves, so that this
/// file may name them.
const FORBIDDEN_IN_RUST: [((&str, &str), &str); 5] = [
    (("to", "do!"), "finish it, or leave it out"),
    (("unimple", "mented!"), "finish it, or leave it out"),
    (("#[ign", "ore"), "make the test run everywhere, or skip inside it and say why"),
    (("#[al", "low("), "use #[expect(lint, reason = \"…\")]"),
    (("#![al", "low("), "use #![expect(lint, reason = \"…\")]"),
];

/// Words that must not stand in any source file.
const FORBIDDEN: [(&str, &str); 2] = [("TO", "DO"), ("FIX", "ME")];

/// What breaks a rule, in words.
pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, text } in sources {
        let lines = text.lines().count();
        if lines > TOO_LONG && counts(path) {
            found.push(format!("{path} has {lines} lines; {TOO_LONG} are the most, so split it"));
        }
        if path.ends_with("/mod.rs") {
            found.push(format!("{path}: name a module after itself, not mod.rs"));
        }
        if is_second_test_binary(path) {
            found
                .push(format!("{path}: a crate has one integration-test binary, tests/it/main.rs"));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            found.push(format!("{path} ends without a line feed"));
        }
        for (index, line) in text.lines().enumerate() {
            let why = forbidden(path, line).chain(trailing_space(path, line));
            found.extend(why.map(|why| format!("{path}:{}: {why}", index + 1)));
        }
    }
    found.extend(planted::rules::violations(sources));
    found
}

/// Files that are allowed, but grow too long.
pub(crate) fn long_files(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(source, lines)| counts(&source.path) && (LONG + 1..=TOO_LONG).contains(lines))
        .map(|(source, lines)| format!("{} has {lines} lines", source.path))
        .collect()
}

/// Tests may be long: they are read one at a time.
fn counts(path: &str) -> bool {
    !path.contains("/tests/")
}

/// Every file directly in `tests`, and every `main.rs` in a folder other than `it`, is a binary.
fn is_second_test_binary(path: &str) -> bool {
    let Some((package, rest)) = path.split_once("/tests/") else {
        return false;
    };
    let is_package = package.matches('/').count() <= 1;
    let depth = rest.matches('/').count();
    is_package
        && rest.ends_with(".rs")
        && (depth == 0 || (depth == 1 && rest.ends_with("/main.rs") && rest != "it/main.rs"))
}

/// Why a line is forbidden, if it is.
fn forbidden<'a>(path: &'a str, line: &'a str) -> impl Iterator<Item = String> + 'a {
    let everywhere = FORBIDDEN
        .iter()
        .map(|(one, two)| format!("{one}{two}"))
        .filter(|word| words(line).any(|found| found == word))
        .map(|word| format!("`{word}`: do it now, or file an issue"));
    let in_rust = FORBIDDEN_IN_RUST
        .iter()
        .map(|((one, two), instead)| (format!("{one}{two}"), instead))
        .filter(move |(text, _)| path.ends_with(".rs") && line.contains(text.as_str()))
        .map(|(text, instead)| format!("`{text}`: {instead}"));
    everywhere.chain(in_rust)
}

/// rustfmt sees to Rust, where a string may end a line with a space.
fn trailing_space(path: &str, line: &str) -> Option<String> {
    let is_ours = !path.ends_with(".rs") && line.ends_with(char::is_whitespace);
    is_ours.then(|| "white space at the end of the line".to_owned())
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_')
}

#[cfg(test)]
mod test {
    use std::path::Path;

    use super::{long_files, violations};
    use crate::files::{Source, sources};

    fn source(path: &str, text: String) -> Source {
        Source { path: path.to_owned(), text }
    }

    #[test]
    fn our_sources_are_tidy() {
        let sources = sources(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
        assert!(sources.len() > 10, "the source files were not found");
        for warning in long_files(&sources) {
            println!("warning: {warning}");
        }
        assert_eq!(violations(&sources), Vec::<String>::new());
    }

    #[test]
    fn each_rule_catches_its_violation() {
        for (path, text) in [
            ("crates/a/src/long.rs", "//\n".repeat(601)),
            ("crates/a/src/b/mod.rs", String::new()),
            ("crates/a/tests/second.rs", String::new()),
            ("crates/a/tests/other/main.rs", String::new()),
            ("xtask/tests/second.rs", String::new()),
            ("crates/a/src/lib.rs", format!("{}()\n", concat!("to", "do!"))),
            ("crates/a/src/lib.rs", format!("{}()\n", concat!("unimple", "mented!"))),
            ("crates/a/src/lib.rs", concat!("#[ign", "ore = \"slow\"]\n").to_owned()),
            ("crates/a/src/lib.rs", concat!("#[al", "low(dead_code)]\n").to_owned()),
            ("crates/a/src/lib.rs", concat!("#![al", "low(dead_code)]\n").to_owned()),
            ("crates/a/src/lib.rs", concat!("// TO", "DO: later\n").to_owned()),
            ("crates/a/Cargo.toml", concat!("# FIX", "ME\n").to_owned()),
            ("e2e/a.test.mjs", "let a; \n".to_owned()),
            ("crates/a/assets/a.css", "a {}\n\t\n".to_owned()),
            ("crates/a/templates/a.html", "<p>".to_owned()),
            ("crates/a/src/lib.rs", "//".to_owned()),
        ] {
            assert_eq!(violations(&[source(path, text)]).len(), 1, "{path}");
        }
    }

    #[test]
    fn what_is_allowed_stays_allowed() {
        for (path, text) in [
            ("crates/a/src/lib.rs", "//\n".repeat(600)),
            ("crates/a/tests/it/long.rs", "//\n".repeat(900)),
            ("crates/a/tests/it/main.rs", String::new()),
            ("crates/a/tests/it/deep/main.rs", String::new()),
            ("crates/a/src/lib.rs", "#[expect(dead_code, reason = \"r\")]\n".to_owned()),
            ("crates/a/src/lib.rs", "let todos = TODOS;\n".to_owned()),
            ("crates/a/src/lib.rs", "let text = \"a \nb\";\n".to_owned()),
            ("e2e/a.test.mjs", "  let a;\n\n".to_owned()),
        ] {
            assert_eq!(violations(&[source(path, text)]), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn a_long_file_is_listed_before_it_is_too_long() {
        assert_eq!(long_files(&[source("crates/a/src/lib.rs", "//\n".repeat(400))]).len(), 0);
        assert_eq!(long_files(&[source("crates/a/src/lib.rs", "//\n".repeat(401))]).len(), 1);
        assert_eq!(long_files(&[source("crates/a/src/lib.rs", "//\n".repeat(601))]).len(), 0);
    }
}

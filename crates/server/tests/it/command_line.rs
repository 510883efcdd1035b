//! The commands that need no running server.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

use crate::process::{Server, folder, program, run, run_with_input, text};

fn succeed(output: &Output) -> String {
    let (printed, complaints) = text(output);
    assert!(output.status.success(), "{printed}{complaints}");
    printed
}

fn fail(output: &Output) -> String {
    let (printed, complaints) = text(output);
    assert_eq!(output.status.code(), Some(1), "{printed}{complaints}");
    assert!(
        complaints.starts_with("error: ") && !complaints.contains("stack backtrace"),
        "{complaints}"
    );
    complaints
}

fn create(folder: &Path, name: &str, plan: &str) -> Output {
    let email = format!("ada@{}.example", name.to_lowercase());
    let arguments =
        ["organizations", "create", "--name", name, "--plan", plan, "--admin-name", "Ada"];
    let arguments = [arguments.as_slice(), &["--admin-email", &email, "--password-stdin"]].concat();
    run_with_input(folder, &arguments, "impersonate-me\n")
}

fn list(folder: &Path) -> Vec<Value> {
    let printed = succeed(&run(folder, &["organizations", "list", "--output", "json"]));
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn every_help_has_an_example() {
    let folder = folder();
    for command in [
        "",
        "serve",
        "migrate",
        "openapi",
        "check-config",
        "organizations",
        "organizations create",
        "organizations set-plan",
        "audit",
        "audit verify",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = succeed(&run(folder.path(), &arguments));
        assert!(help.contains("Example"), "{command}: {help}");
        assert!(help.contains(&format!("impersonation-server {command}")), "{command}: {help}");
    }
}

#[test]
fn the_description_of_the_api_is_printed_without_a_store() {
    let folder = folder();
    let printed = succeed(&run(folder.path(), &["openapi"]));
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert!(document["paths"].as_object().unwrap().contains_key("/api/v1/grants"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn check_config_shows_what_is_in_effect_and_starts_nothing() {
    let folder = folder();
    let path = folder.path().join("imp.toml");
    fs::write(&path, "[shutdown]\ndrain_seconds = 7\n").unwrap();
    let output = program(folder.path())
        .args(["check-config", "--config", "imp.toml", "--listen", "127.0.0.1:9999"])
        .env("IMP_OPERATOR_TOKEN", "hunter2hunter2hunter2hunter2hunter2")
        .env("IMP_DATABASE__URL", "postgres://app:hunter2@db.example/imp")
        .output()
        .unwrap();
    let printed = succeed(&output);
    for line in [
        "listen = \"127.0.0.1:9999\"",
        "shutdown.drain_seconds = 7",
        "operator_token = \"redacted\"",
        "database.url = \"postgres://app:redacted@db.example/imp\"",
        "# public_url is not set",
    ] {
        assert!(printed.contains(line), "{line} is missing in:\n{printed}");
    }
    assert!(!printed.contains("hunter2"), "{printed}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is made");

    let open = run(folder.path(), &["check-config", "--listen", "0.0.0.0:8080"]);
    assert!(fail(&open).contains("set `public_url`"));
    let unknown =
        program(folder.path()).arg("check-config").env("IMP_LISTN", "x").output().unwrap();
    assert!(
        fail(&unknown).contains(
            "`IMP_LISTN` in the environment is not a setting; did you mean `IMP_LISTEN`?"
        )
    );
}

#[test]
fn organizations_are_made_listed_and_put_on_another_plan() {
    let folder = folder();
    let printed = succeed(&run(folder.path(), &["organizations", "list"]));
    assert!(printed.contains("There is no organization yet"), "{printed}");
    assert!(
        succeed(&create(folder.path(), "Acme", "enterprise"))
            .contains("ada@acme.example is its administrator")
    );
    succeed(&create(folder.path(), "Birch", "multi_user"));
    let listed = list(folder.path());
    let names: Vec<&str> = listed.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Acme", "Birch"]);

    let acme = listed[0]["id"].as_str().unwrap();
    let set = |plan| {
        run(folder.path(), &["organizations", "set-plan", "--organization", acme, "--plan", plan])
    };
    assert_eq!(succeed(&set("individual")), "Acme is on the plan individual.\n");
    assert_eq!(list(folder.path())[0]["plan"], "individual");
    assert_eq!(set("gold").status.code(), Some(2));
    let csv = succeed(&run(folder.path(), &["organizations", "list", "--output", "csv"]));
    assert!(csv.starts_with("id,name,plan,created_at\n") && csv.lines().count() == 3, "{csv}");

    let short = [
        "organizations",
        "create",
        "--name",
        "X",
        "--plan",
        "individual",
        "--admin-name",
        "A",
        "--admin-email",
        "a@x.example",
        "--password-stdin",
    ];
    assert!(fail(&run_with_input(folder.path(), &short, "short\n")).contains("12 to 256"));
    assert!(fail(&run(folder.path(), &short[..short.len() - 1])).contains("--password-stdin"));
    assert_eq!(list(folder.path()).len(), 2);
}

#[test]
fn e2_a_changed_event_is_found_with_its_position() {
    let folder = folder();
    succeed(&create(folder.path(), "Acme", "enterprise"));
    succeed(&create(folder.path(), "Birch", "multi_user"));
    let verify = |arguments: &[&str]| {
        run(folder.path(), &[["audit", "verify"].as_slice(), arguments].concat())
    };
    let printed = succeed(&verify(&[]));
    assert_eq!(printed.lines().filter(|line| line.starts_with("valid ")).count(), 2, "{printed}");

    // Somebody who can write to the file gives an event another name, of the same length.
    let file = folder.path().join("data/impersonation.sqlite");
    let content = fs::read(&file).unwrap();
    let changed = replace(content, b"\"name\":\"Birch\"", b"\"name\":\"Larch\"");
    fs::write(&file, changed).unwrap();
    let output = verify(&[]);
    let (printed, complaints) = text(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}{complaints}");
    assert!(printed.contains("Acme: ") && printed.contains("BROKEN "), "{printed}");
    assert!(
        printed.contains("event 1 has been altered; the 0 events before it are in order"),
        "{printed}"
    );

    let listed = list(folder.path());
    let only =
        |index: usize| verify(&["--organization", listed[index]["id"].as_str().unwrap()]).status;
    assert_eq!((only(0).code(), only(1).code()), (Some(0), Some(1)));
    let nobody = verify(&["--organization", "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e"]);
    assert!(fail(&nobody).contains("there is no organization"));
}

fn replace(mut content: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let found: Vec<usize> = content
        .windows(from.len())
        .enumerate()
        .filter(|(_, part)| *part == from)
        .map(|(at, _)| at)
        .collect();
    assert!(!found.is_empty(), "there is nothing to change");
    for at in found {
        content[at..at + to.len()].copy_from_slice(to);
    }
    content
}

#[test]
fn migrations_can_be_run_again() {
    let folder = folder();
    for _ in 0..2 {
        let printed =
            succeed(&run(folder.path(), &["migrate", "--database", "sqlite:here/store.sqlite"]));
        assert_eq!(printed, "sqlite:here/store.sqlite is at this version.\n");
    }
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    succeed(&create(folder.path(), "Acme", "enterprise"));
    assert!(!folder.path().join("data/files").exists(), "commands need no files");
    drop(Server::start(folder.path(), &[]));
    let mode =
        |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data"), mode("data/files")), (0o700, 0o700));
    assert_eq!(mode("data/impersonation.sqlite"), 0o600);
}

#[test]
fn a_store_that_cannot_be_used_is_told_in_a_sentence() {
    let folder = folder();
    fs::write(folder.path().join("file"), "this is no database ".repeat(100)).unwrap();
    for (url, told) in [
        ("sqlite:file/store.sqlite", "cannot use the database `sqlite:file/store.sqlite`"),
        ("sqlite:file", "cannot use the database `sqlite:file`"),
        (
            "postgres://app:hunter2@127.0.0.1:1/imp",
            "cannot connect to 127.0.0.1, port 1: Connection refused",
        ),
        ("mysql://app:hunter2@127.0.0.1/imp", "must begin with `sqlite:` or `postgres://`"),
        ("postgres://app:hunter2@/", "database.url"),
    ] {
        let complaints = fail(&run(folder.path(), &["migrate", "--database", url]));
        assert!(complaints.contains(told), "{url}: {complaints}");
        assert!(!complaints.contains("hunter2"), "{complaints}");
    }
}

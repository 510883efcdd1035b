//! `serve --demo`.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    client::{Client, text as field},
    process::{Server, folder, program, run, text},
};

fn emails(people: &Value) -> Vec<String> {
    people["items"].as_array().unwrap().iter().map(|one| field(one, "/email")).collect()
}

async fn channels(admin: &Client) -> Vec<(String, Vec<String>)> {
    let listed = admin.get("/api/v1/channels").await.expect(200);
    let mut channels = Vec::new();
    for channel in listed["items"].as_array().unwrap() {
        let members = admin
            .get(&format!("/api/v1/channels/{}/members", field(channel, "/id")))
            .await
            .expect(200);
        channels.push((field(channel, "/name"), emails(&members)));
    }
    channels
}

#[tokio::test]
async fn the_demo_has_exactly_the_people_that_it_promises() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--demo"]);
    let client = Client::new(&server.base);
    let ada = client.sign_in("ada@acme.example").await;
    let acme = ["ada", "ben", "cleo", "dina", "eli"].map(|name| format!("{name}@acme.example"));
    let people = ada.get("/api/v1/users").await.expect(200);
    assert_eq!(emails(&people), acme);
    let roles: Vec<String> =
        people["items"].as_array().unwrap().iter().map(|one| field(one, "/role/name")).collect();
    assert_eq!(roles, ["Admin", "Member", "Member", "Support lead", "Member"]);
    let [ada_email, ben, cleo, _, _] = acme.clone();
    let expected =
        [("board", vec![ada_email]), ("deals", vec![ben, cleo]), ("general", acme.to_vec())]
            .map(|(name, members)| (name.to_owned(), members));
    assert_eq!(channels(&ada).await, expected);

    let grants = ada.get("/api/v1/grants?sort=created_at").await.expect(200);
    let grants: Vec<Value> = grants["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| json!([grant["grantee"]["name"], grant["grantor"]["name"], grant["access"]]))
        .collect();
    assert_eq!(
        grants,
        [json!(["Ben", "Cleo", ["login", "send"]]), json!(["Eli", "Ben", ["send"]])]
    );
    let dina = client.sign_in("dina@acme.example").await;
    assert_eq!(
        dina.get("/api/v1/me").await.expect(200)["permissions"],
        json!(["manage_user_impersonation"])
    );

    let olga = client.sign_in("olga@birch.example").await;
    let birch = ["olga", "pete", "quin"].map(|name| format!("{name}@birch.example"));
    assert_eq!(emails(&olga.get("/api/v1/users").await.expect(200)), birch);
    assert_eq!(channels(&olga).await, [("general".to_owned(), birch.to_vec())]);
    let organization = olga.get("/api/v1/organization").await.expect(200);
    assert_eq!(
        (field(&organization, "/name"), field(&organization, "/plan")),
        ("Birch".into(), "multi_user".into())
    );

    let sam = client.sign_in("sam@solo.example").await;
    assert_eq!(emails(&sam.get("/api/v1/users").await.expect(200)), ["sam@solo.example"]);
    assert_eq!(field(&sam.get("/api/v1/organization").await.expect(200), "/plan"), "individual");
    sam.get("/api/v1/grants").await.refused(403, "plan_excludes_impersonation");

    // Whoever seeded the store has signed out, and the chain is whole.
    for admin in [&ada, &olga, &sam] {
        assert_eq!(admin.get("/api/v1/audit-events/verify").await.expect(200)["valid"], true);
    }
    client.sign_in("eli@acme.example").await;
    client.sign_in("pete@birch.example").await;
}

#[test]
fn the_demo_leaves_nothing_behind() {
    let (folder, temporary) = (folder(), folder());
    let mut command = program(folder.path());
    command.env("TMPDIR", temporary.path());
    let mut server = Server::start_with(command, &["--demo"]);
    server.wait_for("impersonate-me");
    let line = server.printed.lines().find(|line| line.starts_with("  database ")).unwrap();
    let store = line.split_whitespace().last().unwrap().trim_start_matches("sqlite:").to_owned();
    assert!(
        Path::new(&store).starts_with(temporary.path()) && Path::new(&store).exists(),
        "{store}"
    );
    server.signal("INT");
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_demo_never_touches_a_store_that_somebody_named() {
    let folder = folder();
    let flag = run(folder.path(), &["serve", "--demo", "--database", "sqlite:real.sqlite"]);
    let variable = program(folder.path())
        .args(["serve", "--demo"])
        .env("IMP_FILES__URL", "./real")
        .output()
        .unwrap();
    for output in [flag, variable] {
        let (_, complaints) = text(&output);
        assert_eq!(output.status.code(), Some(1), "{complaints}");
        assert!(complaints.contains("the demo has a throw-away store of its own"), "{complaints}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

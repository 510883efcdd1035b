//! Who is there: an administrator, and one user for each client.

use std::path::Path;

use impersonation_testkit::splitmix::SplitMix;
use serde_json::json;

use super::work::Client as Worker;
use crate::{
    client::{Client, text},
    process::{Server, program},
};

/// How many clients work at the same time.
pub(crate) const CLIENTS: usize = 6;

/// How many pairs each of them has.
const PAIRS: usize = 3;

const PASSWORD: &str = "impersonate-me";

/// Starts a server that does not mind many sign-ins, and logs what goes wrong.
pub(crate) fn start(folder: &Path, database: Option<&str>) -> Server {
    let mut program = program(folder);
    program.env("IMP_SIGN_IN__ATTEMPTS_PER_MINUTE", "100000");
    program.env("IMP_SIGN_IN__ATTEMPTS_AT_ONCE", "100000");
    program.env("IMP_LOG__FILTER", "warn");
    let arguments: Vec<&str> = database.iter().flat_map(|url| ["--database", *url]).collect();
    Server::start_with(program, &arguments)
}

/// Sets up an organization on an empty store.
pub(crate) async fn set_up(server: &mut Server, seed: u64) -> Vec<Worker> {
    let link = server.wait_for("/set-up/").trim().to_owned();
    let path = format!("/api/v1{}", link.strip_prefix(&server.base).unwrap());
    let client = Client::new(&server.base);
    let organization = json!({
        "organization_name": "Acme", "plan": "enterprise",
        "admin_name": "Ada", "admin_email": "ada@acme.example", "admin_password": PASSWORD,
    });
    client.post(&path, &organization).await.expect(201);
    let ada = client.sign_in("ada@acme.example").await;
    let general = ada.post("/api/v1/channels", &json!({"name": "general"})).await.expect(201);
    let channel = text(&general, "/id");
    let mut people = Vec::new();
    for number in 0..CLIENTS {
        let email = format!("user{number}@acme.example");
        let body = json!({"name": format!("User {number}"), "email": email, "password": PASSWORD});
        let id = text(&ada.post("/api/v1/users", &body).await.expect(201), "/id");
        ada.put(&format!("/api/v1/channels/{channel}/members/{id}")).await.expect(204);
        people.push((id, email));
    }
    let mut clients = Vec::new();
    for (number, (id, email)) in people.iter().enumerate() {
        let own = client.sign_in(email).await;
        let grantors = (1..=PAIRS).map(|step| people[(number + step) % CLIENTS].clone()).collect();
        clients.push(Worker {
            number,
            id: id.clone(),
            email: email.clone(),
            token: own.token().to_owned(),
            administrator: ada.token().to_owned(),
            channel: channel.clone(),
            grantors,
            grants: vec![None; PAIRS],
            sessions: Vec::new(),
            tokens: Default::default(),
            numbers: SplitMix::new(seed.wrapping_mul(31).wrapping_add(number as u64)),
        });
    }
    clients
}

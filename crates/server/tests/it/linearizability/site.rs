//! An organization, the servers that serve it, and the lines to them.

use std::{fs, path::Path, time::Duration};

use impersonation_domain::ids::UserId;
use impersonation_testkit::history::Dice;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::{
    client::{Client, text},
    process::{Server, folder, program},
    proxy::Proxy,
};

/// How long a client waits for an answer before it gives up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Everything that a history needs.
pub(super) struct Site {
    folder: TempDir,
    database: Option<String>,
    servers: Vec<Option<Server>>,
    lines: Vec<Proxy>,
    /// Which servers are up.
    up: watch::Sender<Vec<bool>>,
    ada: Client,
    /// Who receives access.
    actors: Vec<Actor>,
    channel: String,
    people: usize,
}

/// Somebody who acts.
#[derive(Clone)]
pub(super) struct Actor {
    id: UserId,
    email: String,
    token: String,
}

/// One user who may act on the account of one other.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) actor: UserId,
    pub(super) subject: UserId,
    pub(super) actor_email: String,
    pub(super) subject_email: String,
    /// The actor's token.
    pub(super) token: String,
    /// The channel that both are in.
    pub(super) channel: String,
}

impl Site {
    /// That many servers on one database; none where there is no PostgreSQL for more than one.
    pub(super) async fn open(database: Option<String>, servers: usize) -> Self {
        let folder = folder();
        let settings = "[sign_in]\nattempts_per_minute = 10000\nattempts_at_once = 10000\n";
        fs::write(folder.path().join("imp.toml"), settings).unwrap();
        let mut first = start(folder.path(), database.as_deref()).await;
        let link = first.wait_for("/set-up/").trim().to_owned();
        let client = Client::new(&first.base);
        let path = format!("/api/v1{}", link.strip_prefix(&first.base).unwrap());
        let admin = json!({
            "organization_name": "Acme", "plan": "enterprise",
            "admin_name": "Ada", "admin_email": "ada@acme.example",
            "admin_password": "impersonate-me",
        });
        client.post(&path, &admin).await.expect(201);
        let ada = client.sign_in("ada@acme.example").await;
        let channel = ada.post("/api/v1/channels", &json!({"name": "deals"})).await.expect(201);

        let mut all = vec![Some(first)];
        for _ in 1..servers {
            all.push(Some(start(folder.path(), database.as_deref()).await));
        }
        let mut lines = Vec::new();
        for server in all.iter().flatten() {
            lines.push(Proxy::to(address(server)).await);
        }
        let mut site = Self {
            folder,
            database,
            up: watch::Sender::new(vec![true; servers]),
            servers: all,
            lines,
            ada,
            actors: Vec::new(),
            channel: text(&channel, "/id"),
            people: 0,
        };
        for name in ["ben", "bob"] {
            let email = format!("{name}@acme.example");
            let id = site.person(&email, Some("impersonate-me")).await;
            let token = client.sign_in(&email).await.token().to_owned();
            site.actors.push(Actor { id, email, token });
        }
        site
    }

    /// Somebody new, who is in the channel.
    async fn person(&mut self, email: &str, password: Option<&str>) -> UserId {
        self.people += 1;
        let body =
            json!({"name": format!("No. {}", self.people), "email": email, "password": password});
        let id = text(&self.ada.post("/api/v1/users", &body).await.expect(201), "/id");
        let member = format!("/api/v1/channels/{}/members/{id}", self.channel);
        self.ada.put(&member).await.expect(204);
        id.parse().unwrap()
    }

    /// Pairs that never had a grant.
    pub(super) async fn pairs(&mut self, count: usize) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for index in 0..count {
            let subject_email = format!("subject-{}@acme.example", self.people);
            let subject = self.person(&subject_email, None).await;
            let actor = self.actors[index % self.actors.len()].clone();
            pairs.push(Pair {
                actor: actor.id,
                subject,
                actor_email: actor.email,
                subject_email,
                token: actor.token,
                channel: self.channel.clone(),
            });
        }
        pairs
    }

    /// Ways to the servers through the lines, with connections of their own.
    pub(super) fn ways(&self) -> Ways {
        let to = |line: &Proxy| Client::new(&format!("http://{}", line.address)).anew(PATIENCE);
        Ways {
            to: self.lines.iter().map(to).collect(),
            administrator: self.ada.token().to_owned(),
            up: self.up.subscribe(),
        }
    }

    /// The administrator, past the lines.
    pub(super) fn ada(&self) -> &Client {
        &self.ada
    }

    /// From now on the lines are bad.
    pub(super) fn wear_out(&self, dice: &mut Dice) {
        for line in &self.lines {
            line.wear_out(Dice::new(dice.roll()));
        }
    }

    /// From now on they are good.
    pub(super) fn mend(&self) {
        self.lines.iter().for_each(Proxy::mend);
    }

    /// How many faults the lines have had.
    pub(super) fn faults(&self) -> u64 {
        self.lines.iter().map(Proxy::happened).sum()
    }

    /// Kills a server in the middle of what it does, and starts it again on the same database.
    pub(super) async fn kill_and_restart(&mut self, index: usize) {
        self.up.send_modify(|up| up[index] = false);
        self.servers[index].take().unwrap().kill();
        let server = start(self.folder.path(), self.database.as_deref()).await;
        self.lines[index].move_to(address(&server));
        self.ada = self.ada.at(&server.base);
        self.servers[index] = Some(server);
        self.up.send_modify(|up| up[index] = true);
    }

    /// How many servers there are.
    pub(super) fn count(&self) -> usize {
        self.servers.len()
    }
}

async fn start(folder: &Path, database: Option<&str>) -> Server {
    let mut program = program(folder);
    if let Some(url) = database {
        program.env("IMP_DATABASE__URL", url);
    }
    tokio::task::spawn_blocking(|| Server::start_with(program, &["--config", "imp.toml"]))
        .await
        .unwrap()
}

fn address(server: &Server) -> std::net::SocketAddr {
    server.base.trim_start_matches("http://").parse().unwrap()
}

/// How a client reaches the servers.
#[derive(Clone)]
pub(super) struct Ways {
    to: Vec<Client>,
    administrator: String,
    up: watch::Receiver<Vec<bool>>,
}

impl Ways {
    /// One of the servers, asked with this token; the administrator's if there is none.
    pub(super) fn any(&self, dice: &mut Dice, token: Option<&str>) -> Client {
        let index = usize::try_from(dice.below(self.to.len() as u64)).unwrap();
        self.to[index].with(token.unwrap_or(&self.administrator))
    }

    /// Waits until every server is up.
    pub(super) async fn all_up(&mut self) {
        self.up.wait_for(|up| up.iter().all(|up| *up)).await.unwrap();
    }
}

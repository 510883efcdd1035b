//! An office that never rests: one change after the other, each of which is told in the words of
//! `impersonation_testkit::recovery::words`.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, text},
    process::Server,
};

const PEOPLE: [&str; 4] = ["ben", "cleo", "dina", "eli"];

/// Ada, who administers, and the people.
pub(super) struct Office {
    /// Whom nobody has signed in.
    pub(super) visitor: Client,
    pub(super) ada: Client,
    people: Vec<(String, Client)>,
    channel: String,
    /// How many changes were made.
    number: usize,
    /// The grants, with version, grantee and grantor; the last is the one in use.
    grants: VecDeque<Grant>,
    /// The login session, and its client.
    session: Option<(String, Client)>,
}

struct Grant {
    id: String,
    version: u64,
    grantee: usize,
    grantor: usize,
}

/// The changes of a round.
const ROUND: usize = 8;

impl Office {
    /// Sets up an empty server.
    pub(super) async fn open(server: &mut Server) -> Self {
        let link = server.wait_for("/set-up/").trim().to_owned();
        let path = format!("/api/v1{}", link.strip_prefix(&server.base).unwrap());
        let visitor = Client::new(&server.base);
        let admin = json!({
            "organization_name": "Acme", "plan": "enterprise", "admin_name": "Ada",
            "admin_email": "ada@acme.example", "admin_password": "impersonate-me",
        });
        visitor.post(&path, &admin).await.expect(201);
        let ada = visitor.sign_in("ada@acme.example").await;
        let channel = ada.post("/api/v1/channels", &json!({"name": "general"})).await.expect(201);
        let channel = text(&channel, "/id");
        let mut people = Vec::new();
        for name in PEOPLE {
            let email = format!("{name}@acme.example");
            let body = json!({"name": name, "email": email, "password": "impersonate-me"});
            let id = text(&ada.post("/api/v1/users", &body).await.expect(201), "/id");
            ada.put(&format!("/api/v1/channels/{channel}/members/{id}")).await.expect(204);
            people.push((id, visitor.sign_in(&email).await));
        }
        let (grants, session) = (VecDeque::new(), None);
        Self { visitor, ada, people, channel, number: 0, grants, session }
    }

    /// The server has another address now.
    pub(super) fn move_to(&mut self, base: &str) {
        self.visitor = self.visitor.at(base);
        self.ada = self.ada.at(base);
        for (_, client) in &mut self.people {
            *client = client.at(base);
        }
        if let Some((_, client)) = &mut self.session {
            *client = client.at(base);
        }
    }

    /// Makes the next change. Where it is refused it is still the next one.
    pub(super) async fn change(&mut self) -> Result<Vec<String>, Box<Answer>> {
        let round = self.number / ROUND;
        let changes = match self.number % ROUND {
            0 => self.grant(round).await,
            1 => self.edit(round).await,
            2 => self.log_in().await,
            3 => self.say_inside().await,
            4 => self.send_as().await,
            5 if round.is_multiple_of(3) => self.narrow().await,
            5 if round % 3 == 1 => self.delete(self.grants.len() - 1).await,
            5 => self.stop().await,
            6 => self.say(round).await,
            _ if self.grants.len() > 4 => self.delete(0).await,
            _ => self.say(round).await,
        }?;
        self.number += 1;
        Ok(changes)
    }

    /// The grant in use and the client of who receives it.
    fn in_use(&self) -> (&Grant, &Client) {
        let grant = self.grants.back().unwrap();
        (grant, &self.people[grant.grantee].1)
    }

    async fn grant(&mut self, round: usize) -> Result<Vec<String>, Box<Answer>> {
        let grantee = round % 4;
        let grantor = (grantee + 1 + (round / 4) % 3) % 4;
        let body = json!({
            "grantee_email": format!("{}@acme.example", PEOPLE[grantee]),
            "grantor_email": format!("{}@acme.example", PEOPLE[grantor]),
            "access": ["login", "send"],
        });
        let made = ok(self.ada.post("/api/v1/grants", &body).await, 201)?;
        let id = text(&made, "/id");
        let told = format!("grant.create {id} 1");
        self.grants.push_back(Grant { id, version: 1, grantee, grantor });
        Ok(vec![told])
    }

    async fn change_grant(&mut self, body: &Value) -> Result<String, Box<Answer>> {
        let grant = self.grants.back_mut().unwrap();
        let path = format!("/api/v1/grants/{}", grant.id);
        let version = format!("\"{}\"", grant.version);
        ok(self.ada.patch(&path, &version, body).await, 200)?;
        grant.version += 1;
        Ok(format!("grant.edit {} {}", grant.id, grant.version))
    }

    async fn edit(&mut self, round: usize) -> Result<Vec<String>, Box<Answer>> {
        let body = json!({"reason": format!("because of round {round}")});
        Ok(vec![self.change_grant(&body).await?])
    }

    async fn log_in(&mut self) -> Result<Vec<String>, Box<Answer>> {
        let (grant, actor) = self.in_use();
        let body = json!({"subject_id": self.people[grant.grantor].0});
        let started = ok(actor.post("/api/v1/login-sessions", &body).await, 201)?;
        let id = text(&started, "/id");
        let told = format!("login_session.start {id}");
        self.session = Some((id, actor.with(&text(&started, "/token"))));
        Ok(vec![told])
    }

    async fn message(&self, client: &Client, body: &Value) -> Result<Vec<String>, Box<Answer>> {
        let path = format!("/api/v1/channels/{}/messages", self.channel);
        let sent = ok(client.post(&path, body).await, 201)?;
        Ok(vec![format!("message.send {}", text(&sent, "/id"))])
    }

    async fn say_inside(&self) -> Result<Vec<String>, Box<Answer>> {
        let (_, client) = self.session.as_ref().unwrap();
        self.message(client, &json!({"body": "from inside"})).await
    }

    async fn send_as(&self) -> Result<Vec<String>, Box<Answer>> {
        let (grant, actor) = self.in_use();
        let subject = &self.people[grant.grantor].0;
        self.message(actor, &json!({"body": "in your name", "send_as": subject})).await
    }

    /// A long text, so that the log grows and is begun anew.
    async fn say(&self, round: usize) -> Result<Vec<String>, Box<Answer>> {
        let (_, client) = &self.people[round % 4];
        self.message(client, &json!({"body": "a long story. ".repeat(250)})).await
    }

    /// The session that the change just told of has ended, too.
    fn and_the_session(&mut self, told: String) -> Vec<String> {
        let session = self.session.take().map(|(id, _)| format!("login_session.end {id}"));
        [told].into_iter().chain(session).collect()
    }

    async fn narrow(&mut self) -> Result<Vec<String>, Box<Answer>> {
        let told = self.change_grant(&json!({"access": ["send"]})).await?;
        Ok(self.and_the_session(told))
    }

    async fn delete(&mut self, index: usize) -> Result<Vec<String>, Box<Answer>> {
        let is_in_use = index + 1 == self.grants.len();
        let grant = &self.grants[index];
        let (path, version) = (format!("/api/v1/grants/{}", grant.id), grant.version);
        ok(self.ada.delete(&path, &format!("\"{version}\"")).await, 204)?;
        let told = format!("grant.delete {} {version}", grant.id);
        self.grants.remove(index);
        Ok(if is_in_use { self.and_the_session(told) } else { vec![told] })
    }

    async fn stop(&mut self) -> Result<Vec<String>, Box<Answer>> {
        let (id, client) = self.session.as_ref().unwrap();
        let path = "/api/v1/login-sessions/current";
        ok(client.delete(path, "\"1\"").await, 204)?;
        let told = format!("login_session.end {id}");
        self.session = None;
        Ok(vec![told])
    }
}

/// What was answered, if it is this status.
fn ok(answer: Answer, status: u16) -> Result<Value, Box<Answer>> {
    if answer.status.as_u16() == status { Ok(answer.body) } else { Err(Box::new(answer)) }
}

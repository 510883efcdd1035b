//! Two organizations with people, channels and grants, made through the API itself.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Ask, OPERATOR, Server, get, post, put};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "impersonate-me";

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
}

/// Acme (Enterprise) with Ada (Admin), Ben, Cleo and Eli (Members) and Dina (who may manage
/// impersonation), and Birch (MultiUser) with Olga (Admin) and Pete.
pub(crate) struct World {
    server: Server,
    pub(crate) acme: String,
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    pub(crate) cleo: Person,
    pub(crate) eli: Person,
    pub(crate) dina: Person,
    pub(crate) olga: Person,
    pub(crate) pete: Person,
    /// Everybody of Acme.
    pub(crate) general: String,
    /// Ben and Cleo.
    pub(crate) deals: String,
    /// Ada alone.
    pub(crate) board: String,
    /// Dina's role.
    pub(crate) support_lead: String,
}

impl Deref for World {
    type Target = Server;
    fn deref(&self) -> &Server {
        &self.server
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Server::new()).await
    }

    /// The world on this server.
    pub(crate) async fn on(server: Server) -> Self {
        let (acme, ada) = organization(&server, "Acme", "enterprise", "ada@acme.example").await;
        let (_, olga) = organization(&server, "Birch", "multi_user", "olga@birch.example").await;
        let role = json!({"name": "Support lead", "permissions": ["manage_user_impersonation"]});
        let role = server.ask(post("/api/v1/roles", &role).by(&ada.token)).await.expect(201);
        let support_lead = role.text("id").to_owned();
        let ben = user(&server, &ada, "ben@acme.example", None).await;
        let cleo = user(&server, &ada, "cleo@acme.example", None).await;
        let eli = user(&server, &ada, "eli@acme.example", None).await;
        let dina = user(&server, &ada, "dina@acme.example", Some(&support_lead)).await;
        let pete = user(&server, &olga, "pete@birch.example", None).await;
        let general = channel(&server, &ada, "general", &[&ben, &cleo, &eli, &dina]).await;
        let deals = channel(&server, &ada, "deals", &[&ben, &cleo]).await;
        let leave = format!("/api/v1/channels/{deals}/members/{}", ada.id);
        server.ask(super::delete(leave).by(&ada.token)).await.expect(204);
        let board = channel(&server, &ada, "board", &[]).await;
        Self {
            server,
            acme,
            ada,
            ben,
            cleo,
            eli,
            dina,
            olga,
            pete,
            general,
            deals,
            board,
            support_lead,
        }
    }

    /// Gives access, and answers the grant.
    pub(crate) async fn grant(&self, grantor: &Person, grantee: &Person, access: &[&str]) -> Value {
        let body = json!({"grantor_email": grantor.email, "grantee_email": grantee.email, "access": access});
        self.ask(post("/api/v1/grants", &body).by(&self.ada.token)).await.expect(201).body
    }

    /// Logs in as somebody else, and answers the token and identifier of the session.
    pub(crate) async fn log_in(&self, actor: &Person, subject: &Person) -> (String, String) {
        let body = json!({"subject_id": subject.id});
        let started =
            self.ask(post("/api/v1/login-sessions", &body).by(&actor.token)).await.expect(201);
        (started.text("token").to_owned(), started.text("id").to_owned())
    }

    /// Everything that can be changed, as the administrators of both organizations see it.
    pub(crate) async fn everything(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for admin in [&self.ada, &self.olga] {
            for path in
                ["grants", "users", "roles", "channels", "tokens", "organization", "login-sessions"]
            {
                let answer = self.ask(get(format!("/api/v1/{path}")).by(&admin.token)).await;
                all.push(answer.expect(200).body);
            }
        }
        for channel in [&self.general, &self.deals, &self.board] {
            all.push(
                self.ask(get(format!("/api/v1/channels/{channel}/members")).by(&self.ada.token))
                    .await
                    .body,
            );
        }
        let messages = format!("/api/v1/channels/{}/messages", self.general);
        all.push(self.ask(get(messages).by(&self.ada.token)).await.body);
        all
    }

    /// The request as Ada sends it.
    pub(crate) async fn as_ada(&self, ask: Ask) -> super::Answer {
        self.ask(ask.by(&self.ada.token)).await
    }
}

async fn organization(server: &Server, name: &str, plan: &str, email: &str) -> (String, Person) {
    let admin = json!({"name": name_of(email), "email": email, "password": PASSWORD});
    let body = json!({"name": name, "plan": plan, "admin": admin});
    let made =
        server.ask(post("/api/v1/operator/organizations", &body).by(OPERATOR)).await.expect(201);
    (made.text("id").to_owned(), sign_in(server, email).await)
}

async fn user(server: &Server, admin: &Person, email: &str, role: Option<&str>) -> Person {
    let body =
        json!({"name": name_of(email), "email": email, "password": PASSWORD, "role_id": role});
    server.ask(post("/api/v1/users", &body).by(&admin.token)).await.expect(201);
    sign_in(server, email).await
}

async fn channel(server: &Server, admin: &Person, name: &str, members: &[&Person]) -> String {
    let made = server
        .ask(post("/api/v1/channels", &json!({"name": name})).by(&admin.token))
        .await
        .expect(201);
    let id = made.text("id").to_owned();
    for member in members {
        let path = format!("/api/v1/channels/{id}/members/{}", member.id);
        server.ask(put(path).by(&admin.token)).await.expect(204);
    }
    id
}

fn name_of(email: &str) -> String {
    let (first, rest) = email.split('@').next().unwrap().split_at(1);
    first.to_uppercase() + rest
}

async fn sign_in(server: &Server, email: &str) -> Person {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = server.ask(post("/api/v1/sign-in", &body)).await.expect(200);
    let id = answer.body["user"]["id"].as_str().unwrap().to_owned();
    Person { id, email: email.to_owned(), token: answer.text("token").to_owned() }
}

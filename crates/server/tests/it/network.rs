//! P5: the network fails in the middle of what is done, between a client and the server or between
//! the server and PostgreSQL. Whoever gets no answer, or 503, does not know; the same idempotency
//! key tells; and nothing is ever half done.

use std::{fs, net::SocketAddr, time::Duration};

use impersonation_testkit::{
    figures::{Figures, size},
    history::Dice,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::lookup_host;
use url::Url;

use crate::{
    client::{Answer, Client, text},
    postgres,
    process::{Server, folder, program},
    proxy::{Direction, Fault, Proxy, wait},
};

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a line that is clogged stays so.
const CLOGGED: Duration = Duration::from_millis(1500);
/// How often a client asks again, half a second apart, before the server counts as broken.
const TRIES: usize = 60;

/// What is done while the network fails.
#[derive(Debug, Clone, Copy)]
enum Act {
    Grant,
    Send,
    LogIn,
}

impl Act {
    /// The action of its event in the audit log.
    fn action(self) -> &'static str {
        match self {
            Self::Grant => "grant.create",
            Self::Send => "message.send",
            Self::LogIn => "login_session.start",
        }
    }
}

struct Scene {
    /// Who acts, past every line that fails.
    ada: Client,
    /// The same by the way that is tried.
    way: Client,
    /// The line that fails.
    line: Proxy,
    channel: String,
    people: u64,
    _server: Server,
}

/// One act, ready to be asked for.
struct Ready {
    act: Act,
    subject: String,
    path: String,
    body: Value,
    key: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p5_a_repeated_key_tells_the_truth_when_the_line_to_the_server_fails() {
    let folder = folder();
    let server = start(folder.path(), None).await;
    let line = Proxy::to(address_of(&server.base).await).await;
    let way = format!("http://{}", line.address);
    let scene = Scene::open(server, line, Some(&way)).await;
    let figures = scene.play("network faults before the server").await;
    for (outcome, least) in [("done all the same", 1), ("not done", 1)] {
        let enough = count_of(&figures, outcome) >= least;
        assert!(enough || count_of(&figures, "faults") < 8, "{figures}");
    }
    figures.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p5_a_repeated_key_tells_the_truth_when_the_line_to_postgresql_fails() {
    let name = "network faults before PostgreSQL";
    let Some(database) = postgres::new_database(name).await else { return };
    let folder = folder();
    let line = Proxy::to(address_of(&database).await).await;
    let mut url = Url::parse(&database).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(line.address.port())).unwrap();
    let server = start(folder.path(), Some(url.as_str())).await;
    let scene = Scene::open(server, line, None).await;
    let figures = scene.play(name).await;
    let some_failed = count_of(&figures, "503") > 0;
    assert!(some_failed || count_of(&figures, "faults") < 8, "{figures}");
    figures.finish();
}

fn count_of(figures: &Figures, what: &str) -> u64 {
    figures.counts.iter().find(|(known, _)| known == what).map_or(0, |(_, number)| *number)
}

async fn start(folder: &std::path::Path, database: Option<&str>) -> Server {
    let mut program = program(folder);
    if let Some(url) = database {
        program.env("IMP_DATABASE__URL", url);
    }
    fs::write(folder.join("imp.toml"), "").unwrap();
    tokio::task::spawn_blocking(|| Server::start_with(program, &["--config", "imp.toml"]))
        .await
        .unwrap()
}

async fn address_of(url: &str) -> SocketAddr {
    let url = Url::parse(url).unwrap();
    let host = (url.host_str().unwrap(), url.port().unwrap_or(5432));
    lookup_host(host).await.unwrap().next().unwrap()
}

impl Scene {
    async fn open(mut server: Server, line: Proxy, way: Option<&str>) -> Self {
        let link = server.wait_for("/set-up/").trim().to_owned();
        let client = Client::new(&server.base).anew(PATIENCE);
        let path = format!("/api/v1{}", link.strip_prefix(&server.base).unwrap());
        let admin = json!({
            "organization_name": "Acme", "plan": "enterprise",
            "admin_name": "Ada", "admin_email": "ada@acme.example",
            "admin_password": "impersonate-me",
        });
        client.post(&path, &admin).await.expect(201);
        let ada = client.sign_in("ada@acme.example").await;
        let channel = ada.post("/api/v1/channels", &json!({"name": "deals"})).await.expect(201);
        let way = way.map_or_else(|| ada.clone(), |way| ada.at(way));
        Self { way, line, channel: text(&channel, "/id"), people: 0, ada, _server: server }
    }

    /// Lets the line fail again and again, and answers what came of it.
    async fn play(mut self, name: &str) -> Figures {
        let seed = size("IMP_SEED", 8);
        let mut figures = Figures::of(name).seed(seed);
        let mut dice = Dice::new(seed);
        let acts = [Act::Grant, Act::Send, Act::LogIn];
        let mut lengths = Vec::new();
        for act in acts {
            let mut least = [u64::MAX; 2];
            // The first time on a connection more is said.
            for _ in 0..4 {
                let ready = self.prepare(act).await;
                let before = self.line.passed();
                self.way.try_send(Method::POST, &ready.path, ready.fill()).await.unwrap();
                let after = self.line.passed();
                for (least, (after, before)) in least.iter_mut().zip(after.iter().zip(before)) {
                    *least = (after - before).min(*least);
                }
                self.forget(&ready).await;
            }
            assert!(least.iter().all(|bytes| *bytes > 0), "nothing goes through the line");
            lengths.push(least);
        }
        for number in 0..size("IMP_NETWORK_FAULTS", 20) {
            let (direction, kind) = (number % 2, number / 2 % 4);
            let which = usize::try_from(number % 3).unwrap();
            let length = lengths[which][usize::try_from(direction).unwrap()];
            // Many of them in the last part, where the commit is, and the reply to it.
            let from = match dice.below(3) {
                0 => 0,
                1 => length * 3 / 4,
                _ => length.saturating_sub(60),
            };
            let after = from + dice.below(length - from);
            let direction = if direction == 0 { Direction::Up } else { Direction::Down };
            let fault = match kind {
                0 => Fault::Reset,
                1 => Fault::HalfClose,
                2 => Fault::Blackhole(CLOGGED),
                _ => Fault::Delay(CLOGGED / 3),
            };
            let ready = self.prepare(acts[which]).await;
            let what = format!("{:?}, {fault:?} {direction:?} after {after} bytes", ready.act);
            let happened = self.line.happened();
            self.line.arm(direction, after, fault);
            let first = self.way.try_send(Method::POST, &ready.path, ready.fill()).await.ok();
            self.line.mend();
            figures.count("scenarios", 1);
            figures.count("faults", self.line.happened() - happened);
            self.find_out(&ready, first, &what, &mut figures).await;
            self.forget(&ready).await;
        }
        let verified = self.ada.get("/api/v1/audit-events/verify").await.expect(200);
        assert_eq!(verified["valid"], true, "{verified}");
        figures
    }

    /// Asks again with the same key until there is an answer, and compares it with the first.
    async fn find_out(
        &self,
        ready: &Ready,
        first: Option<Answer>,
        what: &str,
        figures: &mut Figures,
    ) {
        let acknowledged = match &first {
            None => {
                figures.count("no answer", 1);
                None
            }
            Some(answer) if answer.status == 503 => {
                figures.count("503", 1);
                None
            }
            // What broke off before it was there was certainly not done.
            Some(answer) if answer.body["code"] == "interrupted" => {
                figures.count("broke off", 1);
                None
            }
            Some(answer) => {
                assert_eq!(answer.status, 201, "{what}: {}", answer.body);
                figures.count("acknowledged", 1);
                Some(text(&answer.body, "/id"))
            }
        };
        let mut tries = 0;
        let again = loop {
            let again = self.ada.try_send(Method::POST, &ready.path, ready.fill()).await;
            match again {
                Ok(answer) if answer.status != 503 => break answer,
                other => assert!(tries < TRIES, "{what}: the server is gone: {other:?}"),
            }
            tries += 1;
            wait(Duration::from_millis(500)).await;
        };
        let (id, was_done) = match again.body["code"].as_str() {
            Some("secret_already_shown") => {
                let existing = text(&again.body, "/existing");
                (existing.rsplit('/').next().unwrap().to_owned(), true)
            }
            _ => {
                assert_eq!(again.status, 201, "{what}: {}", again.body);
                (text(&again.body, "/id"), again.headers.contains_key("idempotent-replayed"))
            }
        };
        match acknowledged {
            Some(acknowledged) => {
                assert!(was_done, "{what}: acknowledged, and lost");
                assert_eq!(acknowledged, id, "{what}: done twice");
            }
            None => figures.count(if was_done { "done all the same" } else { "not done" }, 1),
        }
        self.assert_once(ready, &id, what).await;
    }

    /// It is there once, with one event.
    async fn assert_once(&self, ready: &Ready, id: &str, what: &str) {
        let list = match ready.act {
            Act::Grant => format!("/api/v1/grants?grantor={}", ready.subject),
            Act::Send => format!("/api/v1/channels/{}/messages?limit=200", self.channel),
            Act::LogIn => "/api/v1/login-sessions?live=true&limit=200".to_owned(),
        };
        let list = self.ada.get(&list).await.expect(200);
        let of_subject = |item: &&Value| {
            [&item["grantor"]["id"], &item["author"]["id"], &item["subject"]["id"]]
                .contains(&&Value::from(ready.subject.as_str()))
        };
        let items: Vec<&Value> =
            list["items"].as_array().unwrap().iter().filter(of_subject).collect();
        assert_eq!(items.len(), 1, "{what}: {items:?}");
        assert_eq!(items[0]["id"], id, "{what}");
        let events = format!("/api/v1/audit-events?account={}&limit=200", ready.subject);
        let events = self.ada.get(&events).await.expect(200);
        let events = events["items"].as_array().unwrap().iter();
        let of_act =
            |event: &&Value| event["action"] == ready.act.action() && event["result"] == "allowed";
        assert_eq!(events.filter(of_act).count(), 1, "{what}: not one event");
    }

    /// Somebody new, on whose account Ada acts or may act.
    async fn prepare(&mut self, act: Act) -> Ready {
        self.people += 1;
        let email = format!("subject-{}@acme.example", self.people);
        let body = json!({"name": format!("No. {}", self.people), "email": email});
        let subject = text(&self.ada.post("/api/v1/users", &body).await.expect(201), "/id");
        let member = format!("/api/v1/channels/{}/members/{subject}", self.channel);
        self.ada.put(&member).await.expect(204);
        let grant = json!({
            "grantor_email": email, "grantee_email": "ada@acme.example",
            "access": ["login", "send"],
        });
        let (path, body) = match act {
            Act::Grant => ("/api/v1/grants".to_owned(), grant),
            Act::Send | Act::LogIn => {
                self.ada.post("/api/v1/grants", &grant).await.expect(201);
                match act {
                    Act::Send => (
                        format!("/api/v1/channels/{}/messages", self.channel),
                        json!({"body": "hello", "send_as": subject}),
                    ),
                    _ => ("/api/v1/login-sessions".to_owned(), json!({"subject_id": subject})),
                }
            }
        };
        Ready { act, subject, path, body, key: format!("fault-{}", self.people) }
    }

    /// Deletes the grant, and ends what rests on it: there is a limit to live sessions.
    async fn forget(&self, ready: &Ready) {
        let list = format!("/api/v1/grants?grantor={}", ready.subject);
        let list = self.ada.get(&list).await.expect(200);
        for grant in list["items"].as_array().unwrap() {
            let path = format!("/api/v1/grants/{}", text(grant, "/id"));
            self.ada.delete(&path, "*").await.expect(204);
        }
    }
}

impl Ready {
    /// Fills in a request.
    fn fill(&self) -> impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let (key, body) = (self.key.clone(), self.body.clone());
        move |request| request.header("idempotency-key", key).json(&body)
    }
}

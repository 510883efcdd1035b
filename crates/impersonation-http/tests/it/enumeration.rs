//! Whoever must not learn whether an account exists sees the same for each kind: the same status,
//! the same headers, the same bytes, and as many passwords hashed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use impersonation_domain::{
    ports::{PasswordHasher, RepositoryError},
    secret::{Password, PasswordHash},
};
use impersonation_testkit::environment::PlainPasswords;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, PASSWORD, Server, World, delete, get, method, patch, post};

const ABSENT: &str = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e";

/// Counts how often it is asked to hash or to compare, which is what takes time.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

#[async_trait]
impl PasswordHasher for Counting {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, RepositoryError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        PlainPasswords.hash(password).await
    }

    async fn verify(
        &self,
        presented: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, RepositoryError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        PlainPasswords.verify(presented, hash).await
    }
}

/// Somebody of every kind: in use, deactivated, removed, protected, without a password, foreign,
/// and nobody.
struct Kinds {
    world: World,
    hashed: Arc<Counting>,
    /// What it is, its identifier and its address.
    people: Vec<(&'static str, String, String)>,
}

impl Kinds {
    async fn new() -> Self {
        let hashed = Arc::new(Counting::default());
        let world = World::on(Server::hashing(hashed.clone(), |_| {})).await;
        let mut people = vec![
            ("in use", world.eli.id.clone(), world.eli.email.clone()),
            ("foreign", world.pete.id.clone(), world.pete.email.clone()),
            ("missing", ABSENT.to_owned(), "nobody@acme.example".to_owned()),
        ];
        for kind in ["deactivated", "removed", "protected", "no-password"] {
            let email = format!("{kind}@acme.example");
            let password = (kind != "no-password").then_some(PASSWORD);
            let body = json!({"name": "Somebody", "email": email, "password": password});
            let made = world.as_ada(post("/api/v1/users", &body)).await.expect(201);
            let id = made.text("id").to_owned();
            let path = format!("/api/v1/users/{id}");
            let done = match kind {
                "deactivated" => {
                    world.as_ada(patch(path, &json!({"status": kind})).if_match("*")).await
                }
                "protected" => world.as_ada(patch(path, &json!({kind: true})).if_match("*")).await,
                "removed" => world.as_ada(delete(path).if_match("*")).await,
                _ => made,
            };
            assert!(done.status < 300, "{kind}: {:#}", done.body);
            people.push((kind, id, email));
        }
        Self { world, hashed, people }
    }

    /// Asks once for each kind of person. All answers are this problem, and all are the same but for
    /// what was sent; and as many passwords were hashed for each as `hashes` says.
    async fn all_alike(
        &self,
        (status, code): (u16, &str),
        hashes: u64,
        ask: impl Fn(&str, &str) -> Ask,
    ) {
        let mut first = None;
        for (kind, id, email) in &self.people {
            let before = self.hashed.0.load(Ordering::SeqCst);
            let answer = self.world.ask(ask(id, email).header("x-request-id", "same")).await;
            let hashed = self.hashed.0.load(Ordering::SeqCst) - before;
            assert_eq!(hashed, hashes, "{kind}: passwords hashed");
            let answer = answer.problem(status, code);
            let seen = seen(&answer, id, email);
            let (of, expected) = first.get_or_insert_with(|| (*kind, seen.clone()));
            assert_eq!(&seen, expected, "{kind} is told from {of}");
        }
    }
}

/// The headers and the body, without what was sent.
fn seen(answer: &Answer, id: &str, email: &str) -> (Vec<(String, String)>, String) {
    let bare = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(id, "?").replace(email, "?");
    let headers = answer.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), bare(value.as_bytes())));
    (headers.collect(), bare(&answer.bytes))
}

fn sign_in(email: &str, password: &str, organization: Option<&str>) -> Ask {
    let mut body = json!({"email": email, "password": password});
    if let Some(organization) = organization {
        body["organization_id"] = Value::from(organization);
    }
    post("/api/v1/sign-in", &body)
}

#[tokio::test]
async fn w6_signing_in_with_a_wrong_password_does_not_tell_who_exists() {
    let kinds = Kinds::new().await;
    let refused = (401, "wrong_credentials");
    let acme = kinds.world.acme.clone();
    for organization in [None, Some(&*acme), Some(ABSENT)] {
        kinds.all_alike(refused, 1, |_, email| sign_in(email, "wrong", organization)).await;
        kinds.all_alike(refused, 1, |_, email| sign_in(email, "", organization)).await;
    }
    kinds.all_alike(refused, 1, |_, email| sign_in(email, PASSWORD, Some(ABSENT))).await;
}

#[tokio::test]
async fn w6_a_right_password_of_an_account_out_of_use_is_a_wrong_one() {
    let mut kinds = Kinds::new().await;
    // Whoever may sign in, does; the foreign one into their own organization.
    kinds.people.retain(|(kind, ..)| !["in use", "foreign", "protected"].contains(kind));
    assert_eq!(kinds.people.len(), 4);
    kinds.all_alike((401, "wrong_credentials"), 1, |_, email| sign_in(email, PASSWORD, None)).await;
}

#[tokio::test]
async fn w6_without_a_grant_nothing_tells_who_exists() {
    let kinds = Kinds::new().await;
    let ben = kinds.world.ben.token.clone();
    let messages = format!("/api/v1/channels/{}/messages", kinds.world.general);
    let files = format!("/api/v1/channels/{}/files", kinds.world.general);
    let no_grant = (403, "no_grant");
    let start = |id: &str| post("/api/v1/login-sessions", &json!({"subject_id": id})).by(&ben);
    kinds.all_alike(no_grant, 0, |id, _| start(id)).await;
    let send = |id: &str| post(messages.clone(), &json!({"body": "x", "send_as": id})).by(&ben);
    kinds.all_alike(no_grant, 0, |id, _| send(id)).await;
    let file = |id: &str| {
        let file: (&str, &[u8]) = (r#""file"; filename="a.txt""#, b"hello");
        method("POST", files.clone()).form(&[(r#""send_as""#, id.as_bytes()), file]).by(&ben)
    };
    kinds.all_alike(no_grant, 0, |id, _| file(id)).await;
}

#[tokio::test]
async fn w6_asking_for_a_decision_without_a_grant_does_not_tell_who_exists() {
    let kinds = Kinds::new().await;
    let World { ben, general, .. } = &kinds.world;
    for (action, channel) in [("login", None), ("send", Some(general))] {
        let mut first = None;
        for (kind, id, email) in &kinds.people {
            let body = json!({"actor_id": ben.id, "action": action, "subject_id": id,
                "channel_id": channel});
            let ask = post("/api/v1/decisions", &body).header("x-request-id", "same");
            let answer = kinds.world.ask(ask.by(&ben.token)).await.expect(200);
            let seen = seen(&answer, id, email);
            let (of, expected) = first.get_or_insert_with(|| (*kind, seen.clone()));
            assert_eq!(&seen, expected, "{action}: {kind} is told from {of}");
        }
    }
}

#[tokio::test]
async fn w6_whoever_may_not_grant_does_not_learn_by_addresses_who_exists() {
    let kinds = Kinds::new().await;
    let World { ben, cleo, .. } = &kinds.world;
    let grant = |grantor: &str, grantee: &str| {
        let body = json!({"grantor_email": grantor, "grantee_email": grantee, "access": ["login"]});
        post("/api/v1/grants", &body).by(&ben.token)
    };
    let refused = (403, "permission_required");
    kinds.all_alike(refused, 0, |_, email| grant(email, &cleo.email)).await;
    kinds.all_alike(refused, 0, |_, email| grant(&cleo.email, email)).await;
    let import = |email: &str| {
        let rows =
            format!("grantor_email,grantee_email,login,send\n{email},{},true,false\n", cleo.email);
        method("POST", "/api/v1/grants/import").body("text/csv", rows).by(&ben.token)
    };
    kinds.all_alike(refused, 0, |_, email| import(email)).await;
    let user = |email: &str| {
        post("/api/v1/users", &json!({"name": "X", "email": email, "password": PASSWORD}))
            .by(&ben.token)
    };
    kinds.all_alike(refused, 0, |_, email| user(email)).await;
    kinds
        .all_alike(refused, 0, |_, email| {
            get(format!("/api/v1/grants?search={email}")).by(&ben.token)
        })
        .await;
}

//! Signing in and out, and passwords.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Ask, OPERATOR, PASSWORD, Server, World, get, patch, post, put};

fn sign_in(email: &str, password: &str) -> Ask {
    post("/api/v1/sign-in", &json!({"email": email, "password": password}))
        .header("x-request-id", "same")
}

#[tokio::test]
async fn whoever_knows_the_password_gets_a_token() {
    let world = World::new().await;
    let answer = world.ask(sign_in(" ADA@acme.example", PASSWORD)).await.expect(200);
    assert_eq!(answer.text("expires_at"), "2026-01-05T21:00:00Z");
    assert_eq!(
        answer.body["user"],
        json!({"id": world.ada.id, "name": "Ada", "email": "ada@acme.example"})
    );
    let me = world.ask(get("/api/v1/me").by(answer.text("token"))).await.expect(200);
    assert_eq!(me.body["actor"], me.body["subject"]);
    assert_eq!(me.body["login_session"], Value::Null);
    assert_eq!(me.body["organization"]["plan"], "enterprise");
    assert_eq!(
        me.body["permissions"],
        json!(["administer_organization", "manage_user_impersonation", "read_audit_log"])
    );
}

#[tokio::test]
async fn w6_every_failure_is_the_same_answer_after_the_same_time() {
    let floor = Duration::from_millis(60);
    let world = World::on(Server::with(|settings| settings.sign_in_floor = floor)).await;
    let deactivate =
        patch(format!("/api/v1/users/{}", world.eli.id), &json!({"status": "deactivated"}));
    world.as_ada(deactivate.if_match("*")).await.expect(200);
    let mut bodies = Vec::new();
    for (email, password) in [
        ("nobody@acme.example", PASSWORD),
        (&*world.ben.email, "wrong"),
        (&*world.eli.email, PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
    ] {
        #[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
        let started = Instant::now();
        let answer = world.ask(sign_in(email, password)).await.problem(401, "wrong_credentials");
        assert!(started.elapsed() >= floor, "{email} was answered too soon");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"impersonation\"");
        bodies.push((answer.bytes, answer.headers));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn w7_there_are_only_so_many_attempts() {
    let server = Server::with(|settings| settings.sign_in_limit.burst = 3.try_into().unwrap());
    let attempt =
        async |email: &str, peer: &str| server.ask(sign_in(email, "wrong").from(peer)).await;
    for index in 0..3 {
        attempt(&format!("{index}@acme.example"), "192.0.2.1:1")
            .await
            .problem(401, "wrong_credentials");
    }
    let refused = attempt("9@acme.example", "192.0.2.1:1").await.problem(429, "rate_limited");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    attempt("9@acme.example", "192.0.2.2:1").await.problem(401, "wrong_credentials");
    // One address from everywhere counts as well, however it is written.
    for index in 0..2 {
        attempt(" 9@ACME.example ", &format!("198.51.100.{index}:1"))
            .await
            .problem(401, "wrong_credentials");
    }
    attempt("9@acme.example", "198.51.100.9:1").await.problem(429, "rate_limited");
    // A whole IPv6 network is one source.
    for index in 0..3 {
        attempt(&format!("{index}@birch.example"), &format!("[2001:db8::{index}]:1"))
            .await
            .expect(401);
    }
    attempt("z@birch.example", "[2001:db8::ffff]:1").await.problem(429, "rate_limited");
    attempt("z@birch.example", "[2001:db8:0:1::1]:1").await.expect(401);
}

#[tokio::test]
async fn an_address_in_two_organizations_is_asked_which() {
    let world = World::new().await;
    let admin = json!({"name": "Ada", "email": world.ada.email, "password": PASSWORD});
    let body = json!({"name": "Second", "plan": "enterprise", "admin": admin});
    world.ask(post("/api/v1/operator/organizations", &body).by(OPERATOR)).await.expect(201);
    let answer =
        world.ask(sign_in(&world.ada.email, PASSWORD)).await.problem(409, "choose_organization");
    assert_eq!(answer.body["organizations"].as_array().unwrap().len(), 2);
    let body =
        json!({"email": world.ada.email, "password": PASSWORD, "organization_id": world.acme});
    let answer = world.ask(post("/api/v1/sign-in", &body)).await.expect(200);
    assert_eq!(answer.body["user"]["id"], world.ada.id);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let world = World::new().await;
    let other =
        world.ask(sign_in(&world.ben.email, PASSWORD)).await.expect(200).text("token").to_owned();
    let change = json!({"current_password": PASSWORD, "new_password": "another password"});
    world.ask(put("/api/v1/me/password").json(&change).by(&world.ben.token)).await.expect(204);
    world.ask(get("/api/v1/me").by(&world.ben.token)).await.expect(200);
    world.ask(get("/api/v1/me").by(&other)).await.problem(401, "unauthenticated");
    world.ask(sign_in(&world.ben.email, PASSWORD)).await.problem(401, "wrong_credentials");
    let path = format!("/api/v1/users/{}/password", world.ben.id);
    world.as_ada(put(path).json(&json!({"new_password": "a third password"}))).await.expect(204);
    world.ask(get("/api/v1/me").by(&world.ben.token)).await.problem(401, "unauthenticated");
    world.ask(sign_in(&world.ben.email, "a third password")).await.expect(200);
}

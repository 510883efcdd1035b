//! What a method and an address may do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    principals::Fixture,
    support::{DOCUMENT, World, get},
};

use super::operations;

#[tokio::test]
async fn w1_no_get_changes_anything() {
    let fixture = Fixture::new().await;
    let before = fixture.world.everything().await;
    let tokens = [&fixture.world.ada.token, &fixture.world.ben.token, &fixture.inside];
    let mut asked = 0;
    for (_, verb, operation) in operations().filter(|(_, method, _)| method == "GET") {
        let id = operation["operationId"].as_str().unwrap();
        for token in tokens {
            for verb in [&*verb, "HEAD"] {
                let mut ask = fixture.sample(id).unwrap().by(token);
                ask.method = verb.parse().unwrap();
                for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
                    ask = ask.header(name, "DELETE");
                }
                let status = fixture.world.ask(ask).await.status;
                assert!(status < 500, "{id}: {status}");
                asked += 1;
            }
        }
    }
    assert!(asked > 100, "{asked}");
    assert_eq!(fixture.world.everything().await, before, "a GET has changed something");
}

#[tokio::test]
async fn w1_a_get_with_the_body_of_a_post_starts_no_login_session() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let body = json!({"subject_id": world.cleo.id});
    for path in [
        "/api/v1/login-sessions".to_owned(),
        "/api/v1/login-sessions?live=true".to_owned(),
        format!("/api/v1/login-sessions?subject_id={}", world.cleo.id),
        format!("/api/v1/me?_switch_user={}", world.cleo.email),
        "/api/v1/me?_method=POST".to_owned(),
    ] {
        let answer = world.ask(get(path).json(&body).by(&world.ben.token)).await;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
        assert_eq!(answer.body["token"], Value::Null);
    }
    let sessions = world.as_ada(get("/api/v1/login-sessions")).await.expect(200);
    assert!(sessions.items().is_empty());
}

#[tokio::test]
async fn w13_a_path_takes_no_method_that_is_not_described() {
    let fixture = Fixture::new().await;
    let before = fixture.world.everything().await;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let described: BTreeSet<_> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        let operation = item.as_object().unwrap().values().next().unwrap()["operationId"].as_str();
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "LOCK"]
        {
            if described.contains(verb) {
                continue;
            }
            let mut ask = fixture.sample(operation.unwrap()).unwrap().by(&fixture.world.ada.token);
            ask.method = verb.parse().unwrap();
            ask.path = ask.path.split('?').next().unwrap().to_owned();
            fixture.world.ask(ask).await.problem(405, "method_not_allowed");
        }
        assert!(!described.is_empty(), "{path}");
    }
    assert_eq!(fixture.world.everything().await, before);
}

#[test]
fn w12_the_server_calls_nobody() {
    assert_eq!(DOCUMENT.get("webhooks"), None);
    let text = DOCUMENT.to_string();
    assert!(!text.contains(r#""callbacks""#) && !text.contains(r#""format":"uri""#));
}

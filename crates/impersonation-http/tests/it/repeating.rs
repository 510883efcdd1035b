//! Requests that are sent twice.

use serde_json::{Value, json};

use crate::support::{Ask, World, method, post};

#[tokio::test]
async fn g7_the_same_request_again_has_one_effect_and_the_same_answer() {
    let world = World::new().await;
    let say = format!("/api/v1/channels/{}/messages", world.general);
    let grant = json!({"grantor_email": world.cleo.email, "grantee_email": world.ben.email, "access": ["login"]});
    for (path, body, other) in [
        (
            "/api/v1/grants",
            grant,
            json!({"grantor_email": "x", "grantee_email": "y", "access": ["send"]}),
        ),
        (
            "/api/v1/users",
            json!({"name": "New", "email": "new@acme.example"}),
            json!({"name": "N", "email": "n@acme.example"}),
        ),
        (
            "/api/v1/roles",
            json!({"name": "New", "permissions": []}),
            json!({"name": "Newer", "permissions": []}),
        ),
        ("/api/v1/channels", json!({"name": "new"}), json!({"name": "newer"})),
        (&say, json!({"body": "hello"}), json!({"body": "hello!"})),
    ] {
        let first = world.as_ada(post(path, &body).key("\"k-1\"")).await.expect(201);
        assert_eq!(first.header("idempotent-replayed"), "");
        let before = world.everything().await;
        let again = world.as_ada(post(path, &body).key("k-1")).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.body, first.body);
        for name in ["location", "etag", "content-type"] {
            assert_eq!(again.header(name), first.header(name), "{path} {name}");
        }
        world.as_ada(post(path, &other).key("k-1")).await.problem(422, "idempotency_key_reused");
        assert_eq!(world.everything().await, before, "{path}");
    }
}

#[tokio::test]
async fn g7_what_was_shown_with_a_secret_is_not_shown_again() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ada, &["login"]).await;
    for (path, body) in [
        ("/api/v1/login-sessions", json!({"subject_id": world.cleo.id})),
        ("/api/v1/tokens", json!({"name": "script"})),
    ] {
        let first = world.as_ada(post(path, &body).key("k")).await.expect(201);
        let again =
            world.as_ada(post(path, &body).key("k")).await.problem(409, "secret_already_shown");
        assert_eq!(again.text("existing"), format!("{path}/{}", first.text("id")));
        assert!(!String::from_utf8_lossy(&again.bytes).contains("imp_"));
    }
}

#[tokio::test]
async fn g7_keys_of_different_people_channels_and_endpoints_never_meet() {
    let world = World::new().await;
    let say = |channel: &str| {
        post(format!("/api/v1/channels/{channel}/messages"), &json!({"body": "hello"})).key("k")
    };
    let first = world.ask(say(&world.general).by(&world.ben.token)).await.expect(201);
    let other = world.ask(say(&world.general).by(&world.cleo.token)).await.expect(201);
    assert_ne!(first.body["id"], other.body["id"]);
    world.ask(say(&world.deals).by(&world.ben.token)).await.problem(422, "idempotency_key_reused");
    world.as_ada(post("/api/v1/channels", &json!({"name": "k"})).key("k")).await.expect(201);
    world.as_ada(post("/api/v1/tokens", &json!({"name": "k"})).key("k")).await.expect(201);
}

#[tokio::test]
async fn a_file_sent_twice_is_sent_once() {
    let world = World::new().await;
    let path = format!("/api/v1/channels/{}/files", world.general);
    let send = |content: &'static [u8]| -> Ask {
        method("POST", path.clone())
            .form(&[(r#""file"; filename="a.txt""#, content), (r#""body""#, b"look")])
            .key("f")
    };
    let first = world.as_ada(send(b"hello")).await.expect(201);
    let again = world.as_ada(send(b"hello")).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
    world.as_ada(send(b"other")).await.problem(422, "idempotency_key_reused");
    assert_eq!(world.files.len(), 1);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let world = World::new().await;
    for key in ["", "\"\"", "\"a", "a b", &"x".repeat(256)] {
        let ask = post("/api/v1/channels", &json!({"name": "new"})).key(key);
        world.as_ada(ask).await.problem(400, "invalid_parameter");
    }
    let twice = post("/api/v1/channels", &json!({"name": "new"})).key("a").key("b");
    world.as_ada(twice).await.problem(400, "invalid_parameter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c14_the_same_key_at_the_same_time_has_one_effect() {
    let world = World::new().await;
    let ask = || {
        world.as_ada(
            post("/api/v1/users", &json!({"name": "New", "email": "new@acme.example"})).key("k"),
        )
    };
    let answers = tokio::join!(ask(), ask(), ask(), ask());
    let ids: Vec<Value> = [answers.0, answers.1, answers.2, answers.3]
        .map(|answer| answer.expect(201).body["id"].clone())
        .into();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
}

//! Versions: what was seen is what is changed.

use serde_json::{Value, json};

use crate::support::{World, delete, get, patch, post};

#[tokio::test]
async fn g4_an_edit_names_the_version_that_it_saw() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    let grant = format!("/api/v1/grants/{}", grant["id"].as_str().unwrap());
    let role = format!("/api/v1/roles/{}", world.support_lead);
    let user = format!("/api/v1/users/{}", world.ben.id);
    let organization = "/api/v1/organization".to_owned();
    for (path, one, other) in [
        (grant, json!({"reason": "one"}), json!({"reason": "other"})),
        (role, json!({"name": "One"}), json!({"name": "Other"})),
        (user, json!({"name": "One"}), json!({"name": "Other"})),
        (organization, json!({"name": "One"}), json!({"name": "Other"})),
    ] {
        let edit = async |body: &Value, tag: &str| {
            world.as_ada(patch(path.clone(), body).if_match(tag)).await
        };
        let missing =
            world.as_ada(patch(path.clone(), &one)).await.problem(428, "version_required");
        assert_eq!(missing.body["current_version"], 1);
        for never in ["\"2\"", "W/\"1\"", "\"x\"", "\"01\"", "\"2\", \"3\"", "\"\""] {
            let stale = edit(&one, never).await.problem(412, "version_mismatch");
            assert_eq!(stale.body["current_version"], 1, "{path} {never}");
        }
        for malformed in ["1", "\"1", "*, \"1\""] {
            edit(&one, malformed).await.problem(400, "invalid_parameter");
        }
        assert_eq!(world.as_ada(get(path.clone())).await.expect(200).etag(), "\"1\"");
        assert_eq!(edit(&one, "\"1\"").await.expect(200).etag(), "\"2\"");
        edit(&other, "\"1\"").await.problem(412, "version_mismatch");
        assert_eq!(edit(&other, "\"7\", W/\"2\", \"2\"").await.expect(200).etag(), "\"3\"");
        assert_eq!(edit(&one, "*").await.expect(200).etag(), "\"4\"");
    }
}

#[tokio::test]
async fn g4_a_delete_names_the_version_that_it_saw() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    let grant = format!("/api/v1/grants/{}", grant["id"].as_str().unwrap());
    let user = format!("/api/v1/users/{}", world.ben.id);
    for path in [grant, user] {
        world.as_ada(delete(path.clone())).await.problem(428, "version_required");
        world.as_ada(delete(path.clone()).if_match("\"9\"")).await.problem(412, "version_mismatch");
        world.as_ada(get(path.clone())).await.expect(200);
        world.as_ada(delete(path.clone()).if_match("\"1\"")).await.expect(204);
        for tag in ["\"1\"", "*", "\"x\""] {
            world.as_ada(delete(path.clone()).if_match(tag)).await.expect(404);
        }
    }
    let role = format!("/api/v1/roles/{}", world.support_lead);
    world.as_ada(delete(role).if_match("*")).await.problem(409, "role_in_use");
}

#[tokio::test]
async fn whoever_may_not_change_a_thing_does_not_learn_its_version() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login"]).await;
    let path = format!("/api/v1/grants/{}", grant["id"].as_str().unwrap());
    for (token, status) in [(&world.ben.token, 403), (&world.olga.token, 404)] {
        let answer = world.ask(delete(path.clone()).by(token)).await.expect(status);
        assert_eq!(answer.body["current_version"], Value::Null);
        world.ask(delete(path.clone()).by(token).if_match("\"9\"")).await.expect(status);
    }
    world.ask(delete(path)).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn d7_every_permit_names_its_grant_and_version() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    let edit = |body: &Value, tag: &str| {
        let path = format!("/api/v1/grants/{}", grant["id"].as_str().unwrap());
        world.as_ada(patch(path, body).if_match(tag))
    };
    edit(&json!({"reason": "the second version"}), "\"1\"").await.expect(200);
    let named = |body: &Value, pointer: &str| {
        let body = body.pointer(pointer).unwrap();
        (body["grant_id"].clone(), body["grant_version"].clone())
    };
    let version = |version: u64| (grant["id"].clone(), json!(version));

    let ben = &world.ben.token;
    let accounts = world.ask(get("/api/v1/me/accounts").by(ben)).await.expect(200);
    assert_eq!(named(&accounts.body, "/items/0"), version(2));
    let body = json!({"actor_id": world.ben.id, "action": "login", "subject_id": world.cleo.id});
    let decision = world.ask(post("/api/v1/decisions", &body).by(ben)).await.expect(200);
    assert_eq!(named(&decision.body, ""), version(2));
    let body = json!({"subject_id": world.cleo.id});
    let started = world.ask(post("/api/v1/login-sessions", &body).by(ben)).await.expect(201);
    assert_eq!(named(&started.body, ""), version(2));
    let messages = format!("/api/v1/channels/{}/messages", world.general);
    let body = json!({"body": "for her", "send_as": world.cleo.id});
    let sent = world.ask(post(messages.clone(), &body).by(ben)).await.expect(201);
    assert_eq!(named(&sent.body, "/via"), version(2));

    // Inside the session it is the version that justifies each request, not that of the start.
    edit(&json!({"access": ["login"]}), "\"2\"").await.expect(200);
    let token = started.text("token");
    let current = world.ask(get("/api/v1/login-sessions/current").by(token)).await.expect(200);
    assert_eq!(named(&current.body, ""), version(3));
    let me = world.ask(get("/api/v1/me").by(token)).await.expect(200);
    assert_eq!(named(&me.body, "/login_session"), version(3));
    let sent = world.ask(post(messages, &json!({"body": "as she"})).by(token)).await.expect(201);
    assert_eq!(named(&sent.body, "/via"), version(3));
    let list = world.as_ada(get("/api/v1/login-sessions")).await.expect(200);
    assert_eq!(named(&list.body, "/items/0"), version(2));
}

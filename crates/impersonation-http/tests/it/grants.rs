//! Grants.

use serde_json::{Value, json};

use crate::support::{Ask, World, delete, get, method, patch, post};

fn path(grant: &Value) -> String {
    format!("/api/v1/grants/{}", grant["id"].as_str().unwrap())
}

fn import(text: &str) -> Ask {
    method("POST", "/api/v1/grants/import").body("text/csv; charset=utf-8", text.to_owned())
}

#[tokio::test]
async fn a_grant_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let body = json!({"grantor_email": world.cleo.email, "grantee_email": world.ben.email, "access": ["send", "login"],
        "reason": "holiday", "expires_at": "2026-02-01T01:00:00+01:00"});
    let made = world.as_ada(post("/api/v1/grants", &body)).await.expect(201);
    assert_eq!(made.header("location"), path(&made.body));
    assert_eq!(made.etag(), "\"1\"");
    let mut expected = json!({
        "id": made.body["id"], "grantor": {"id": world.cleo.id, "name": "Cleo", "email": world.cleo.email},
        "grantee": {"id": world.ben.id, "name": "Ben", "email": world.ben.email}, "access": ["login", "send"],
        "reason": "holiday", "starts_at": null, "expires_at": "2026-02-01T00:00:00Z", "state": "live", "version": 1,
        "created_at": "2026-01-05T09:00:00Z", "created_by": world.ada.id, "last_used_at": null,
    });
    let read = world.as_ada(get(path(&made.body))).await.expect(200);
    assert_eq!(read.body, expected);
    expected["warnings"] = json!([]);
    assert_eq!(made.body, expected);

    let edit =
        patch(path(&made.body), &json!({"access": ["send"], "reason": null})).if_match("\"1\"");
    let edited = world.as_ada(edit).await.expect(200);
    assert_eq!((edited.etag(), &edited.body["sessions_ended"]), ("\"2\"", &json!(0)));
    assert_eq!(edited.body["reason"], Value::Null);
    assert_eq!(edited.body["expires_at"], "2026-02-01T00:00:00Z");
    let edit = patch(path(&made.body), &json!({"expires_at": null})).if_match("\"2\"");
    assert_eq!(world.as_ada(edit).await.expect(200).body["expires_at"], Value::Null);

    world.as_ada(delete(path(&made.body)).if_match("\"3\"")).await.expect(204);
    world.as_ada(get(path(&made.body))).await.problem(404, "grant_not_found");
}

#[tokio::test]
async fn whoever_makes_a_grant_is_warned() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let made = world.grant(&world.ben, &world.cleo, &["login"]).await;
    let codes: Vec<_> =
        made["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("reciprocal")), "{codes:?}");
    assert!(made["warnings"][0]["message"].as_str().is_some_and(|text| text.len() > 10));
}

#[tokio::test]
async fn r3_a_narrowing_edit_tells_how_many_sessions_it_ended() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    world.log_in(&world.ben, &world.cleo).await;
    let edited =
        world.as_ada(patch(path(&grant), &json!({"access": ["send"]})).if_match("\"1\"")).await;
    assert_eq!(edited.expect(200).body["sessions_ended"], 1);
}

#[tokio::test]
async fn g6_many_grants_are_previewed_confirmed_deleted_and_imported_again() {
    let world = World::new().await;
    let reason = json!({"grantor_email": world.cleo.email, "grantee_email": world.ben.email, "access": ["login", "send"],
        "reason": "says \"hi\", =1+1", "expires_at": "2026-02-01T00:00:00Z"});
    let one = world.as_ada(post("/api/v1/grants", &reason)).await.expect(201).body;
    let two = world.grant(&world.ben, &world.eli, &["send"]).await;
    let kept = world.grant(&world.eli, &world.cleo, &["send"]).await;
    world.log_in(&world.ben, &world.cleo).await;
    let set = json!([{"id": one["id"], "version": 1}, {"id": two["id"], "version": 1}]);

    let preview = world
        .as_ada(post("/api/v1/grants/bulk-delete/preview", &json!({"grants": set})))
        .await
        .expect(200);
    assert_eq!((&preview.body["grants"], &preview.body["sessions_ended"]), (&json!(2), &json!(1)));
    let people: Vec<_> =
        preview.body["people"].as_array().unwrap().iter().map(|person| &person["name"]).collect();
    assert_eq!(people, ["Ben", "Cleo", "Eli"]);

    let before = world.everything().await;
    let confirm = |grants: Value| {
        let body = json!({"grants": grants, "confirmation": preview.body["confirmation"]});
        post("/api/v1/grants/bulk-delete", &body)
    };
    let three = json!([set[0], set[1], {"id": kept["id"], "version": 1}]);
    for changed in [json!([set[0]]), three, json!([set[0], {"id": two["id"], "version": 2}])] {
        world.as_ada(confirm(changed)).await.problem(409, "confirmation_mismatch");
    }
    let by_dina = confirm(set.clone()).by(&world.dina.token);
    world.ask(by_dina).await.problem(409, "confirmation_mismatch");
    world.as_ada(confirm(json!([]))).await.problem(422, "invalid_input");
    let nil = json!([{"id": one["id"], "version": 0}]);
    let answer = world.as_ada(confirm(nil)).await.problem(422, "invalid_input");
    assert_eq!(answer.body["errors"][0]["pointer"], "/grants/0/version");
    let list = json!([[one["id"], 1]]);
    let answer = world.as_ada(confirm(list)).await.problem(422, "invalid_input");
    assert_eq!(answer.body["errors"][0]["pointer"], "/grants/0");
    assert_eq!(world.everything().await, before);

    let deleted = world.as_ada(confirm(set.clone())).await.expect(200);
    assert_eq!(deleted.body["sessions_ended"], 1);
    assert_eq!(deleted.body["deleted"].as_array().unwrap().len(), 2);
    assert_eq!(
        deleted.text("csv"),
        "grantor_email,grantee_email,login,send,reason,starts_at,expires_at\r\n\
         cleo@acme.example,ben@acme.example,true,true,\"says \"\"hi\"\", =1+1\",,2026-02-01T00:00:00Z\r\n\
         ben@acme.example,eli@acme.example,false,true,,,\r\n"
    );
    let batch = deleted.text("batch_id");
    let events = world.as_ada(get("/api/v1/audit-events?action=grant.delete")).await.expect(200);
    assert_eq!(events.items().iter().filter(|event| event["batch_id"] == batch).count(), 2);
    let answer = world.as_ada(confirm(set)).await.problem(404, "grant_not_found");
    assert_eq!(answer.body["errors"][0]["pointer"], "/grants/0");

    let imported = world.as_ada(import(deleted.text("csv"))).await.expect(200);
    assert_eq!(imported.items()[0]["reason"], one["reason"]);
    assert_eq!(imported.items()[0]["expires_at"], one["expires_at"]);
    assert_ne!(imported.items()[0]["id"], one["id"]);
    assert_eq!(imported.items()[1]["access"], json!(["send"]));
}

#[tokio::test]
async fn g6_a_file_is_imported_whole_or_not_at_all() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let before = world.everything().await;
    let file = |second: &str| {
        format!(
            "grantor_email,grantee_email,login,send\neli@acme.example,ben@acme.example,true,false\n{second}\n"
        )
    };
    for (second, status, code, pointer) in [
        (
            "nobody@acme.example,ben@acme.example,true,false",
            422,
            "unknown_user",
            "/1/grantor_email",
        ),
        ("pete@birch.example,ben@acme.example,true,false", 422, "unknown_user", "/1/grantor_email"),
        ("dina@acme.example,ben@acme.example,false,false", 422, "access_required", "/1/access"),
        ("cleo@acme.example,ben@acme.example,true,false", 409, "duplicate_grant", "/1"),
        ("eli@acme.example,ben@acme.example,true,false", 409, "duplicate_grant", "/1"),
        ("cleo@acme.example,ben@acme.example,1,0", 422, "invalid_input", "/1"),
    ] {
        let answer = world.as_ada(import(&file(second))).await.problem(status, code);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{second}");
    }
    world.as_ada(import("")).await.problem(422, "invalid_input");
    world.as_ada(import(&"x".repeat(4 * 1024 * 1024 + 1))).await.problem(413, "body_too_large");
    world
        .as_ada(post("/api/v1/grants/import", &json!({})))
        .await
        .problem(415, "unsupported_media_type");
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_decision_is_explained_by_its_rules() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["send"]).await;
    let ask = async |action: &str, channel: Option<&str>| {
        let body = json!({"actor_id": world.ben.id, "action": action, "subject_id": world.cleo.id, "channel_id": channel});
        world.as_ada(post("/api/v1/decisions", &body)).await.expect(200).body
    };
    let login = ask("login", None).await;
    assert_eq!((&login["decision"], &login["code"]), (&json!("deny"), &json!("login_not_granted")));
    assert_eq!((&login["grant_id"], &login["grant_version"]), (&grant["id"], &json!(1)));
    let broken: Vec<_> =
        login["rules"].as_array().unwrap().iter().filter(|rule| rule["holds"] == false).collect();
    assert_eq!(
        broken,
        [&json!({"rule": "access_granted", "holds": false, "code": "login_not_granted"})]
    );
    let send = ask("send", Some(&world.deals)).await;
    assert_eq!((&send["decision"], &send["code"]), (&json!("permit"), &json!("permitted")));
    assert_eq!(ask("send", Some(&world.board)).await["decision"], "deny");
}

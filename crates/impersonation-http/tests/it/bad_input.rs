//! Bad input: each kind has its own status and code, and changes nothing.

use serde_json::{Value, json};

use crate::support::{Ask, World, delete, get, method, patch, post, put};

/// What is asked, and how it is refused: status, code and, where it is about a value, the pointer.
type Case = (Ask, u16, &'static str, &'static str);

async fn refused(world: &World, cases: Vec<Case>) {
    let before = world.everything().await;
    for (index, (ask, status, code, pointer)) in cases.into_iter().enumerate() {
        let what = format!("case {index}: {} {}", ask.method, ask.path);
        let answer = world.ask(ask).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{what}\n{:#}", answer.body);
        let found = answer.body["errors"][0]["pointer"].as_str().unwrap_or("-");
        assert_eq!(found, pointer, "{what}\n{:#}", answer.body);
        if let Some(detail) = answer.body["errors"][0]["detail"].as_str() {
            assert!(detail.len() > 10, "{detail}");
        }
    }
    assert_eq!(world.everything().await, before, "something was changed");
}

fn grant(grantor: &str, grantee: &str, access: &Value) -> Value {
    json!({"grantor_email": grantor, "grantee_email": grantee, "access": access})
}

#[tokio::test]
async fn grants_that_cannot_be_are_refused() {
    let world = World::new().await;
    let existing = world.grant(&world.cleo, &world.ben, &["login"]).await;
    let inactive = json!({"name": "Ina", "email": "ina@acme.example"});
    let inactive =
        world.as_ada(post("/api/v1/users", &inactive)).await.expect(201).text("id").to_owned();
    let deactivate =
        patch(format!("/api/v1/users/{inactive}"), &json!({"status": "deactivated"})).if_match("*");
    world.as_ada(deactivate).await.expect(200);
    let protect = patch(format!("/api/v1/users/{}", world.dina.id), &json!({"protected": true}))
        .if_match("*");
    world.as_ada(protect).await.expect(200);

    let (ben, cleo, eli, pete) =
        (&*world.ben.email, &*world.cleo.email, &*world.eli.email, &*world.pete.email);
    let both = json!(["login", "send"]);
    let make = |body: &Value| post("/api/v1/grants", body).by(&world.ada.token);
    let with = |field: &str, value: Value| {
        let mut body = grant(eli, ben, &both);
        body[field] = value;
        make(&body)
    };
    refused(
        &world,
        vec![
            (
                make(&grant("nobody@acme.example", ben, &both)),
                422,
                "unknown_user",
                "/grantor_email",
            ),
            (
                make(&grant(ben, "nobody@acme.example", &both)),
                422,
                "unknown_user",
                "/grantee_email",
            ),
            (make(&grant(pete, ben, &both)), 422, "unknown_user", "/grantor_email"),
            (make(&grant(ben, pete, &both)), 422, "unknown_user", "/grantee_email"),
            (make(&grant("ina@acme.example", ben, &both)), 422, "user_inactive", "/grantor_email"),
            (make(&grant(ben, "ina@acme.example", &both)), 422, "user_inactive", "/grantee_email"),
            (
                make(&grant("dina@acme.example", ben, &both)),
                422,
                "user_protected",
                "/grantor_email",
            ),
            (make(&grant(ben, ben, &both)), 422, "same_user", "/grantee_email"),
            (make(&grant(ben, " BEN@acme.example ", &both)), 422, "same_user", "/grantee_email"),
            (make(&grant(eli, ben, &json!([]))), 422, "access_required", "/access"),
            (make(&grant("not an address", ben, &both)), 422, "invalid_email", "/grantor_email"),
            (make(&grant(cleo, ben, &both)), 409, "duplicate_grant", "-"),
            (
                with("expires_at", json!("2020-01-01T00:00:00Z")),
                422,
                "already_expired",
                "/expires_at",
            ),
            (with("reason", json!("x".repeat(501))), 422, "invalid_text", "/reason"),
            (with("reason", json!("a\nb")), 422, "invalid_text", "/reason"),
        ],
    )
    .await;
    let answer = world.ask(make(&grant(cleo, ben, &both))).await;
    assert_eq!(
        answer.text("existing"),
        format!("/api/v1/grants/{}", existing["id"].as_str().unwrap())
    );
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let world = World::new().await;
    let (ben, eli) = (&*world.ben.email, &*world.eli.email);
    let text = |body: &str| {
        method("POST", "/api/v1/grants")
            .body("application/json", body.to_owned())
            .by(&world.ada.token)
    };
    let json = |body: Value| text(&body.to_string());
    let typed = |kind: &str| method("POST", "/api/v1/grants").body(kind, "{}").by(&world.ada.token);
    let complete = |field: &str, value: Value| {
        let mut body = grant(eli, ben, &json!(["login"]));
        body[field] = value;
        json(body)
    };
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    refused(
        &world,
        vec![
            (text(""), 400, "malformed_json", "-"),
            (text("{"), 400, "malformed_json", "-"),
            (text("{\"grantor_email\": }"), 400, "malformed_json", "-"),
            (text("{} {}"), 422, "invalid_input", "/grantor_email"),
            (
                text(&format!("{} x", grant(eli, ben, &json!(["login"])))),
                400,
                "malformed_json",
                "-",
            ),
            (text("{\"access\": [\"\u{1}\"]}"), 400, "malformed_json", "-"),
            (text(&format!("{{\"access\": {deep}}}")), 422, "invalid_input", "/access/0"),
            (text(&deep), 422, "invalid_input", ""),
            (text("[]"), 422, "invalid_input", ""),
            (text("null"), 422, "invalid_input", ""),
            (text("\"x\""), 422, "invalid_input", ""),
            (json(json!([eli, ben, ["login"]])), 422, "invalid_input", ""),
            (json(json!({})), 422, "invalid_input", "/grantor_email"),
            (
                json(json!({"grantor_email": eli, "grantee_email": ben})),
                422,
                "invalid_input",
                "/access",
            ),
            (json(grant(eli, ben, &json!("login"))), 422, "invalid_input", "/access"),
            (json(grant(eli, ben, &json!(["login", "admin"]))), 422, "invalid_input", "/access/1"),
            (json(grant(eli, ben, &json!({"login": true}))), 422, "invalid_input", "/access"),
            (json(grant(eli, ben, &Value::Null)), 422, "invalid_input", "/access"),
            (complete("grantor_email", json!(7)), 422, "invalid_input", "/grantor_email"),
            (complete("grantor_email", Value::Null), 422, "invalid_input", "/grantor_email"),
            (complete("expires_at", json!("soon")), 422, "invalid_input", "/expires_at"),
            (complete("expires_at", json!(1_767_603_600)), 422, "invalid_input", "/expires_at"),
            (complete("created_by", json!(world.ben.id)), 400, "unknown_field", "/created_by"),
            (complete("a/b~c", json!(1)), 400, "unknown_field", "/a~1b~0c"),
            (complete("`, expected `x", json!(1)), 400, "unknown_field", "/`, expected `x"),
            (text("{\"access\": [], \"access\": []}"), 400, "malformed_json", "-"),
            (typed("text/plain"), 415, "unsupported_media_type", "-"),
            (typed("application/json; charset=utf-16"), 415, "unsupported_media_type", "-"),
            (typed("application/problem+json"), 415, "unsupported_media_type", "-"),
            (typed(""), 415, "unsupported_media_type", "-"),
            (typed("application/json;;;=;\""), 422, "invalid_input", "/grantor_email"),
            (
                typed("application/json").header("content-type", "text/plain"),
                415,
                "unsupported_media_type",
                "-",
            ),
            (
                method("POST", "/api/v1/grants").by(&world.ada.token),
                415,
                "unsupported_media_type",
                "-",
            ),
        ],
    )
    .await;
    let answer = world.ask(complete("grantor", json!(1))).await.problem(400, "unknown_field");
    assert!(
        answer.text("detail").contains("use `grantor_email`, `grantee_email`, `access`"),
        "{}",
        answer.text("detail")
    );
}

#[tokio::test]
async fn t3_what_is_in_another_organization_is_answered_like_what_does_not_exist() {
    let world = World::new().await;
    let existing = world.grant(&world.cleo, &world.ben, &["login"]).await;
    let absent = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e";
    for (kind, verb, suffix, own) in [
        ("grants", "GET", "", existing["id"].as_str().unwrap()),
        ("users", "GET", "", &world.ben.id),
        ("users", "PATCH", "", &world.ben.id),
        ("channels", "GET", "/members", &world.general),
        ("channels", "GET", "/messages", &world.general),
        ("channels", "POST", "/messages", &world.general),
        ("roles", "GET", "", &world.support_lead),
        ("tokens", "DELETE", "", absent),
        ("files", "GET", "", absent),
        ("login-sessions", "DELETE", "", absent),
    ] {
        let mut bodies = Vec::new();
        for id in [
            own,
            absent,
            "nonsense",
            "00000000-0000-0000-0000-000000000000",
            "..%2f..%2fx",
            &own.replace('-', ""),
        ] {
            let ask =
                method(verb, format!("/api/v1/{kind}/{id}{suffix}")).header("x-request-id", "same");
            let ask = match verb {
                "PATCH" => ask.json(&json!({"name": "x"})).if_match("\"1\""),
                "POST" => ask.json(&json!({"body": "x"})),
                _ => ask,
            };
            let answer = world.ask(ask.by(&world.olga.token)).await.expect(404);
            bodies.push(answer.bytes);
        }
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{verb} {kind}: {bodies:?}");
    }
    let mut bodies = Vec::new();
    for email in [&*world.ben.email, "nobody@birch.example"] {
        let body = grant(email, &world.pete.email, &json!(["login"]));
        let ask =
            post("/api/v1/grants", &body).by(&world.olga.token).header("x-request-id", "same");
        bodies.push(
            world.ask(ask).await.problem(422, "unknown_user").body.to_string().replace(email, "?"),
        );
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn other_values_that_cannot_be_used_are_refused() {
    let world = World::new().await;
    let ada = &world.ada.token;
    let ben = format!("/api/v1/users/{}", world.ben.id);
    let user = |body: Value| post("/api/v1/users", &body).by(ada);
    let edit = |body: Value| patch(ben.clone(), &body).if_match("\"1\"").by(ada);
    let token = |body: Value| post("/api/v1/tokens", &body).by(ada);
    let channel = format!("/api/v1/channels/{}", world.general);
    let say = |body: Value| post(format!("{channel}/messages"), &body).by(ada);
    let ask = |body: Value| post("/api/v1/decisions", &body).by(ada);
    let last = format!("/api/v1/users/{}", world.ada.id);
    let organization = |body: Value| patch("/api/v1/organization", &body).if_match("\"1\"").by(ada);
    let role = |body: Value| post("/api/v1/roles", &body).by(ada);
    refused(
        &world,
        vec![
            (user(json!({"name": "B", "email": "BEN@acme.example"})), 409, "email_taken", "-"),
            (user(json!({"name": " ", "email": "b@acme.example"})), 422, "invalid_text", "/name"),
            (user(json!({"name": "B", "email": "b@acme"})), 422, "invalid_email", "/email"),
            (user(json!({"name": "B", "email": "b@acme.example", "password": "short"})), 422, "unsuitable_password", "/password"),
            (user(json!({"name": "B", "email": "b@acme.example", "role_id": world.ben.id})), 422, "role_not_found", "/role_id"),
            (user(json!({"name": "B", "email": "b@acme.example", "role_id": "x"})), 422, "invalid_input", "/role_id"),
            (edit(json!({"status": "asleep"})), 422, "invalid_input", "/status"),
            (edit(json!({"protected": "yes"})), 422, "invalid_input", "/protected"),
            (edit(json!({"email": "x@acme.example"})), 400, "unknown_field", "/email"),
            (patch(last.clone(), &json!({"status": "deactivated"})).if_match("*").by(ada), 409, "last_administrator", "-"),
            (delete(last).if_match("*").by(ada), 409, "last_administrator", "-"),
            (token(json!({"name": "t", "expires_at": "2020-01-01T00:00:00Z"})), 422, "out_of_range", "/expires_at"),
            (token(json!({"name": ""})), 422, "invalid_text", "/name"),
            (post("/api/v1/channels", &json!({"name": "GENERAL"})).by(ada), 409, "name_taken", "-"),
            (role(json!({"name": "support LEAD", "permissions": []})), 409, "name_taken", "-"),
            (role(json!({"name": "x", "permissions": ["administer_organization"]})), 422, "permission_not_assignable", "/permissions"),
            (role(json!({"name": "x", "permissions": ["everything"]})), 422, "invalid_input", "/permissions/0"),
            (organization(json!({"login_session_minutes": 4})), 422, "out_of_range", "/login_session_minutes"),
            (organization(json!({"login_session_minutes": -1})), 422, "invalid_input", "/login_session_minutes"),
            (organization(json!({"plan": "individual"})), 400, "unknown_field", "/plan"),
            (say(json!({"body": "  "})), 422, "invalid_text", "/body"),
            (say(json!({"body": "x".repeat(20_001)})), 422, "invalid_text", "/body"),
            (say(json!({"body": "x", "author": world.ben.id})), 400, "unknown_field", "/author"),
            (say(json!({"body": "x".repeat(300_000)})), 413, "body_too_large", "-"),
            (say(json!({"body": "x", "send_as": world.ben.id})), 403, "no_grant", "-"),
            (ask(json!({"actor_id": world.ben.id, "action": "send", "subject_id": world.cleo.id})), 422, "channel_required", "/channel_id"),
            (ask(json!({"actor_id": world.ben.id, "action": "fly", "subject_id": world.cleo.id})), 422, "invalid_input", "/action"),
            (put("/api/v1/me/password").json(&json!({"current_password": "wrong password", "new_password": "another password"})).by(ada), 422, "wrong_password", "/current_password"),
            (put("/api/v1/me/password").json(&json!({"current_password": "impersonate-me", "new_password": "short"})).by(ada), 422, "unsuitable_password", "/new_password"),
            (put(format!("{ben}/password")).json(&json!({"new_password": "short"})).by(ada), 422, "unsuitable_password", "/new_password"),
            (get("/api/v1/grants").by(&world.ben.token), 403, "permission_required", "-"),
        ],
    )
    .await;
}

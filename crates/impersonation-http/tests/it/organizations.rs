//! Organizations, their plans, and setting up the first.

use impersonation_domain::secret::{Secret, SecretKind};
use serde_json::json;

use crate::support::{OPERATOR, PASSWORD, Server, World, delete, get, patch, post};

#[tokio::test]
async fn the_set_up_link_works_once_on_an_empty_store() {
    let token = Secret::from_random(SecretKind::SetUp, [7; 32]);
    let server = Server::with(|settings| settings.set_up_token = Some(token.hash()));
    let link = format!("/api/v1/set-up/{}", token.reveal());
    let other = Secret::from_random(SecretKind::SetUp, [8; 32]);
    for wrong in [
        format!("/api/v1/set-up/{}", other.reveal()),
        "/api/v1/set-up/x".to_owned(),
        link.to_uppercase(),
    ] {
        server.ask(get(wrong)).await.problem(404, "not_found");
    }
    let how = server.ask(get(link.clone())).await.expect(200);
    assert!(how.body["example"]["admin_email"].is_string());
    let body = |email: &str, password: &str| json!({"organization_name": "Acme", "admin_name": "Ada", "admin_email": email, "admin_password": password});
    for (email, password, code, pointer) in [
        ("x", PASSWORD, "invalid_email", "/admin_email"),
        ("ada@acme.example", "short", "unsuitable_password", "/admin_password"),
    ] {
        let answer =
            server.ask(post(link.clone(), &body(email, password))).await.problem(422, code);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer);
    }
    let mut nameless = body("ada@acme.example", PASSWORD);
    nameless["organization_name"] = json!(" ");
    let answer = server.ask(post(link.clone(), &nameless)).await.problem(422, "invalid_text");
    assert_eq!(answer.body["errors"][0]["pointer"], "/organization_name");

    let made =
        server.ask(post(link.clone(), &body("ada@acme.example", PASSWORD))).await.expect(201);
    assert_eq!(
        (made.text("plan"), made.body["admin"]["email"].as_str()),
        ("enterprise", Some("ada@acme.example"))
    );
    assert!(!made.bytes.windows(8).any(|window| window == b"imp_set_"));
    server.ask(get(link.clone())).await.problem(404, "not_found");
    server.ask(post(link, &body("eve@acme.example", PASSWORD))).await.problem(404, "not_found");
    let sign_in = json!({"email": "ada@acme.example", "password": PASSWORD});
    server.ask(post("/api/v1/sign-in", &sign_in)).await.expect(200);
}

#[tokio::test]
async fn the_operator_makes_organizations_and_sets_plans() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let (token, _) = world.log_in(&world.ben, &world.cleo).await;
    let path = format!("/api/v1/operator/organizations/{}", world.acme);
    let set = async |plan: &str| {
        world.ask(patch(path.clone(), &json!({"plan": plan})).by(OPERATOR)).await
    };
    assert_eq!(set("individual").await.expect(200).text("plan"), "individual");
    world.ask(get("/api/v1/me").by(&token)).await.problem(401, "login_session_ended");
    for ask in [
        get("/api/v1/grants"),
        get("/api/v1/me/accounts"),
        get("/api/v1/me/delegates"),
        get("/api/v1/login-sessions"),
        post(
            "/api/v1/decisions",
            &json!({"actor_id": world.ben.id, "action": "login", "subject_id": world.cleo.id}),
        ),
        post("/api/v1/login-sessions", &json!({"subject_id": world.cleo.id})),
        delete("/api/v1/login-sessions/current"),
    ] {
        world.as_ada(ask).await.problem(403, "plan_excludes_impersonation");
    }
    set("multi_user").await.expect(200);
    // Nothing was deleted, and nothing revives.
    assert_eq!(world.as_ada(get("/api/v1/grants")).await.expect(200).items().len(), 1);
    world.ask(get("/api/v1/me").by(&token)).await.problem(401, "login_session_ended");
    // A custom role gives nothing on this plan.
    world
        .ask(get("/api/v1/grants").by(&world.dina.token))
        .await
        .problem(403, "permission_required");
    let role = json!({"name": "x", "permissions": []});
    world.as_ada(post("/api/v1/roles", &role)).await.problem(403, "plan_excludes_custom_roles");
    set("platinum").await.problem(422, "invalid_input");
    let absent = patch("/api/v1/operator/organizations/nonsense", &json!({"plan": "individual"}));
    world.ask(absent.by(OPERATOR)).await.problem(404, "organization_not_found");

    let organizations =
        world.ask(get("/api/v1/operator/organizations").by(OPERATOR)).await.expect(200);
    let names: Vec<_> =
        organizations.items().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Acme", "Birch"]);
    let admin = |field: &str, value: &str| {
        let mut body = json!({"name": "New", "plan": "individual",
            "admin": {"name": "New", "email": "new@new.example", "password": PASSWORD}});
        body["admin"][field] = json!(value);
        post("/api/v1/operator/organizations", &body).by(OPERATOR)
    };
    for (field, value, status, pointer) in [
        ("name", "", 422, "/admin/name"),
        ("email", "x", 422, "/admin/email"),
        ("password", "x", 422, "/admin/password"),
        ("role", "x", 400, "/admin/role"),
    ] {
        let answer = world.ask(admin(field, value)).await.expect(status);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn g1_managing_can_be_switched_off_even_for_admin() {
    let world = World::new().await;
    let roles = world.as_ada(get("/api/v1/roles")).await.expect(200);
    let admin = roles.items().iter().find(|role| role["kind"] == "admin").unwrap();
    let path = format!("/api/v1/roles/{}", admin["id"].as_str().unwrap());
    world
        .as_ada(patch(path, &json!({"permissions": ["read_audit_log"]})).if_match("\"1\""))
        .await
        .expect(200);
    world.as_ada(get("/api/v1/grants")).await.problem(403, "permission_required");
    world.ask(get("/api/v1/grants").by(&world.dina.token)).await.expect(200);
}

#[tokio::test]
async fn an_api_token_is_shown_once_and_revoked_at_once() {
    let world = World::new().await;
    let made = world.as_ada(post("/api/v1/tokens", &json!({"name": "script"}))).await.expect(201);
    let (id, token) = (made.text("id"), made.text("token"));
    assert_eq!(made.text("expires_at"), "2026-04-05T09:00:00Z");
    let me = world.ask(get("/api/v1/me").by(token)).await.expect(200);
    assert_eq!(me.body["actor"]["id"], world.ada.id);
    let listed = world.as_ada(get("/api/v1/tokens")).await.expect(200);
    assert_eq!(listed.items()[0]["name"], "script");
    assert!(!String::from_utf8_lossy(&listed.bytes).contains("imp_api_"));
    world.as_ada(delete(format!("/api/v1/tokens/{id}"))).await.expect(204);
    world.ask(get("/api/v1/me").by(token)).await.problem(401, "unauthenticated");
    world.as_ada(delete(format!("/api/v1/tokens/{id}"))).await.problem(404, "token_not_found");
}

#[tokio::test]
async fn the_audit_log_is_read_and_verified() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let (token, session) = world.log_in(&world.ben, &world.cleo).await;
    let say = post(format!("/api/v1/channels/{}/messages", world.deals), &json!({"body": "hello"}));
    world.ask(say.by(&token)).await.expect(201);
    let events =
        world.as_ada(get(format!("/api/v1/audit-events?session={session}"))).await.expect(200);
    let sent = events.items().iter().find(|event| event["action"] == "message.send").unwrap();
    assert_eq!((&sent["actor"]["name"], &sent["subject"]["name"]), (&json!("Ben"), &json!("Cleo")));
    assert_eq!((&sent["access"], &sent["result"]), (&json!("login"), &json!("allowed")));
    assert_eq!(sent["credential"]["kind"], "sign_in");
    let own = world.ask(get("/api/v1/audit-events").by(&world.cleo.token)).await.expect(200);
    let involves = |event: &serde_json::Value| {
        [&event["actor"]["id"], &event["subject"]["id"]].contains(&&json!(world.cleo.id))
    };
    assert!(!own.items().is_empty() && own.items().iter().all(involves));
    let verified = world.as_ada(get("/api/v1/audit-events/verify")).await.expect(200);
    assert_eq!((&verified.body["valid"], &verified.body["fault"]), (&json!(true), &json!(null)));
    assert!(verified.body["events"].as_u64().unwrap() > 10);
    let dump =
        String::from_utf8_lossy(&world.as_ada(get("/api/v1/audit-events?limit=200")).await.bytes)
            .into_owned();
    assert!(!dump.contains("imp_own_") && !dump.contains("imp_las_") && !dump.contains(PASSWORD));
}

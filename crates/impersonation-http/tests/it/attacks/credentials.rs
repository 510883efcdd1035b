//! Who one is, and for how long.

use std::{collections::BTreeSet, sync::Arc};

use impersonation_http::OperatorToken;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{DOCUMENT, PASSWORD, World, delete, get, patch, post};

use super::{ME, operations};

#[tokio::test]
async fn s2_no_part_of_a_token_and_nothing_like_it_opens_a_login_session() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let (token, _) = world.log_in(&world.ben, &world.cleo).await;
    world.ask(get(ME).by(&token)).await.expect(200);
    let mut others: Vec<String> =
        (0..token.len()).map(|end| token.get(..end).unwrap().to_owned()).collect();
    others.extend((1..token.len()).map(|start| token.get(start..).unwrap().to_owned()));
    for (place, old) in token.char_indices() {
        let upper = old.to_ascii_uppercase();
        for new in ['0', 'f', '_', upper].into_iter().filter(|new| *new != old) {
            let mut other = token.clone();
            other.replace_range(place..=place, &new.to_string());
            others.push(other);
        }
    }
    others.extend(["0", "f", ".", "=", ",", ";x"].map(|end| format!("{token}{end}")));
    assert!(others.len() > 200);
    for other in others {
        world.ask(get(ME).by(&other)).await.problem(401, "unauthenticated");
    }
    world.ask(get(ME).by(&token)).await.expect(200);
}

#[tokio::test]
async fn d12_an_empty_identity_is_nobody_and_never_the_operator() {
    for empty in ["", " ", "\t", "short"] {
        assert!(OperatorToken::new(empty).is_err(), "{empty:?}");
    }
    let world = World::new().await;
    let before = world.everything().await;
    let nil = "00000000-0000-0000-0000-000000000000";
    for identity in
        ["", " ", "  ", "null", "undefined", "nobody", nil, "imp_own_", "imp_las_", "imp_api_", "0"]
    {
        for path in [ME, "/api/v1/grants", "/api/v1/operator/organizations"] {
            let answer = world.ask(get(path).by(identity)).await;
            answer.problem(401, "unauthenticated");
        }
    }
    // Nor does an empty name of somebody else mean oneself, or everybody.
    for subject in ["", " ", nil, "*", "null"] {
        let start = post("/api/v1/login-sessions", &json!({"subject_id": subject}));
        let answer = world.ask(start.by(&world.ben.token)).await;
        assert!(matches!(answer.status, 403 | 422), "{subject}: {:#}", answer.body);
        let send = json!({"body": "x", "send_as": subject});
        let send = post(format!("/api/v1/channels/{}/messages", world.general), &send);
        let answer = world.ask(send.by(&world.ben.token)).await;
        assert!(matches!(answer.status, 403 | 422), "{subject}: {:#}", answer.body);
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn s1_no_body_names_who_acts() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    let (inside, _) = world.log_in(&world.ben, &world.cleo).await;
    let before = world.everything().await;
    let messages = format!("/api/v1/channels/{}/messages", world.general);
    for (path, body) in [
        ("/api/v1/login-sessions", json!({"subject_id": world.cleo.id})),
        (&*messages, json!({"body": "x"})),
        ("/api/v1/tokens", json!({"name": "x"})),
        ("/api/v1/channels", json!({"name": "x"})),
        ("/api/v1/sign-in", json!({"email": world.ben.email, "password": PASSWORD})),
    ] {
        for field in [
            "actor",
            "actor_id",
            "user",
            "user_id",
            "author",
            "author_id",
            "sent_by",
            "email_address",
            "organization",
            "tenant_id",
            "on_behalf_of",
            "impersonator_id",
            "created_by",
        ] {
            let mut body = body.clone();
            body[field] = json!(world.ada.id);
            for token in [&world.ben.token, &inside, &world.ada.token] {
                let answer = world.ask(post(path, &body).by(token)).await;
                answer.problem(400, "unknown_field");
            }
        }
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn r2_who_was_deactivated_gets_nothing_back_with_the_account() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.dina, &["login"]).await;
    let roles = world.as_ada(get("/api/v1/roles")).await.expect(200);
    let admin = roles.items().iter().find(|role| role["kind"] == "admin").unwrap();
    let promote = json!({"role_id": admin["id"]});
    let path = format!("/api/v1/users/{}", world.dina.id);
    world.as_ada(patch(path, &promote).if_match("*")).await.expect(200);
    let dina = &world.dina;
    let api = world.ask(post("/api/v1/tokens", &json!({"name": "x"})).by(&dina.token)).await;
    let api = api.expect(201).text("token").to_owned();
    let (session, _) = world.log_in(dina, &world.cleo).await;
    for token in [&dina.token, &api, &session] {
        world.ask(get(ME).by(token)).await.expect(200);
    }
    let set = async |status: &str| {
        let edit = patch(format!("/api/v1/users/{}", dina.id), &json!({"status": status}));
        world.as_ada(edit.if_match("*")).await.expect(200);
    };
    set("deactivated").await;
    for token in [&dina.token, &api, &session] {
        world.ask(get(ME).by(token)).await.expect(401);
    }
    set("active").await;
    for token in [&dina.token, &api, &session] {
        world.ask(get(ME).by(token)).await.expect(401);
    }
    let log_in = json!({"email": dina.email, "password": PASSWORD});
    world.ask(post("/api/v1/sign-in", &log_in)).await.expect(200);
}

#[test]
fn s4_nothing_renews_a_session_or_makes_one_credential_of_another() {
    let resolve = |schema: &Value| match schema["$ref"].as_str() {
        Some(name) => DOCUMENT["components"]["schemas"][name.rsplit('/').next().unwrap()].clone(),
        None => schema.clone(),
    };
    let mut credentials = BTreeSet::new();
    for (path, _, operation) in operations() {
        for word in ["refresh", "renew", "extend", "exchange", "oauth", "introspect", "impersonat"]
        {
            assert!(!path.contains(word), "{path}");
        }
        for answer in operation["responses"].as_object().unwrap().values() {
            for content in answer["content"].as_object().into_iter().flatten() {
                if resolve(&content.1["schema"])["properties"].get("token").is_some() {
                    credentials.insert(operation["operationId"].as_str().unwrap());
                }
            }
        }
    }
    // Each of these but signing in, which takes a password, is refused inside a login session.
    let known = BTreeSet::from(["create_token", "sign_in", "start_login_session"]);
    assert_eq!(credentials, known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c0_of_requests_at_once_each_is_answered_for_its_own_caller() {
    let world = Arc::new(World::new().await);
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let world = world.clone();
        tasks.spawn(async move {
            for round in 0..20 {
                let people = [&world.ada, &world.ben, &world.cleo, &world.olga, &world.pete];
                match people.get((task + round) % 6) {
                    Some(person) => {
                        let me = world.ask(get(ME).by(&person.token)).await.expect(200);
                        assert_eq!(me.body["actor"]["id"], person.id);
                        assert_eq!(me.body["subject"]["id"], person.id);
                    }
                    None => {
                        world.ask(get(ME)).await.problem(401, "unauthenticated");
                    }
                }
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn g10_what_comes_after_a_deleted_thing_has_nothing_of_it() {
    let world = World::new().await;
    let first = world.grant(&world.cleo, &world.ben, &["login"]).await;
    let (session, _) = world.log_in(&world.ben, &world.cleo).await;
    let old = format!("/api/v1/grants/{}", first["id"].as_str().unwrap());
    world.as_ada(delete(old.clone()).if_match("\"1\"")).await.expect(204);
    let second = world.grant(&world.cleo, &world.ben, &["login"]).await;
    assert_ne!(first["id"], second["id"]);
    world.ask(get(ME).by(&session)).await.problem(401, "login_session_ended");
    world.as_ada(get(old.clone())).await.problem(404, "grant_not_found");
    world.as_ada(delete(old).if_match("\"1\"")).await.problem(404, "grant_not_found");
    // Somebody else under the address of a removed person.
    let remove = delete(format!("/api/v1/users/{}", world.cleo.id)).if_match("*");
    world.as_ada(remove).await.expect(204);
    let again = json!({"name": "Cleo", "email": world.cleo.email, "password": PASSWORD});
    let again = world.as_ada(post("/api/v1/users", &again)).await.expect(201).text("id").to_owned();
    assert_ne!(again, world.cleo.id);
    for subject in [&again, &world.cleo.id] {
        let start = post("/api/v1/login-sessions", &json!({"subject_id": subject}));
        world.ask(start.by(&world.ben.token)).await.problem(403, "no_grant");
    }
    world.ask(get(ME).by(&world.cleo.token)).await.problem(401, "unauthenticated");
    let log_in = json!({"email": world.cleo.email, "password": PASSWORD});
    let new = world.ask(post("/api/v1/sign-in", &log_in)).await.expect(200);
    assert_eq!(new.body["user"]["id"], json!(again));
}

#[tokio::test]
async fn t5_no_forged_cursor_is_taken() {
    let world = World::new().await;
    let first = world.as_ada(get("/api/v1/users?limit=2")).await.expect(200);
    let cursor = first.text("next_cursor").to_owned();
    let mut forged: Vec<String> =
        (1..cursor.len()).map(|end| cursor.get(..end).unwrap().to_owned()).collect();
    for (place, old) in cursor.char_indices() {
        for new in ['A', 'z', '_'].into_iter().filter(|new| *new != old) {
            let mut other = cursor.clone();
            other.replace_range(place..=place, &new.to_string());
            forged.push(other);
        }
    }
    forged.extend(
        ["%27%20OR%201=1--", "eyJpZCI6MX0", "MQ", "0", "-1", "null", "AAAAAAAAAAAAAAAAAAAAAG51bGw"]
            .map(str::to_owned),
    );
    forged.push(format!("{cursor}A"));
    forged.push(format!("{cursor}{cursor}"));
    for list in ["users", "grants", "channels", "roles", "tokens", "login-sessions", "audit-events"]
    {
        let whole = get(format!("/api/v1/{list}?cursor={cursor}"));
        let taken = world.as_ada(whole).await;
        assert_eq!(taken.status == 200, list == "users", "{list}: {}", taken.status);
        for other in &forged {
            let answer = world.as_ada(get(format!("/api/v1/{list}?cursor={other}"))).await;
            assert_eq!(answer.status, 400, "{list}: {other}");
        }
    }
}

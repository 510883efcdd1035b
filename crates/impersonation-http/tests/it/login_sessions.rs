//! Logging in as somebody else.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{World, delete, get, patch, post};

const SESSIONS: &str = "/api/v1/login-sessions";
const CURRENT: &str = "/api/v1/login-sessions/current";

#[tokio::test]
async fn s10_inside_a_session_both_are_named_and_stopping_returns_to_ones_own_account() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let accounts = world.ask(get("/api/v1/me/accounts").by(&world.ben.token)).await.expect(200);
    assert_eq!(accounts.items()[0]["user"]["id"], world.cleo.id);
    assert_eq!(accounts.items()[0]["access"], json!(["login"]));

    let body = json!({"subject_id": world.cleo.id, "reason": "ticket 7"});
    let started = world.ask(post(SESSIONS, &body).by(&world.ben.token)).await.expect(201);
    assert_eq!(started.body["subject"]["name"], "Cleo");
    assert_eq!(started.text("expires_at"), "2026-01-05T10:00:00Z");
    assert_eq!(started.header("location"), format!("{SESSIONS}/{}", started.text("id")));
    let token = started.text("token");
    assert!(token.starts_with("imp_las_"));

    let me = world.ask(get("/api/v1/me").by(token)).await.expect(200);
    assert_eq!(
        (&me.body["actor"]["name"], &me.body["subject"]["name"]),
        (&json!("Ben"), &json!("Cleo"))
    );
    assert_eq!(me.body["login_session"]["id"], started.body["id"]);
    assert_eq!(me.body["permissions"], json!([]));
    let channels = world.ask(get("/api/v1/channels").by(token)).await.expect(200);
    assert_eq!(channels.items().len(), 2);
    for refused in [get("/api/v1/users"), get("/api/v1/me/accounts"), post(SESSIONS, &body)] {
        world.ask(refused.by(token)).await.problem(403, "in_login_session");
    }

    let delegates = world.ask(get("/api/v1/me/delegates").by(&world.cleo.token)).await.expect(200);
    assert_eq!(delegates.body["live"][0]["reason"], "ticket 7");
    assert_eq!(delegates.body["may_act"][0]["grantee"]["name"], "Ben");
    world.ask(delete(CURRENT).by(token)).await.expect(204);
    world.ask(get("/api/v1/me").by(token)).await.problem(401, "login_session_ended");
    world.ask(delete(CURRENT).by(&world.ben.token)).await.problem(409, "no_login_session");
    let delegates = world.ask(get("/api/v1/me/delegates").by(&world.cleo.token)).await.expect(200);
    assert_eq!(delegates.body["past"][0]["end_cause"], "stopped");
    assert_eq!(delegates.body["live"], json!([]));
}

#[tokio::test]
async fn s4_an_open_page_asks_whether_the_session_goes_on_without_keeping_it_alive() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    world.ask(get(CURRENT).by(&world.ben.token)).await.problem(409, "no_login_session");
    let body = json!({"subject_id": world.cleo.id});
    let started = world.ask(post(SESSIONS, &body).by(&world.ben.token)).await.expect(201);
    let token = started.text("token");
    for _ in 0..14 {
        world.environment.clock.advance(TimeDelta::minutes(1));
        let current = world.ask(get(CURRENT).by(token)).await.expect(200);
        assert_eq!(current.body["id"], started.body["id"]);
        assert_eq!(current.body["expires_at"], started.body["expires_at"]);
    }
    world.environment.clock.advance(TimeDelta::minutes(1));
    world.ask(get(CURRENT).by(token)).await.problem(401, "login_session_ended");
}

#[tokio::test]
async fn w6_whoever_may_not_log_in_learns_nothing_of_the_account() {
    let world = World::new().await;
    let protect =
        patch(format!("/api/v1/users/{}", world.eli.id), &json!({"protected": true})).if_match("*");
    world.as_ada(protect).await.expect(200);
    let mut bodies = Vec::new();
    for subject in
        [&*world.cleo.id, &*world.eli.id, &*world.pete.id, "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e"]
    {
        let ask = post(SESSIONS, &json!({"subject_id": subject})).header("x-request-id", "same");
        bodies.push(world.ask(ask.by(&world.ben.token)).await.problem(403, "no_grant").bytes);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    let own = post(SESSIONS, &json!({"subject_id": world.ben.id}));
    world.ask(own.by(&world.ben.token)).await.problem(403, "same_user");
}

#[tokio::test]
async fn s4_limits_end_a_session_each_with_its_own_cause() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    let (token, id) = world.log_in(&world.ben, &world.cleo).await;
    world.environment.clock.advance(TimeDelta::minutes(14));
    world.ask(get("/api/v1/me").by(&token)).await.expect(200);
    world.environment.clock.advance(TimeDelta::minutes(15));
    world.ask(get("/api/v1/me").by(&token)).await.problem(401, "login_session_ended");
    let sessions = world.as_ada(get(format!("{SESSIONS}?live=false"))).await.expect(200);
    assert_eq!(sessions.items()[0]["id"], id);
    assert_eq!(sessions.items()[0]["end_cause"], "idle_limit");
    assert_eq!(sessions.items()[0]["live"], false);
}

#[tokio::test]
async fn managers_see_all_sessions_and_others_their_own() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    world.grant(&world.eli, &world.cleo, &["login"]).await;
    let (token, by_ben) = world.log_in(&world.ben, &world.cleo).await;
    let (_, by_cleo) = world.log_in(&world.cleo, &world.eli).await;
    let seen = async |token: &str| {
        let answer = world.ask(get(format!("{SESSIONS}?live=true")).by(token)).await.expect(200);
        answer
            .items()
            .iter()
            .map(|session| session["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&world.dina.token).await.len(), 2);
    assert_eq!(seen(&world.ben.token).await, std::slice::from_ref(&by_ben));
    assert_eq!(seen(&world.eli.token).await, std::slice::from_ref(&by_cleo));
    assert!(seen(&world.olga.token).await.is_empty());

    let end = |id: &str| delete(format!("{SESSIONS}/{id}"));
    world.ask(end(&by_cleo).by(&world.ben.token)).await.problem(404, "login_session_not_found");
    world.ask(end(&by_ben).by(&world.cleo.token)).await.expect(204);
    world.ask(end(&by_cleo).by(&world.dina.token)).await.expect(204);
    world.ask(end(&by_cleo).by(&world.dina.token)).await.expect(204);
    world.ask(get("/api/v1/me").by(&token)).await.problem(401, "login_session_ended");
    let ended = world.as_ada(get(SESSIONS)).await.expect(200);
    let causes: Vec<&Value> = ended.items().iter().map(|session| &session["end_cause"]).collect();
    assert_eq!(causes, ["ended_by_administrator", "ended_by_owner"]);
}

#[tokio::test]
async fn s8_there_are_only_so_many_sessions_at_once() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    for _ in 0..5 {
        world.log_in(&world.ben, &world.cleo).await;
    }
    let sixth = post(SESSIONS, &json!({"subject_id": world.cleo.id})).by(&world.ben.token);
    world.ask(sixth).await.problem(409, "too_many_login_sessions");
}

//! Messages.

use serde_json::{Value, json};

use crate::support::{World, delete, get, post};

#[tokio::test]
async fn a_message_sent_as_another_is_theirs_and_tells_only_those_who_may_know() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    let path = format!("/api/v1/channels/{}/messages", world.general);
    let body = json!({"body": "two\nlines", "send_as": world.cleo.id});
    let sent = world.ask(post(path.clone(), &body).by(&world.ben.token)).await.expect(201);
    assert_eq!(sent.body["author"]["name"], "Cleo");
    assert_eq!(sent.body["sent_by"]["name"], "Ben");
    assert_eq!(
        sent.body["via"],
        json!({"kind": "send_as", "grant_id": grant["id"], "grant_version": 1})
    );
    let seen = async |token: &str| {
        world.ask(get(path.clone()).by(token)).await.expect(200).items()[0].clone()
    };
    for knows in [&world.ben, &world.cleo, &world.ada] {
        assert_eq!(seen(&knows.token).await, sent.body);
    }
    let mut outside = sent.body.clone();
    outside.as_object_mut().unwrap().retain(|field, _| field != "sent_by" && field != "via");
    assert_eq!(seen(&world.eli.token).await, outside);

    let (token, session) = world.log_in(&world.ben, &world.cleo).await;
    let inside =
        world.ask(post(path.clone(), &json!({"body": "inside"})).by(&token)).await.expect(201);
    assert_eq!(inside.body["author"]["name"], "Cleo");
    assert_eq!(inside.body["via"]["login_session_id"], session);
    let own = world
        .ask(post(path.clone(), &json!({"body": "own"})).by(&world.ben.token))
        .await
        .expect(201);
    assert_eq!((&own.body["author"]["name"], own.body.get("via")), (&json!("Ben"), None));
    assert_eq!(own.body["files"], json!([]));
    let nested = json!({"body": "x", "send_as": world.eli.id});
    world.ask(post(path, &nested).by(&token)).await.problem(403, "in_login_session");
}

#[tokio::test]
async fn n6_membership_counts_when_it_is_sent() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["send"]).await;
    let send = async || {
        let body = json!({"body": "x", "send_as": world.cleo.id});
        world
            .ask(
                post(format!("/api/v1/channels/{}/messages", world.deals), &body)
                    .by(&world.ben.token),
            )
            .await
    };
    send().await.expect(201);
    let member = |id: &str| delete(format!("/api/v1/channels/{}/members/{id}", world.deals));
    world.as_ada(member(&world.cleo.id)).await.expect(204);
    send().await.problem(403, "subject_not_in_channel");
    world.as_ada(member(&world.ben.id)).await.expect(204);
    send().await.problem(404, "channel_not_found");
    world.as_ada(member(&world.ben.id)).await.problem(404, "user_not_found");
}

#[tokio::test]
async fn whoever_is_not_in_a_channel_does_not_see_it() {
    let world = World::new().await;
    let path = |what: &str| format!("/api/v1/channels/{}/{what}", world.board);
    world.ask(get(path("messages")).by(&world.ben.token)).await.problem(404, "channel_not_found");
    world.ask(get(path("members")).by(&world.ben.token)).await.problem(404, "channel_not_found");
    let say = post(path("messages"), &json!({"body": "x"})).by(&world.ben.token);
    world.ask(say).await.problem(404, "channel_not_found");
    let names = async |token: &str| {
        let answer = world.ask(get("/api/v1/channels").by(token)).await.expect(200);
        answer.items().iter().map(|channel| channel["name"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(names(&world.ben.token).await, ["deals", "general"]);
    assert_eq!(names(&world.ada.token).await, ["board", "deals", "general"]);
    assert!(names(&world.pete.token).await.is_empty());
}

//! Lists in pages.

use serde_json::{Value, json};

use crate::support::{World, get, post};

/// All items of a list, page by page, following `Link`.
async fn pages(world: &World, token: &str, first: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = world.ask(get(path).by(token)).await.expect(200);
        pages.push(answer.items().to_vec());
        let link = answer.header("link");
        next = link
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix(">; rel=\"next\""))
            .map(ToOwned::to_owned);
        assert_eq!(next.is_some(), answer.body["next_cursor"].is_string(), "{link}");
        if let Some(next) = &next {
            assert!(next.contains(&format!("cursor={}", answer.text("next_cursor"))), "{link}");
        }
        assert!(pages.len() < 100);
    }
    pages
}

#[tokio::test]
async fn a_list_is_the_same_whole_or_in_pages() {
    let world = World::new().await;
    for (grantor, grantee) in
        [(&world.cleo, &world.ben), (&world.ben, &world.eli), (&world.eli, &world.cleo)]
    {
        world.grant(grantor, grantee, &["login", "send"]).await;
    }
    for (actor, subject) in
        [(&world.ben, &world.cleo), (&world.eli, &world.ben), (&world.cleo, &world.eli)]
    {
        world.log_in(actor, subject).await;
    }
    for index in 0..5 {
        let path = format!("/api/v1/channels/{}/messages", world.general);
        world.as_ada(post(path, &json!({"body": format!("{index}")}))).await.expect(201);
    }
    for list in [
        "grants?sort=grantee_name",
        "grants?sort=-expires_at&search=acme%2Eexample",
        "grants?sort=login",
        "users?search=acme",
        "channels?",
        "login-sessions?live=true",
        "audit-events?since=2026-01-05T09:00:00%2B00:00",
        &format!("channels/{}/messages?", world.general),
    ] {
        // Reading the audit log is itself an event, once a minute.
        world.as_ada(get("/api/v1/audit-events")).await.expect(200);
        let whole = pages(&world, &world.ada.token, &format!("/api/v1/{list}&limit=200")).await;
        assert_eq!(whole.len(), 1, "{list}");
        let small = pages(&world, &world.ada.token, &format!("/api/v1/{list}&limit=2")).await;
        assert!(small.len() > 1 && small.iter().all(|page| page.len() <= 2), "{list}");
        assert_eq!(small.concat(), whole.concat(), "{list}");
    }
    let names = pages(&world, &world.ada.token, "/api/v1/grants?sort=grantee_name").await.concat();
    let names: Vec<_> =
        names.iter().map(|grant| grant["grantee"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Ben", "Cleo", "Eli"]);
}

#[tokio::test]
async fn filters_are_passed_on() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["login"]).await;
    world.grant(&world.ben, &world.eli, &["send"]).await;
    world.environment.clock.advance(chrono::TimeDelta::minutes(1));
    let count = async |query: &str| {
        let answer = world.as_ada(get(format!("/api/v1/{query}"))).await.expect(200);
        answer.items().len()
    };
    for (query, expected) in [
        ("grants", 2),
        ("grants?access=login", 1),
        ("grants?search=CLEO", 1),
        ("grants?search=%25", 0),
        ("grants?state=live", 2),
        ("grants?state=expired", 0),
        (&format!("grants?grantor={}", world.ben.id), 1),
        (&format!("grants?grantee={}&access=login", world.eli.id), 0),
        ("grants?unused_for_days=0", 2),
        ("grants?unused_for_days=1", 0),
        ("users", 5),
        ("users?search=ben", 1),
        (&format!("users?role={}", world.support_lead), 1),
        ("users?status=deactivated", 0),
        ("audit-events?action=grant.create", 2),
        (&format!("audit-events?action=grant.create&account={}", world.cleo.id), 1),
        (&format!("audit-events?actor={}&action=grant.create", world.ben.id), 0),
        ("audit-events?result=refused", 0),
        ("audit-events?until=2026-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn t5_a_cursor_is_good_for_one_list_of_one_caller() {
    let world = World::new().await;
    let first = world.as_ada(get("/api/v1/users?limit=2")).await.expect(200);
    let cursor = first.text("next_cursor");
    let using = |path: &str| get(format!("/api/v1/{path}cursor={cursor}"));
    world.as_ada(using("users?")).await.expect(200);
    world.as_ada(using("users?search=&limit=1&")).await.expect(200);
    world.as_ada(using("users?search=a&")).await.problem(400, "invalid_cursor");
    world.as_ada(using("users?status=active&")).await.problem(400, "invalid_cursor");
    world.as_ada(using("channels?")).await.problem(400, "invalid_cursor");
    for other in [&world.ben, &world.olga] {
        world.ask(using("users?").by(&other.token)).await.problem(400, "invalid_cursor");
    }
    let flipped = cursor.chars().rev().collect::<String>();
    world
        .as_ada(get(format!("/api/v1/users?cursor={flipped}")))
        .await
        .problem(400, "invalid_cursor");
}

//! What is the same for every request.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use futures_util::stream;
use impersonation_domain::{
    email::EmailAddress,
    ids::{OrganizationId, UserId},
    organization::Organization,
    ports::{OrganizationIndex, RepositoryError},
    secret::SecretHash,
};
use impersonation_http::{Metrics, Readiness};
use poem::Body;
use serde_json::json;

use crate::support::{Server, World, get, method, post};

/// An index that answers, fails or panics when it is asked whether it is there.
#[derive(Default)]
struct Index(AtomicU8);

#[async_trait]
impl OrganizationIndex for Index {
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError> {
        Ok(Vec::new())
    }
    async fn by_token(&self, _: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError> {
        Ok(None)
    }
    async fn accounts_by_email(
        &self,
        _: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError> {
        Ok(Vec::new())
    }
    async fn ping(&self) -> Result<(), RepositoryError> {
        match self.0.load(Ordering::SeqCst) {
            0 => Ok(()),
            1 => Err(RepositoryError::unavailable("secret of the store")),
            _ => panic!("the store is broken"),
        }
    }
}

#[tokio::test]
async fn readiness_follows_the_store_and_the_switch() {
    let (index, readiness) = (Arc::new(Index::default()), Readiness::default());
    let server = Server::with(|settings| {
        settings.index = index.clone();
        settings.readiness = readiness.clone();
    });
    server.ask(get("/readyz")).await.expect(200);
    index.0.store(1, Ordering::SeqCst);
    let answer = server.ask(get("/readyz")).await.expect(503);
    assert_eq!(answer.bytes, "store unavailable\n");
    index.0.store(0, Ordering::SeqCst);
    readiness.drain();
    assert_eq!(server.ask(get("/readyz")).await.expect(503).bytes, "draining\n");
    assert_eq!(server.ask(get("/livez")).await.expect(200).bytes, "ok\n");
}

#[tokio::test]
async fn w9_a_panic_is_one_failed_request() {
    let index = Arc::new(Index::default());
    let server = Server::with(|settings| settings.index = index.clone());
    index.0.store(2, Ordering::SeqCst);
    for _ in 0..3 {
        let answer = server.ask(get("/readyz")).await.expect(500);
        assert_eq!(answer.code(), "internal_error");
        assert!(!answer.text("detail").contains("broken"));
    }
    index.0.store(0, Ordering::SeqCst);
    server.ask(get("/readyz")).await.expect(200);
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_replaced() {
    let server = Server::new();
    let id = |given: &'static str| get("/livez").header("x-request-id", given);
    assert_eq!(server.ask(id("client-7/a")).await.header("x-request-id"), "client-7/a");
    let long = "x".repeat(129);
    let long = get("/livez").header("x-request-id", &long);
    for ask in [get("/livez"), id(""), id("a b"), id("é"), long] {
        let answer = server.ask(ask).await;
        let id = answer.header("x-request-id");
        assert_eq!(id.len(), 36, "{id}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_a_wrong_method_is_told_the_right_ones() {
    let server = Server::new();
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/me/",
        "/api/v1//me",
        "/metrics",
    ] {
        server.ask(get(path)).await.problem(404, "not_found");
        server.ask(method("DELETE", path)).await.problem(404, "not_found");
    }
    for (verb, path, allow) in [
        ("DELETE", "/api/v1/me", "GET, HEAD"),
        ("POST", "/api/v1/me?x=1", "GET, HEAD"),
        ("PUT", "/api/v1/grants", "GET, HEAD, POST"),
        ("GET", "/api/v1/grants/import", "POST"),
        ("HEAD", "/api/v1/sign-in", "POST"),
        (
            "OPTIONS",
            "/api/v1/grants/0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e",
            "DELETE, GET, HEAD, PATCH",
        ),
        ("TRACE", "/livez", "GET, HEAD"),
        ("BREW", "/livez", "GET, HEAD"),
    ] {
        let answer = server.ask(method(verb, path)).await.expect(405);
        assert_eq!(answer.header("allow"), allow, "{verb} {path}");
        if verb != "HEAD" {
            assert_eq!(answer.code(), "method_not_allowed");
        }
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let world = World::new().await;
    let answer =
        world.ask(method("HEAD", "/api/v1/organization").by(&world.ada.token)).await.expect(200);
    assert!(answer.bytes.is_empty());
    assert_eq!(answer.etag(), "\"1\"");
    let refused = world.ask(method("HEAD", "/api/v1/organization")).await.expect(401);
    assert!(refused.bytes.is_empty());
}

#[tokio::test]
async fn a_query_has_only_the_names_that_there_are() {
    let world = World::new().await;
    for (path, code) in [
        ("/api/v1/me?verbose=1", "unknown_parameter"),
        ("/api/v1/grants?serach=x", "unknown_parameter"),
        ("/api/v1/grants?search=x&Search=y", "unknown_parameter"),
        ("/api/v1/grants?%00=1", "unknown_parameter"),
        ("/api/v1/grants?search=x&search=y", "invalid_parameter"),
        ("/api/v1/grants?limit=0", "invalid_parameter"),
        ("/api/v1/grants?limit=201", "invalid_parameter"),
        ("/api/v1/grants?limit=-1", "invalid_parameter"),
        ("/api/v1/grants?limit=1e1", "invalid_parameter"),
        ("/api/v1/grants?limit=99999999999999999999", "invalid_parameter"),
        ("/api/v1/grants?state=alive", "invalid_parameter"),
        ("/api/v1/grants?access=admin", "invalid_parameter"),
        ("/api/v1/grants?grantor=ben", "invalid_parameter"),
        ("/api/v1/grants?sort=secret", "invalid_parameter"),
        ("/api/v1/grants?search=%00", "invalid_parameter"),
        ("/api/v1/grants?cursor=x", "invalid_cursor"),
        ("/api/v1/login-sessions?live=maybe", "invalid_parameter"),
        ("/api/v1/audit-events?since=yesterday", "invalid_parameter"),
        ("/api/v1/audit-events?action=everything", "invalid_parameter"),
        ("/api/v1/audit-events?result=maybe", "invalid_parameter"),
        ("/livez?full", "unknown_parameter"),
    ] {
        world.as_ada(get(path)).await.problem(400, code);
    }
    // Empty ones are as good as none.
    let path = "/api/v1/grants?search=&access=&state=&grantor=&grantee=&sort=&cursor=&limit=";
    world.as_ada(get(path)).await.expect(200);
}

#[tokio::test]
async fn w8_a_body_is_as_large_as_it_may_be_and_no_larger() {
    let server = Server::new();
    let body = |size: usize| {
        let frame = json!({"email": "", "password": ""}).to_string().len();
        json!({"email": "", "password": "x".repeat(size - frame)}).to_string()
    };
    let ask = |body: Body| method("POST", "/api/v1/sign-in").body("application/json", body);
    server.ask(ask(body(64 * 1024).into())).await.problem(401, "wrong_credentials");
    server.ask(ask(body(64 * 1024 + 1).into())).await.problem(413, "body_too_large");
    // Neither believed nor needed: what the length is said to be.
    let streamed = |text: String| {
        let pieces = text.into_bytes().chunks(1000).map(<[u8]>::to_vec).collect::<Vec<_>>();
        Body::from_bytes_stream(stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)))
    };
    server.ask(ask(streamed(body(64 * 1024)))).await.problem(401, "wrong_credentials");
    server.ask(ask(streamed(body(64 * 1024 + 1)))).await.problem(413, "body_too_large");
    let announced = ask("{}".into()).header("content-length", "99999999999999999999999");
    server.ask(announced).await.problem(422, "invalid_input");
    let announced = ask("{}".into()).header("content-length", "65537");
    server.ask(announced).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn w3_browsers_are_told_to_use_tls_where_it_is_used() {
    let answer = Server::new().ask(get("/livez")).await;
    assert!(!answer.headers.contains_key("strict-transport-security"));
    let answer = Server::with(|settings| settings.https = true).ask(get("/nothing")).await;
    assert!(answer.header("strict-transport-security").contains("max-age=63072000"));
}

#[tokio::test]
async fn w5_the_audit_log_has_the_address_that_is_known_for_sure() {
    let server =
        Server::with(|settings| settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]);
    let world = World::on(server).await;
    let failed = json!({"email": world.ben.email, "password": "wrong"});
    let ask = || post("/api/v1/sign-in", &failed).header("x-forwarded-for", "203.0.113.5");
    world.ask(ask().from("198.51.100.1:1").header("x-request-id", "direct")).await.expect(401);
    world.ask(ask().from("10.1.1.1:1").header("x-request-id", "proxied")).await.expect(401);
    let events = world.as_ada(get("/api/v1/audit-events?result=refused")).await.expect(200);
    let found: Vec<_> = events
        .items()
        .iter()
        .map(|event| (&event["request_id"], &event["source_address"]))
        .collect();
    assert_eq!(
        found,
        [(&json!("proxied"), &json!("203.0.113.5")), (&json!("direct"), &json!("198.51.100.1"))]
    );
}

#[tokio::test]
async fn requests_and_decisions_are_measured_without_naming_anybody() {
    let metrics = Metrics::default();
    let world = World::on(Server::with(|settings| settings.metrics = metrics.clone())).await;
    world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
    world.log_in(&world.ben, &world.cleo).await;
    let denied = json!({"subject_id": world.ada.id});
    world
        .ask(post("/api/v1/login-sessions", &denied).by(&world.ben.token))
        .await
        .problem(403, "no_grant");
    let sent = json!({"body": "hello", "send_as": world.cleo.id});
    let path = format!("/api/v1/channels/{}/messages", world.deals);
    world.ask(post(path, &sent).by(&world.ben.token)).await.expect(201);
    world.ask(method("BREW", format!("/nothing/{}", world.ben.id))).await.expect(404);
    let text = metrics.render();
    for line in [
        "delegation_decisions_total{action=\"login\",decision=\"permit\"} 1",
        "delegation_decisions_total{action=\"login\",decision=\"deny\"} 1",
        "delegation_decisions_total{action=\"send\",decision=\"permit\"} 1",
        "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"/api/v1/channels/{id}/messages\",http_response_status_code=\"201\"} 1",
        "http_server_request_duration_seconds_count{http_request_method=\"_OTHER\",http_route=\"unknown\",http_response_status_code=\"404\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains(&world.ben.id) && !text.contains("@"));
}

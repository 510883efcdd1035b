//! What a header says.

use crate::{
    principals::Fixture,
    support::{OPERATOR, Server, World, get, method},
};

use super::{ME, operations};

/// Headers by which products elsewhere let somebody say who they are, where they come from or what
/// they want to do, with a hyphen and with an underscore.
fn pretended(world: &World) -> Vec<(String, String)> {
    let (id, email) = (&world.ada.id, &world.ada.email);
    let mut all = Vec::new();
    for (name, value) in [
        ("x-webauth-user", email),
        ("x-remote-user", email),
        ("remote-user", email),
        ("x-forwarded-user", email),
        ("x-forwarded-email", email),
        ("x-forwarded-preferred-username", email),
        ("x-forwarded-groups", &"admin".to_owned()),
        ("x-auth-request-user", email),
        ("x-auth-request-email", email),
        ("x-user-id", id),
        ("x-actor-id", id),
        ("x-organization-id", &world.acme),
        ("impersonate-user", email),
        ("x-impersonate-user", id),
        ("x-forwarded-for", &"127.0.0.1".to_owned()),
        ("x-real-ip", &"127.0.0.1".to_owned()),
        ("forwarded", &"for=127.0.0.1;host=evil.example;proto=https".to_owned()),
        ("x-forwarded-host", &"evil.example".to_owned()),
        ("x-forwarded-proto", &"https".to_owned()),
        ("x-forwarded-uri", &"/livez".to_owned()),
        ("x-original-url", &"/livez".to_owned()),
        ("x-rewrite-url", &"/livez".to_owned()),
        ("x-http-method-override", &"GET".to_owned()),
        ("x-method-override", &"GET".to_owned()),
        ("x-api-key", &world.ada.token),
        ("x-operator-token", &OPERATOR.to_owned()),
        ("proxy-authorization", &format!("Bearer {}", world.ada.token)),
    ] {
        all.push((name.to_owned(), value.clone()));
        all.push((name.replace('-', "_"), value.clone()));
    }
    all.push(("connection".to_owned(), "x-request-id, x-forwarded-for".to_owned()));
    all
}

#[tokio::test]
async fn w5_no_header_makes_somebody_of_nobody() {
    let fixture = Fixture::new().await;
    let before = fixture.world.everything().await;
    for (path, method, operation) in operations() {
        // Whoever knows the password may sign in, and need not be anybody before.
        let id = operation["operationId"].as_str().unwrap();
        if id == "sign_in" {
            continue;
        }
        let sample = || fixture.sample(id).unwrap().header("x-request-id", "same");
        let plain = fixture.world.ask(sample()).await;
        let mut ask = sample();
        for (name, value) in pretended(&fixture.world) {
            ask = ask.header(&name, &value);
        }
        let dressed = fixture.world.ask(ask).await;
        assert_eq!(dressed.status, plain.status, "{method} {path}");
        assert_eq!(dressed.bytes, plain.bytes, "{method} {path}");
        assert_eq!(dressed.headers, plain.headers, "{method} {path}");
    }
    assert_eq!(fixture.world.everything().await, before);
}

#[tokio::test]
async fn w5_no_header_makes_somebody_else_of_somebody() {
    let world = World::new().await;
    let plain = world.ask(get(ME).by(&world.pete.token)).await.expect(200);
    for (name, value) in pretended(&world) {
        let answer = world.ask(get(ME).by(&world.pete.token).header(&name, &value)).await;
        assert_eq!(answer.expect(200).bytes, plain.bytes, "{name}: {value}");
    }
}

#[test]
fn a_server_without_settings_trusts_no_proxy() {
    Server::with(|settings| assert!(settings.trusted_proxies.is_empty()));
}

#[tokio::test]
async fn w3_no_other_site_is_allowed_to_read_or_to_ask() {
    let fixture = Fixture::new().await;
    for (path, method_name, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        for (verb, origin) in [("OPTIONS", "https://evil.example"), (&*method_name, "null")] {
            let mut ask = fixture.sample(id).unwrap().header("origin", origin);
            ask.method = verb.parse().unwrap();
            let ask = ask.header("access-control-request-method", "POST");
            let answer = fixture.world.ask(ask).await;
            let allowed =
                answer.headers.keys().find(|name| name.as_str().starts_with("access-control"));
            assert_eq!(allowed, None, "{verb} {path}");
        }
    }
    fixture
        .world
        .ask(method("POST", "/api/v1/sign-out").header("origin", "null"))
        .await
        .expect(401);
}

//! Who is asking.

use serde_json::json;

use crate::support::{OPERATOR, Server, World, delete, get, method};

const ME: &str = "/api/v1/me";

#[tokio::test]
async fn whoever_has_no_token_is_told_to_send_one() {
    let server = Server::new();
    for ask in [
        get(ME),
        get(ME).header("authorization", "Basic YTpi"),
        get(ME).header("authorization", ""),
    ] {
        let answer = server.ask(ask).await.problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"impersonation\"");
    }
}

#[tokio::test]
async fn s2_only_the_exact_token_is_taken() {
    let world = World::new().await;
    let token = &world.ben.token;
    world.ask(get(ME).by(token)).await.expect(200);
    world.ask(get(ME).header("authorization", &format!("bearer {token}"))).await.expect(200);
    let other = format!("imp_own_{}", "0".repeat(64));
    for refused in [
        token.get(..token.len() - 1).unwrap(),
        &format!("{token}0"),
        &token.to_uppercase(),
        &format!(" {token}"),
        &format!("{token} "),
        &format!("{token},{token}"),
        &token.replace("imp_own_", "imp_las_"),
        &other,
        "",
        "x",
        "\u{7f}",
        "é",
        OPERATOR,
    ] {
        let Ok(header) =
            poem::http::HeaderValue::from_bytes(format!("Bearer {refused}").as_bytes())
        else {
            continue;
        };
        let ask = get(ME).header("authorization", std::str::from_utf8(header.as_bytes()).unwrap());
        let answer = world.ask(ask).await.problem(401, "unauthenticated");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"impersonation\", error=\"invalid_token\""
        );
    }
}

#[tokio::test]
async fn s11_two_credentials_are_refused_and_none_is_chosen() {
    let world = World::new().await;
    let (one, other) = (&world.ada.token, &world.ben.token);
    let two = |name: &str, value: String| get(ME).by(one).header(name, &value);
    for ask in [
        two("authorization", format!("Bearer {other}")),
        two("authorization", format!("Bearer {one}")),
        two("authorization", "Basic YTpi".to_owned()),
        two("cookie", format!("imp_own={other}")),
        two("cookie", format!("theme=dark; __Host-imp_las={other}")),
        get(ME).header("cookie", "imp_own=a; imp_own=b"),
        get(ME).header("cookie", "imp_own=a").header("cookie", "__Host-imp_las=b"),
        get(format!("{ME}?access_token={other}")).by(one),
    ] {
        world.ask(ask).await.problem(400, "two_credentials");
    }
    // Cookies that are nothing to us are nothing to us.
    world.ask(two("cookie", "theme=dark; theme=light".to_owned())).await.expect(200);
    world
        .ask(get(ME).header("cookie", &format!("imp_own={one}")))
        .await
        .problem(401, "unauthenticated");
    world.ask(get(format!("{ME}?access_token={one}"))).await.problem(400, "unknown_parameter");
}

#[tokio::test]
async fn a_session_that_was_signed_out_is_over() {
    let world = World::new().await;
    world.ask(method("POST", "/api/v1/sign-out").by(&world.ben.token)).await.expect(204);
    world.ask(get(ME).by(&world.ben.token)).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn r2_a_login_session_tells_that_it_is_over() {
    let world = World::new().await;
    let grant = world.grant(&world.cleo, &world.ben, &["login"]).await;
    let (token, _) = world.log_in(&world.ben, &world.cleo).await;
    world.ask(get(ME).by(&token)).await.expect(200);
    let path = format!("/api/v1/grants/{}", grant["id"].as_str().unwrap());
    world.as_ada(delete(path).if_match("\"1\"")).await.expect(204);
    let answer = world.ask(get(ME).by(&token)).await.problem(401, "login_session_ended");
    assert!(answer.header("www-authenticate").contains("invalid_token"));
    world.ask(get(ME).by(&world.ben.token)).await.expect(200);
}

#[tokio::test]
async fn without_a_configured_token_there_is_no_operator() {
    let server = Server::with(|settings| settings.operator_token = None);
    let path = "/api/v1/operator/organizations";
    server.ask(get(path)).await.problem(404, "not_found");
    server.ask(get(path).by(OPERATOR)).await.problem(404, "not_found");
    server.ask(method("POST", path).by(OPERATOR).json(&json!({}))).await.problem(404, "not_found");
}

#[tokio::test]
async fn only_the_whole_operator_token_is_the_operators() {
    let server = Server::new();
    let path = "/api/v1/operator/organizations";
    server.ask(get(path).by(OPERATOR)).await.expect(200);
    for refused in [OPERATOR.get(1..).unwrap(), &format!("{OPERATOR}x"), &OPERATOR.to_uppercase()] {
        server.ask(get(path).by(refused)).await.problem(401, "unauthenticated");
    }
    server.ask(get(path)).await.problem(401, "unauthenticated");
}

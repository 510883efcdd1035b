//! Whether a form is accepted: where it comes from, and in which session it was opened.

use impersonation_domain::plan::Plan;

use crate::support::World;

#[tokio::test]
async fn w1_a_form_of_another_site_is_refused_whatever_it_brings() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let token = ben.get("/nothing").await.form_token();
    let cleo = world.cleo.to_string();
    let form = [("subject", cleo.as_str()), ("form_token", token.as_str())];
    let foreign: [&[(&str, &str)]; 8] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://console.example.evil.example")],
        &[("origin", "null")],
        &[],
    ];
    for says in foreign {
        let page = ben.post_from("/login-sessions", &form, says).await;
        assert_eq!(page.status, 403, "{says:?}");
        assert!(!ben.cookies.contains_key("imp_las"), "{says:?}");
        let log = world.log().await;
        let last = log.last().unwrap();
        assert_eq!(last, "refused form.submit ben>ben (form_of_another_site)", "{says:?}");
    }
    let own: [&[(&str, &str)]; 3] = [
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://console.example")],
        &[("origin", "http://console.example")],
    ];
    for says in own {
        let mut ben = ben.clone();
        let page = ben.post_from("/login-sessions", &form, says).await;
        assert_eq!(page.status, 303, "{says:?}: {}", page.text);
    }
}

#[tokio::test]
async fn w1_behind_a_proxy_the_public_origin_counts_and_not_the_host() {
    let world = World::on(Plan::Enterprise, |settings| {
        settings.https = true;
        settings.public_origin = Some("https://access.example".into());
    })
    .await;
    let form = [("email", "ben@acme.example"), ("password", "impersonate-me")];
    for (origin, status) in [
        ("https://access.example", 303),
        ("http://access.example", 403),
        ("https://console.example", 403),
    ] {
        let page = world.browser().post_from("/sign-in", &form, &[("origin", origin)]).await;
        assert_eq!(page.status, status, "{origin}");
    }
}

#[tokio::test]
async fn w1_a_form_without_the_token_of_its_session_is_refused_and_recorded() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let mut eli = world.signed_in("eli").await;
    let foreign = eli.get("/nothing").await.form_token();
    let cleo = world.cleo.to_string();
    for token in ["", "00", foreign.as_str()] {
        let form = [("subject", cleo.as_str()), ("form_token", token), ("reason", "kept")];
        let page = ben.post("/login-sessions", &form).await;
        assert_eq!(page.status, 403);
        assert!(page.text.contains("opened in another session") && page.text.contains("kept"));
        let log = world.log().await;
        assert_eq!(log.last().unwrap(), "refused form.submit ben>ben (form_of_another_session)");
    }
    assert!(!ben.cookies.contains_key("imp_las"));
}

#[tokio::test]
async fn w1_a_form_opened_as_oneself_does_nothing_as_somebody_else_and_the_other_way_round() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let own = ben.get("/nothing").await.form_token();
    ben.send("/login-sessions", &[("subject", &world.cleo.to_string())]).await;
    let login = ben.get("/nothing").await.form_token();
    let page = ben.post("/login-sessions/return", &[("form_token", &own)]).await;
    assert_eq!(page.status, 403);
    assert!(ben.get("/nothing").await.text.contains("logged in as <b>Cleo</b>"));
    ben.send("/login-sessions/return", &[]).await;
    let page = ben.post("/sign-out", &[("form_token", &login)]).await;
    assert_eq!(page.status, 403);
    assert!(ben.get("/nothing").await.text.contains("ben@acme.example"));
}

#[tokio::test]
async fn a_form_that_was_sent_too_late_is_kept_until_the_person_has_signed_in_again() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    ben.get("/nothing").await;
    ben.cookies.clear();
    let form = [("body", "a long message"), ("form_token", "of no use")];
    let page = ben.post("/somewhere?x=1", &form).await;
    assert_eq!(page.status, 401);
    let field = |name: &str| {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = page.text.split_once(&mark).unwrap();
        rest.split('"').next().unwrap().replace("&#38;", "&")
    };
    let (back, kept) = (field("return_to"), field("resume"));
    assert_eq!((back.as_str(), kept.as_str()), ("/somewhere?x=1", "body=a+long+message"));
    let form = [
        ("email", "ben@acme.example"),
        ("password", "impersonate-me"),
        ("return_to", &back),
        ("resume", &kept),
    ];
    let page = ben.post("/sign-in", &form).await;
    // Nothing is done before the person says so.
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("action=\"/somewhere?x=1\"") && page.text.contains("a long message")
    );
    let token = page.form_token();
    let page = ben.post("/somewhere?x=1", &[("form_token", &token)]).await;
    assert_eq!(page.status, 404, "the token of the kept form must hold");
}

#[tokio::test]
async fn forms_that_cannot_be_read_are_refused_in_words() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let token = ben.get("/nothing").await.form_token();
    let says = |kind: &'static str| [("sec-fetch-site", "same-origin"), ("content-type", kind)];
    for (kind, body, status) in [
        ("application/json", "{}".to_owned(), 400),
        ("multipart/form-data", "x".to_owned(), 400),
        (
            "application/x-www-form-urlencoded",
            format!("form_token={token}&x={}", "y".repeat(600_000)),
            413,
        ),
    ] {
        let page = ben.ask(poem::http::Method::POST, "/sign-out", &says(kind), body).await;
        assert_eq!(page.status, status, "{kind}");
    }
    assert!(ben.get("/nothing").await.text.contains("ben@acme.example"));
}

#[tokio::test]
async fn w5_nothing_in_a_header_makes_a_form_come_from_here() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let token = ben.get("/nothing").await.form_token();
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("x-original-host", "evil.example"),
    ] {
        let says = [("origin", "http://evil.example"), (name, value)];
        let page = ben.post_from("/sign-out", &[("form_token", &token)], &says).await;
        assert_eq!(page.status, 403, "{name}");
    }
}

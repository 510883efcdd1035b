//! Sessions in cookies: the own one, the login session, and the way back.

use impersonation_domain::{plan::Plan, secret::SecretKind};

use crate::support::World;

#[tokio::test]
async fn w2_over_tls_cookies_are_bound_to_this_very_host() {
    let world = World::on(Plan::Enterprise, |settings| settings.https = true).await;
    let mut browser = world.browser();
    let form = [("email", "ben@acme.example"), ("password", "impersonate-me")];
    let page = browser.post("/sign-in", &form).await;
    let cookies = page.cookies();
    assert!(cookies[0].starts_with("__Host-imp_own=imp_own_"), "{cookies:?}");
    assert!(cookies.iter().all(|cookie| cookie.contains("; Secure")), "{cookies:?}");
    assert!(page.header("strict-transport-security").starts_with("max-age=63072000"));
}

#[tokio::test]
async fn w2_the_login_session_has_a_cookie_of_its_own() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let own = ben.cookies["imp_own"].clone();
    ben.get("/nothing").await;
    let page = ben.send("/login-sessions", &[("subject", &world.cleo.to_string())]).await;
    assert_eq!(page.status, 303);
    assert!(ben.cookies["imp_las"].starts_with("imp_las_"));
    assert_eq!(ben.cookies["imp_own"], own);
    let page = ben.get("/nothing").await;
    assert!(page.text.contains("You (Ben) are logged in as <b>Cleo</b>"), "{}", page.text);
}

#[tokio::test]
async fn s6_the_way_back_is_the_own_session_which_is_looked_up_again() {
    let world = World::new().await;
    let mut ben = world.logged_in().await;
    let token = ben.cookies["imp_las"].clone();
    ben.get("/nothing").await;
    let page = ben.send("/login-sessions/return", &[]).await;
    assert_eq!(page.status, 303);
    assert!(!ben.cookies.contains_key("imp_las"));
    let page = ben.get("/nothing").await;
    assert!(page.text.contains("ben@acme.example") && !page.text.contains("logged in as"));
    // The token is dead, whoever kept it.
    ben.cookies.insert("imp_las".into(), token);
    let page = ben.get("/nothing").await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("You returned to your own account"), "{}", page.text);
}

#[tokio::test]
async fn s6_a_login_session_without_its_actors_own_session_opens_nothing() {
    let world = World::new().await;
    let ben = world.logged_in().await;
    let mut thief = ben.clone();
    thief.cookies.remove("imp_own");
    let page = thief.get("/nothing").await;
    assert!(!page.text.contains("Cleo"), "{}", page.text);
    // Beside somebody else's own session it opens nothing either.
    let mut eli = world.signed_in("eli").await;
    eli.cookies.insert("imp_las".into(), ben.cookies["imp_las"].clone());
    let page = eli.get("/nothing").await;
    assert!(!page.text.contains("Cleo"), "{}", page.text);
    assert!(!eli.cookies.contains_key("imp_las"));
}

#[tokio::test]
async fn s5_the_subjects_own_session_is_untouched_by_start_and_return() {
    let world = World::new().await;
    let mut cleo = world.signed_in("cleo").await;
    let before = cleo.cookies.clone();
    let mut ben = world.logged_in().await;
    assert!(cleo.get("/nothing").await.text.contains("cleo@acme.example"));
    ben.get("/nothing").await;
    ben.send("/login-sessions/return", &[]).await;
    let page = cleo.get("/nothing").await;
    assert!(page.text.contains("cleo@acme.example") && !page.text.contains("session-banner"));
    assert_eq!(cleo.cookies, before);
}

#[tokio::test]
async fn s7_signing_in_always_makes_a_new_token_and_forgets_the_login_session() {
    let world = World::new().await;
    let mut browser = world.logged_in().await;
    let planted = world.secret(SecretKind::SignIn).reveal().to_owned();
    let mut other = world.browser();
    other.cookies.insert("imp_own".into(), planted.clone());
    let form = [("email", "eli@acme.example"), ("password", "impersonate-me")];
    other.post("/sign-in", &form).await;
    assert_ne!(other.cookies["imp_own"], planted);
    browser.post("/sign-in", &form).await;
    assert!(!browser.cookies.contains_key("imp_las"));
    assert!(browser.get("/nothing").await.text.contains("eli@acme.example"));
}

#[tokio::test]
async fn s7_no_session_starts_or_ends_by_following_a_link() {
    let world = World::new().await;
    let mut ben = world.logged_in().await;
    let before = world.log().await;
    for path in ["/login-sessions", "/login-sessions/return", "/sign-out"] {
        assert_eq!(ben.get(path).await.status, 405, "{path}");
    }
    let after: Vec<_> = world.log().await.into_iter().skip(before.len()).collect();
    let only_read =
        |line: &String| line.contains(" account.read ") || line.contains(" audit.read ");
    assert!(after.iter().all(only_read), "{after:?}");
    assert!(ben.get("/nothing").await.text.contains("logged in as <b>Cleo</b>"));
}

#[tokio::test]
async fn s11_two_credentials_are_refused_and_never_chosen_from() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    let token = ben.cookies["imp_own"].clone();
    let bearer = format!("Bearer {token}");
    let page =
        ben.ask(poem::http::Method::GET, "/", &[("authorization", &bearer)], String::new()).await;
    assert_eq!(page.status, 400);
    let twice = format!("imp_own={token}");
    let page = ben.ask(poem::http::Method::GET, "/", &[("cookie", &twice)], String::new()).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn s10_every_page_of_a_login_session_names_both_people_errors_included() {
    let world = World::new().await;
    let mut ben = world.logged_in().await;
    for path in ["/nothing", "/sign-out", "/settings/user-impersonation", "/account/password"] {
        let page = ben.get(path).await;
        assert!(page.text.contains("You (Ben) are logged in as <b>Cleo</b>"), "{path}");
    }
}

#[tokio::test]
async fn a_login_session_that_was_ended_says_why_and_leads_back() {
    let world = World::new().await;
    let mut ben = world.logged_in().await;
    ben.get("/nothing").await;
    let all = world.service.grants().list(&world.ada, Default::default()).await.unwrap();
    let grant = &all.items[0].grant;
    world.service.grants().delete(&world.ada, grant.id(), grant.version()).await.unwrap();
    let page = ben.send("/login-sessions/return", &[("body", "half a thought")]).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("Your access to this account was removed"), "{}", page.text);
    assert!(page.text.contains("half a thought"), "what was typed is lost");
    assert!(!ben.cookies.contains_key("imp_las"));
    assert!(ben.get("/nothing").await.text.contains("ben@acme.example"));
}

#[tokio::test]
async fn w2_a_link_of_another_site_leads_through_a_page_of_ours_as_it_brings_no_cookie() {
    let world = World::new().await;
    let mut browser = world.browser();
    let from_elsewhere = [("sec-fetch-site", "cross-site")];
    let ask = browser.ask(poem::http::Method::GET, "/?x=1", &from_elsewhere, String::new());
    let page = ask.await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("http-equiv=\"refresh\"") && page.text.contains("/?x=1"));
    // From there it is an ordinary request.
    let page = browser.get("/?x=1").await;
    assert_eq!((page.status, page.location()), (303, "/sign-in?return_to=%2F%3Fx%3D1"));
}

#[tokio::test]
async fn a_page_that_is_open_learns_that_its_reader_has_signed_out() {
    let world = World::new().await;
    for cookie in [None, Some(world.secret(SecretKind::SignIn))] {
        let mut browser = world.browser();
        if let Some(cookie) = cookie {
            browser.cookies.insert("imp_own".into(), cookie.reveal().to_owned());
        }
        let events = browser.get("/live?seen=1").await;
        assert_eq!(events.header("content-type"), "text/event-stream");
        assert_eq!(events.text, "event: signed-out\ndata: {}\n\n");
    }
}

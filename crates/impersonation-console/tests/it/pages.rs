//! What is true of every page.

use impersonation_domain::plan::Plan;
use poem::http::Method;

use crate::support::World;

#[tokio::test]
async fn a_page_that_is_not_there_is_a_page_that_says_so() {
    let world = World::new().await;
    let page = world.browser().get("/nothing").await;
    assert_eq!(page.status, 404);
    assert!(
        page.text.contains("There is no such page")
            && page.header("content-type").starts_with("text/html")
    );
}

#[tokio::test]
async fn w1_no_page_takes_a_method_that_it_was_not_made_for() {
    let world = World::new().await;
    let mut ben = world.signed_in("ben").await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let says = [("sec-fetch-site", "same-origin")];
        let page = ben.ask(method, "/sign-in", &says, String::new()).await;
        assert_eq!(page.status, 405);
    }
}

#[tokio::test]
async fn assets_are_kept_for_good_under_the_address_that_pages_name() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/sign-in").await;
    let style = page.text.split('"').find(|part| part.ends_with("console.css")).unwrap().to_owned();
    let gzip = [("accept-encoding", "br, gzip;q=0.5")];
    let plain = browser.get(&style).await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("content-type"), "text/css; charset=utf-8");
    let mut request = poem::Request::builder().uri(style.parse().unwrap());
    request = request.header(gzip[0].0, gzip[0].1);
    let response = poem::Endpoint::get_response(&*world.endpoint, request.finish()).await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert!(response.into_body().into_bytes().await.unwrap().len() < plain.text.len() / 2);
    assert_eq!(browser.get("/assets/console.css").await.header("cache-control"), "no-cache");
    assert_eq!(browser.get("/assets/../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn the_first_page_has_less_than_60_kib_in_all_compressed() {
    let world = World::new().await;
    let mut ada = world.signed_in("ada").await;
    let page = ada.get("/settings/user-impersonation").await;
    let files = [
        "base.css",
        "console.css",
        "console.js",
        "page.js",
        "dialog.js",
        "live.js",
        "people.js",
        "preview.js",
        "selection.js",
        "workspace.js",
        "favicon.svg",
    ];
    let mut addresses: Vec<String> = files.iter().map(|name| format!("/assets/{name}")).collect();
    addresses.push("/settings/user-impersonation".into());
    assert!(page.text.contains("console.css"));
    let cookies: Vec<_> =
        ada.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut total = 0;
    for address in addresses {
        let request = poem::Request::builder()
            .uri(address.parse().unwrap())
            .header("accept-encoding", "gzip")
            .header("cookie", cookies.join("; "));
        let response = poem::Endpoint::get_response(&*world.endpoint, request.finish()).await;
        total += response.into_body().into_bytes().await.unwrap().len();
    }
    assert!((5_000..60 * 1024).contains(&total), "{total} bytes");
}

#[tokio::test]
async fn on_individual_nothing_of_the_feature_is_offered() {
    let world = World::on(Plan::Individual, |_| {}).await;
    let mut ada = world.signed_in("ada").await;
    let page = ada.get("/nothing").await;
    for word in ["User Impersonation", "Log in as", "Delegated access", "Login sessions"] {
        assert!(!page.text.contains(word), "{word}");
    }
    assert!(page.text.contains("Manage Roles"));
}

#[tokio::test]
async fn the_navigation_has_what_the_role_allows() {
    let world = World::new().await;
    let page = world.signed_in("ada").await.get("/nothing").await;
    assert!(page.text.contains("User Impersonation") && page.text.contains("Audit log"));
    let page = world.signed_in("eli").await.get("/nothing").await;
    assert!(!page.text.contains("User Impersonation") && !page.text.contains("Audit log"));
    // Inside a login session nobody administers.
    world.grant("ada", "eli").await;
    let mut eli = world.signed_in("eli").await;
    eli.get("/nothing").await;
    let id = world.service.account().me(&world.ada).await.unwrap().actor.id().to_string();
    assert_eq!(eli.send("/login-sessions", &[("subject", &id)]).await.status, 303);
    let page = eli.get("/nothing").await;
    assert!(page.text.contains("logged in as <b>Ada</b>"));
    assert!(!page.text.contains("User Impersonation") && !page.text.contains("Audit log"));
}

//! The main job from end to end, on each storage: set up, grant, log in as, send as, killed,
//! started again, revoke, audit.

mod tour;

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use tokio::sync::watch;

use self::tour::Tour;
use crate::{
    client::{Client, text},
    postgres,
    process::{Server, folder, run, text as printed},
};

#[tokio::test]
async fn p1_nothing_is_lost_when_the_process_is_killed_on_sqlite() {
    let folder = folder();
    from_set_up_to_audit(folder.path(), None).await;
}

#[tokio::test]
async fn p1_nothing_is_lost_when_the_process_is_killed_on_postgresql() {
    let folder = folder();
    let Some(url) = postgres::new_database("the end-to-end test on PostgreSQL").await else {
        return;
    };
    from_set_up_to_audit(folder.path(), Some(&url)).await;
}

async fn from_set_up_to_audit(folder: &Path, database: Option<&str>) {
    let arguments: Vec<&str> = database.iter().flat_map(|url| ["--database", url]).collect();
    let server = set_up(folder, &arguments).await;
    let mut tour = Tour::begin(&Client::new(&server.base)).await;
    tour.log_in_as().await;
    tour.send_as().await;
    tour.be_refused().await;
    let before = tour.everything().await;
    let acknowledged = write_until_killed(&tour, server).await;

    let server = Server::start(folder, &arguments);
    assert!(!server.printed.contains("/set-up/"));
    tour.move_to(&server.base);
    let after = tour.everything().await;
    assert_contains(&after, &before, acknowledged);
    tour.still_logged_in_as().await;
    tour.revoke().await;
    let events = tour.verify().await;

    // With the server running beside it.
    let mut verify = vec!["audit", "verify"];
    verify.extend(&arguments);
    let output = run(folder, &verify);
    let (lines, complaints) = printed(&output);
    assert!(output.status.success(), "{lines}{complaints}");
    // Asking over the API was an event itself; asking here is none.
    assert!(
        lines.starts_with("valid ") && lines.contains(&format!("{} events, head ", events + 1)),
        "{lines}"
    );

    server.signal("TERM");
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    Tour::assert_no_secrets_in(&log);
}

/// Starts on an empty store and uses the link, which works once.
async fn set_up(folder: &Path, arguments: &[&str]) -> Server {
    let mut server = Server::start(folder, arguments);
    let link = server.wait_for("/set-up/").trim().to_owned();
    let path = format!("/api/v1{}", link.strip_prefix(&server.base).unwrap());
    let client = Client::new(&server.base);
    let admin = json!({
        "organization_name": "Acme", "plan": "enterprise",
        "admin_name": "Ada", "admin_email": "ada@acme.example", "admin_password": "impersonate-me",
    });
    client.post("/api/v1/set-up/imp_set_0000", &admin).await.refused(404, "not_found");
    client.post(&path, &admin).await.expect(201);
    client.post(&path, &admin).await.refused(404, "not_found");
    server
}

/// Sends one message after the other and kills the server in the middle. The answer is how many
/// were acknowledged.
async fn write_until_killed(tour: &Tour, server: Server) -> usize {
    let (told, mut count) = watch::channel(0);
    let (ben, path) = (tour.ben.clone(), format!("/api/v1/channels/{}/messages", tour.general));
    let writing = tokio::spawn(async move {
        let mut acknowledged = 0;
        while let Some(status) =
            ben.try_post(&path, &json!({"body": format!("message {acknowledged}")})).await
        {
            assert_eq!(status, 201);
            acknowledged += 1;
            told.send_replace(acknowledged);
        }
        acknowledged
    });
    let enough = count.wait_for(|count| *count >= 25);
    drop(tokio::time::timeout(Duration::from_secs(60), enough).await.unwrap().unwrap());
    server.kill();
    writing.await.unwrap()
}

/// What was there is still there, and so is every acknowledged message. One more may have been
/// stored without its sender being told.
#[track_caller]
fn assert_contains(after: &tour::Everything, before: &tour::Everything, acknowledged: usize) {
    assert_eq!(after.lists, before.lists);
    for event in &before.events {
        assert!(after.events.contains(event), "{event}");
    }
    let bodies: Vec<String> = after.messages.iter().map(|message| text(message, "/body")).collect();
    for number in 0..acknowledged {
        assert!(bodies.contains(&format!("message {number}")), "message {number} is lost");
    }
    let added = after.messages.len() - before.messages.len();
    assert!((acknowledged..=acknowledged + 1).contains(&added), "{added} for {acknowledged}");
    let sent = |event: &&Value| event["action"] == "message.send";
    let events_added =
        after.events.iter().filter(sent).count() - before.events.iter().filter(sent).count();
    assert_eq!(events_added, added, "each message has one event");
}

//! Channels, messages and files.

use crate::support::World;

/// The address of a channel, as the page of whoever may see it names it.
async fn channel(world: &World, person: &str) -> String {
    let page = world.signed_in(person).await.get("/channels").await;
    assert_eq!(page.status, 303, "{}", page.text);
    page.location().to_owned()
}

/// How often the page of the channel shows this.
async fn shown(world: &World, person: &str, address: &str, text: &str) -> usize {
    world.signed_in(person).await.get(address).await.text.matches(text).count()
}

#[tokio::test]
async fn a_form_that_is_sent_twice_sends_one_message() {
    let world = World::new().await;
    let general = channel(&world, "ben").await;
    let mut ben = world.signed_in("ben").await;
    ben.get(&general).await;
    for body in ["once", "once", "again"] {
        let page = ben.send(&general, &[("body", body), ("key", "k")]).await;
        assert_eq!(page.location(), format!("{general}#composer-text"));
    }
    assert_eq!(shown(&world, "eli", &general, "<p class=\"message-text\">once</p>").await, 1);
    assert_eq!(shown(&world, "eli", &general, "<p class=\"message-text\">again</p>").await, 1);
}

#[tokio::test]
async fn c6_only_author_sender_and_auditors_see_who_really_sent_it() {
    let world = World::new().await;
    let general = channel(&world, "ben").await;
    let mut ben = world.signed_in("ben").await;
    ben.get(&general).await;
    let cleo = world.cleo.to_string();
    let page = ben.send(&general, &[("body", "for her"), ("send_as", &cleo)]).await;
    assert_eq!(page.status, 303, "{}", page.text);
    for (person, told) in [("ben", 1), ("cleo", 1), ("ada", 1), ("eli", 0)] {
        assert_eq!(shown(&world, person, &general, "for her").await, 1, "{person}");
        assert_eq!(shown(&world, person, &general, "sent by Ben for Cleo").await, told, "{person}");
    }
}

#[tokio::test]
async fn what_is_refused_is_said_beside_the_text_that_was_typed() {
    let world = World::new().await;
    let general = channel(&world, "eli").await;
    let mut eli = world.signed_in("eli").await;
    eli.get(&general).await;
    let cleo = world.cleo.to_string();
    let page = eli.send(&general, &[("body", "not <mine>"), ("send_as", &cleo)]).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("No grant gives this access"), "{}", page.text);
    assert!(page.text.contains("not &#60;mine&#62;</textarea>"), "{}", page.text);
    assert_eq!(shown(&world, "ada", &general, "not &#60;mine").await, 0);
    let page = eli.send(&general, &[("body", "  ")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Write something, or choose a file."));
}

#[tokio::test]
async fn t3_a_channel_that_one_is_not_in_is_not_there() {
    let world = World::new().await;
    world.service.channels().create(&world.ada, "board", None).await.unwrap();
    let board = world.signed_in("ada").await.get("/channels").await.location().to_owned();
    let mut ben = world.signed_in("ben").await;
    ben.get("/channels").await;
    let hidden = ben.get(&board).await;
    let none = ben.get("/channels/0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e").await;
    assert_eq!((hidden.status, none.status), (404, 404));
    assert!(hidden.text.contains("There is no such channel"));
    assert_eq!(ben.get("/files/0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e").await.status, 404);
    assert_eq!(ben.get("/files/x").await.status, 404);
    let last = world.log().await.pop();
    assert_eq!(last.as_deref(), Some("refused message.read ben>ben (channel_not_found)"));
}

#[tokio::test]
async fn s9_a_login_session_offers_nobody_to_send_as_and_no_password() {
    let world = World::new().await;
    world.grant("ben", "cleo").await;
    let general = channel(&world, "cleo").await;
    assert_eq!(shown(&world, "cleo", &general, "name=\"send_as\"").await, 1);
    let mut ben = world.logged_in().await;
    let page = ben.get(&general).await;
    assert!(!page.text.contains("name=\"send_as\"") && page.text.contains("are logged in as"));
    ben.send(&general, &[("body", "as her")]).await;
    assert_eq!(shown(&world, "cleo", &general, "sent by Ben, logged in as Cleo").await, 1);
    assert_eq!(ben.get("/account/password").await.status, 403);
    let fields = [("current_password", "x"), ("new_password", "impersonate-you")];
    let page = ben.send("/account/password", &fields).await;
    assert_eq!(page.status, 403);
    let last = world.log().await.pop();
    assert_eq!(last.as_deref(), Some("refused user.set_password ben>cleo (in_login_session)"));
}

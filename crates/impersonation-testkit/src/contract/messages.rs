//! Messages and what is stored of their files.

use std::cmp::Reverse;

use impersonation_domain::{
    audit::Action,
    channel::Channel,
    ids::MessageId,
    message::{Content, MAX_FILE_SIZE, Message, StoredFile, Via},
    plan::Plan,
    ports::PageLimit,
    user::User,
};

use super::check::{Pages, verified_events};
use crate::{
    environment::{Environment, SequentialIds},
    store::OpenStore,
    world::{World, body},
};

async fn found(world: &World, id: MessageId) -> Option<Message> {
    world.read(async |unit| unit.messages().message(id).await).await
}

async fn in_channel(world: &World, channel: &Channel, items: u64) -> Vec<Message> {
    let limit = PageLimit::try_from(items).expect("the limit is allowed");
    let mut messages = Vec::new();
    let mut after = None;
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let read = async |unit: &mut dyn impersonation_domain::ports::UnitOfWork| {
            unit.messages().in_channel(channel.id(), after, limit).await
        };
        let page = world.read(read).await;
        assert!(page.items.len() <= usize::from(limit.get()), "no page exceeds its limit");
        messages.extend(page.items);
        after = page.next;
        if after.is_none() {
            return messages;
        }
    }
}

fn with_files(
    author: &User,
    channel: &Channel,
    files: &[&StoredFile],
    world: &World,
) -> impersonation_domain::audit::Recorded<Message> {
    let content = Content { body: None, files: files.iter().map(|file| (*file).clone()).collect() };
    Message::own(author, channel, content, &world.stamp_of(author.id()))
}

/// The row comes back as it was saved, several lines and all.
pub async fn a_new_message_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let channel = world.channel("general", &[&ben]).await;
    let recorded = world.new_message(&ben, &channel, "  two\nlines,\r\n\tone tab 🦀");
    let made = recorded.value().clone();
    assert_eq!(world.save(recorded).await, made);
    assert_eq!(found(&world, made.id()).await, Some(made));
    assert_eq!(found(&world, world.id()).await, None);
}

/// How a message was sent comes back, with the very grant and session.
pub async fn every_way_of_sending_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let channel = world.channel("general", &[&ben, &cleo]).await;
    let grant = world.grant(&cleo, &ben).await;
    let content = || Content { body: Some(body("hello")), files: Vec::new() };
    let own = world.message(&cleo, &channel, "hello").await;
    assert_eq!((own.record().via, own.record().sent_by), (Via::OwnAccount, cleo.id()));
    let permit = world.permit_to_send(ben.id(), cleo.id(), &channel).await;
    let sent_as = Message::send_as(permit, &channel, content(), &world.stamp_of(ben.id()));
    let sent_as = world.save(sent_as.expect("the permit is for this channel")).await;
    assert_eq!(sent_as.record().via, Via::SendAs { grant: grant.reference() });
    let session = world.log_in(&ben, &cleo).await;
    let permit = world.permit_to_act(&session).await;
    let stamp = world.stamp_of(ben.id()).in_login_session(session.id());
    let inside = Message::in_login_session(&permit, session.id(), &channel, content(), &stamp);
    let inside = world.save(inside).await;
    let via = Via::LoginSession { session: session.id(), grant: grant.reference() };
    assert_eq!(inside.record().via, via);
    for message in [own, sent_as, inside] {
        assert_eq!(message.record().author, cleo.id());
        assert_eq!(found(&world, message.id()).await, Some(message));
    }
    let events = verified_events(&world).await;
    let sent = events.iter().filter(|event| event.content.action == Action::MessageSend);
    assert_eq!(sent.count(), 3);
}

/// Files come back in their order, with a text or alone, up to the largest size.
pub async fn files_of_a_message_are_read_back_in_their_order(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let channel = world.channel("general", &[&ben]).await;
    let (one, two) = (world.file("one.txt", 1), world.file("Zwei – 2.txt", MAX_FILE_SIZE));
    let three = world.file("one.txt", 7);
    let alone = world.save(with_files(&ben, &channel, &[&three, &one, &two], &world)).await;
    assert_eq!(alone.record().body, None);
    let four = world.file(&"x".repeat(255), 2);
    let content = Content { body: Some(body("see here")), files: vec![four.clone()] };
    let both = world.save(Message::own(&ben, &channel, content, &world.stamp_of(ben.id()))).await;
    for message in [&alone, &both] {
        assert_eq!(found(&world, message.id()).await.as_ref(), Some(message));
    }
    assert_eq!(in_channel(&world, &channel, 1).await, [both.clone(), alone.clone()]);
    world
        .read(async |unit| {
            let messages = unit.messages();
            for (file, message) in
                [(&one, &alone), (&two, &alone), (&three, &alone), (&four, &both)]
            {
                assert_eq!(messages.with_file(file.id).await?.as_ref(), Some(message));
            }
            assert_eq!(messages.with_file(world.id()).await?, None);
            Ok(())
        })
        .await;
}

/// The latest comes first, and of equal ones the greatest identifier, in pages of any size, from
/// one channel only.
pub async fn messages_of_a_channel_are_listed_from_the_latest_on(store: &OpenStore) {
    for environment in [
        Environment::default(),
        Environment { ids: SequentialIds::descending(), ..Default::default() },
    ] {
        let world = World::create(store.units.clone(), environment, "Acme", Plan::Enterprise).await;
        let ben = world.user("Ben").await;
        let (general, other) =
            (world.channel("general", &[&ben]).await, world.channel("other", &[&ben]).await);
        let mut sent = Vec::new();
        for number in 0..10 {
            sent.push(world.message(&ben, &general, &format!("number {number}")).await);
            world.message(&ben, &other, "elsewhere").await;
            if number % 3 == 0 {
                world.pass(1);
            }
        }
        sent.sort_by_key(|message| Reverse((message.record().sent_at, message.id())));
        for items in [1, 2, 3, 9, 10, 11] {
            assert_eq!(in_channel(&world, &general, items).await, sent, "in pages of {items}");
        }
        assert_eq!(in_channel(&world, &other, 50).await.len(), 10);
        let empty = world.channel("empty", &[&ben]).await;
        assert!(in_channel(&world, &empty, 50).await.is_empty());
    }
}

/// Messages that are sent while the pages are read do not disturb them.
pub async fn pages_of_messages_stay_in_step_while_messages_are_sent(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let channel = world.channel("general", &[&ben]).await;
    let mut sent = Vec::new();
    for number in 0..6 {
        sent.insert(0, world.message(&ben, &channel, &format!("number {number}")).await);
    }
    let limit = PageLimit::try_from(2).expect("the limit is allowed");
    let (mut seen, mut after) = (Vec::new(), None);
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let read = async |unit: &mut dyn impersonation_domain::ports::UnitOfWork| {
            unit.messages().in_channel(channel.id(), after, limit).await
        };
        let page = world.read(read).await;
        seen.extend(page.items);
        world.message(&ben, &channel, "one more").await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, sent);
}

//! Values that are easily bent on their way to a store and back.

use chrono::{DateTime, TimeDelta};
use impersonation_domain::{
    access::{AccessType, AccessTypes},
    audit::{Action, EventContent, Outcome, Party, Snapshot},
    channel::Channel,
    credential::OwnCredentialId,
    organization::Organization,
    policy::GrantRef,
    time::{Timestamp, Window},
    user::User,
};

use super::check::verified_events;
use crate::{
    store::OpenStore,
    world::{World, name},
};

/// Texts that a store, a driver or a collation may bend.
const TEXTS: [&str; 10] = [
    "Zoë Ångström",
    "Zoe\u{308} A\u{30A}ngstro\u{308}m",
    "李小龍",
    "محمد",
    "\u{1F469}\u{200D}\u{1F4BB} and \u{1F980}",
    "O'Brien; drop table users; --",
    "back\\slash \"quoted\" `ticked`",
    "{\"json\": [1, null]}",
    "$1 ?1 :name %s {0}",
    "ﬁ ß ſ İ ı",
];

/// Names and reasons come back letter by letter, neither composed nor folded.
pub async fn texts_are_read_back_letter_by_letter(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let general = world.channel("general", &[&ben]).await;
    for (number, text) in TEXTS.iter().enumerate() {
        let address = format!("user{number}@acme.example");
        let user = world.save(world.new_user(text, &address)).await;
        let open = Window::default();
        let grant = world.new_grant_of(&user, &ben, AccessTypes::BOTH, open, Some(text));
        let grant = world.save(grant).await;
        let channel = world.save(Channel::create(world.organization, name(text), &world.stamp()));
        let channel = channel.await;
        let message = world.message(&ben, &general, text).await;
        world
            .read(async |unit| {
                assert_eq!(unit.directory().user(user.id()).await?, Some(user));
                assert_eq!(unit.directory().channel(channel.id()).await?, Some(channel));
                assert_eq!(unit.grants().grant(grant.id()).await?, Some(grant));
                assert_eq!(unit.messages().message(message.id()).await?, Some(message));
                Ok(())
            })
            .await;
    }
    verified_events(&world).await;
}

/// A moment comes back to the microsecond, from long ago to long from now.
pub async fn moments_are_read_back_to_the_microsecond(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    for (number, micros) in [1_i64, 999_999, 500_000, 123_456, 10, 100_000].into_iter().enumerate()
    {
        world.environment.clock.advance(TimeDelta::seconds(1));
        world.environment.clock.set(world.now() + TimeDelta::microseconds(micros));
        let user = world.user(&format!("u{number}")).await;
        let starts_at = DateTime::from_timestamp(1, 7_000).expect("a moment of 1970");
        let expires_at = Timestamp::from_timestamp(253_402_300_799, 999_999_000);
        let window = Window::new(Some(starts_at), expires_at).expect("not empty");
        let grant = world.new_grant_of(&user, &ben, AccessTypes::BOTH, window, None);
        let grant = world.save(grant).await;
        world
            .read(async |unit| {
                let read = unit.directory().user(user.id()).await?.expect("the user is there");
                assert_eq!(read.record().created_at, world.now());
                assert_eq!(unit.grants().grant(grant.id()).await?, Some(grant));
                Ok(())
            })
            .await;
    }
    verified_events(&world).await;
}

/// What is finer than a microsecond is cut, not rounded up into the future.
pub async fn moments_are_cut_to_whole_microseconds(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let session = world.log_in(&ben, &cleo).await;
    let cut = world.pass(1) + TimeDelta::microseconds(7);
    let fine = cut + TimeDelta::nanoseconds(999);
    world
        .write(async |unit| {
            unit.grants().mark_used(grant.id(), fine).await?;
            unit.sessions().touch(session.id(), fine).await
        })
        .await;
    world
        .read(async |unit| {
            let grant = unit.grants().grant(grant.id()).await?.expect("the grant is there");
            assert_eq!(grant.record().last_used_at, Some(cut));
            let session = unit.sessions().session(session.id()).await?.expect("it is there");
            assert_eq!(session.record().last_seen_at, cut);
            Ok(())
        })
        .await;
}

/// The longest texts that the domain allows have room.
pub async fn the_longest_texts_have_room(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let wide = |length: usize| "\u{1F980}".repeat(length);
    let address = format!("{}@{}.example", "a".repeat(64), "b".repeat(60));
    let user = world.save(world.new_user(&wide(100), &address)).await;
    let ben = world.user("Ben").await;
    let window = Window::default();
    let grant = world.new_grant_of(&user, &ben, AccessTypes::BOTH, window, Some(&wide(500)));
    let grant = world.save(grant).await;
    let channel = world.channel(&wide(100), &[&user]).await;
    let message = world.message(&user, &channel, &wide(20_000)).await;
    world
        .read(async |unit| {
            let found = unit.directory().user_by_email(user.email()).await?;
            assert_eq!(found, Some(user));
            assert_eq!(unit.grants().grant(grant.id()).await?, Some(grant));
            assert_eq!(unit.messages().message(message.id()).await?, Some(message));
            Ok(())
        })
        .await;
    let organization = world.read(async |unit| unit.directory().organization().await).await.map(
        |organization: Organization| {
            organization.edit(Some(name(&wide(100))), None, &world.stamp())
        },
    );
    world.save(organization.expect("the organization is there")).await;
    verified_events(&world).await;
}

/// An event with a value in every field.
pub(super) fn full_event(
    world: &World,
    actor: &User,
    subject: &User,
    grant: GrantRef,
) -> EventContent {
    EventContent {
        id: world.id(),
        at: world.now() + TimeDelta::microseconds(123_457),
        action: Action::MessageSend,
        outcome: Outcome::Refused,
        actor: Party::User(actor.id()),
        subject: Party::User(subject.id()),
        credential: Some(OwnCredentialId::Token(world.id())),
        login_session: Some(world.id()),
        access: Some(AccessType::Send),
        grant: Some(grant),
        rule: Some("subject_not_in_channel".to_owned()),
        channel: Some(world.id()),
        batch: Some(world.id()),
        reason: Some("„because“ 🦀 '; --".to_owned()),
        request_id: Some("request-2".to_owned()),
        source_address: Some("2001:db8::1".to_owned()),
        before: Some(Snapshot::new().with("flag", true).with("number", i64::MIN).with("text", "")),
        after: Some(
            Snapshot::new()
                .with("flag", false)
                .with("number", i64::MAX)
                .with("text", "ä\u{0301}\t\"\\")
                .with("list", vec!["one".to_owned(), String::new()])
                .with("empty", Vec::<String>::new()),
        ),
    }
}

//! Channels and their members.

use impersonation_domain::{
    audit::Action,
    channel::Channel,
    ids::{ChannelId, UserId},
    ports::{ChannelCursor, ChannelQuery, Constraint, PageLimit},
};

use super::check::{Pages, assert_duplicate, verified_events};
use crate::{
    store::OpenStore,
    world::{World, name},
};

async fn is_member(world: &World, channel: ChannelId, user: UserId) -> bool {
    world.read(async |unit| unit.directory().is_member(channel, user).await).await
}

async fn members(world: &World, channel: &Channel) -> Vec<String> {
    let members = world.read(async |unit| unit.directory_store().members(channel.id()).await).await;
    members.iter().map(|user| user.email().key()).collect()
}

async fn list(world: &World, member: Option<UserId>, limit: u64) -> Vec<String> {
    let mut names = Vec::new();
    let mut after: Option<ChannelCursor> = None;
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let limit = PageLimit::try_from(limit).expect("the limit is allowed");
        let query = ChannelQuery { member, after, limit };
        let page = world.read(async |unit| unit.directory_store().channels(&query).await).await;
        assert!(page.items.len() <= usize::from(limit.get()), "no page is longer than its limit");
        names.extend(page.items.iter().map(|channel| channel.name().to_string()));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

/// The row comes back as it was saved.
pub async fn a_new_channel_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let recorded = Channel::create(world.organization, name("général 🦀"), &world.stamp());
    let made = recorded.value().clone();
    assert_eq!(world.save(recorded).await, made);
    let read = async |id| world.read(async |unit| unit.directory().channel(id).await).await;
    assert_eq!(read(made.id()).await, Some(made));
    assert_eq!(read(world.id()).await, None);
}

/// A name stands for one channel, however its ASCII letters are written.
pub async fn a_channel_name_is_unique_without_regard_to_case(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    world.channel("General", &[]).await;
    let second = Channel::create(world.organization, name("gENERAL"), &world.stamp());
    assert_duplicate(world.try_save(second).await, Constraint::ChannelName);
    world.channel("général", &[]).await;
    world.channel("gÉnéral", &[]).await;
    assert_eq!(list(&world, None, 10).await.len(), 3);
    verified_events(&world).await;
}

/// Names that only look alike stand for different channels: no alphabet, no composition and no case
/// but that of ASCII is made equal, whatever the collation of the database.
pub async fn d13_names_that_only_look_alike_are_of_different_channels(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let alike = [
        "a", "\u{430}", "\u{3b1}", "\u{e5}", "a\u{30a}", "\u{c5}", "\u{ff41}", "straße", "strasse",
        "ﬁle", "file", "i", "\u{131}", "\u{130}", "K", "\u{212a}", "σας", "σασ", "_", "%", "a b",
        "a\u{a0}b",
    ];
    for called in alike {
        let recorded = Channel::create(world.organization, name(called), &world.stamp());
        assert!(world.try_save(recorded).await.is_ok(), "{called} is taken for another");
    }
    assert_eq!(list(&world, None, 50).await.len(), alike.len());
    verified_events(&world).await;
}

/// A membership begins and ends, and can begin again; each time there is an event.
pub async fn a_membership_begins_and_ends(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let deals = world.channel("deals", &[&ben]).await;
    let board = world.channel("board", &[]).await;
    assert!(is_member(&world, deals.id(), ben.id()).await);
    assert!(!is_member(&world, deals.id(), cleo.id()).await);
    assert!(!is_member(&world, board.id(), ben.id()).await);
    assert!(!is_member(&world, world.id(), ben.id()).await);
    world.save(deals.remove_member(ben.id(), &world.stamp())).await;
    assert!(!is_member(&world, deals.id(), ben.id()).await);
    world.save(deals.add_member(ben.id(), &world.stamp())).await;
    assert!(is_member(&world, deals.id(), ben.id()).await);
    let events = verified_events(&world).await;
    let of_ben: Vec<Action> = events
        .iter()
        .filter(|event| event.content.channel == Some(deals.id()))
        .map(|event| event.content.action)
        .collect();
    let (added, removed) = (Action::ChannelAddMember, Action::ChannelRemoveMember);
    assert_eq!(of_ben, [Action::ChannelCreate, added, removed, added]);
}

/// Members are listed by address.
pub async fn members_are_listed_by_address(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let zoe = world.save(world.new_user("Aaron", "Zoe@acme.example")).await;
    let amy = world.save(world.new_user("Zed", "amy@acme.example")).await;
    let ben = world.save(world.new_user("Ben", "Ben@acme.example")).await;
    world.user("Cleo").await;
    let deals = world.channel("deals", &[&zoe, &ben, &amy]).await;
    let empty = world.channel("empty", &[]).await;
    let addresses = ["amy@acme.example", "ben@acme.example", "zoe@acme.example"];
    assert_eq!(members(&world, &deals).await, addresses);
    assert!(members(&world, &empty).await.is_empty());
}

/// A deactivated user stays a member; a removed one is none.
pub async fn a_removed_user_is_never_a_member(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let deals = world.channel("deals", &[&ben, &cleo]).await;
    let ben = world.save(ben.deactivate(&world.stamp())).await;
    assert!(is_member(&world, deals.id(), ben.id()).await);
    assert_eq!(members(&world, &deals).await.len(), 2);
    let ben = world.save(ben.remove(&world.stamp())).await;
    assert!(!is_member(&world, deals.id(), ben.id()).await);
    assert_eq!(members(&world, &deals).await, ["cleo@acme.example"]);
    assert!(list(&world, Some(ben.id()), 10).await.is_empty());
    let shared =
        world.read(async |unit| unit.directory().shared_channels(ben.id(), cleo.id()).await).await;
    assert!(shared.is_empty());
}

/// Channels are listed by name, byte by byte in ASCII lower case, whatever the size of the pages.
pub async fn channels_are_listed_by_name(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    for called in ["deals", "Board", "émile", "a b", "ab", "a-b", "_x", "Zoo", "[y]", "x1", "X 1"]
    {
        world.channel(called, &[]).await;
    }
    let expected = ["[y]", "_x", "a b", "a-b", "ab", "Board", "deals", "X 1", "x1", "Zoo", "émile"];
    for limit in [1, 2, 3, 10, 11, 12, 200] {
        assert_eq!(list(&world, None, limit).await, expected, "in pages of {limit}");
    }
}

/// The list can be narrowed to the channels that a user is in.
pub async fn channels_are_listed_by_member(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.channel("one", &[&ben]).await;
    world.channel("two", &[&ben, &cleo]).await;
    world.channel("three", &[&cleo]).await;
    world.channel("four", &[]).await;
    world.channel("five", &[&cleo, &ben]).await;
    for limit in [1, 2, 50] {
        assert_eq!(list(&world, Some(ben.id()), limit).await, ["five", "one", "two"]);
        assert_eq!(list(&world, Some(cleo.id()), limit).await, ["five", "three", "two"]);
        assert!(list(&world, Some(world.id()), limit).await.is_empty());
    }
}

/// Shared channels are those that both are in, by name.
pub async fn shared_channels_are_those_of_both(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let eli = world.user("Eli").await;
    world.channel("one", &[&ben]).await;
    world.channel("Two", &[&ben, &cleo, &eli]).await;
    world.channel("three", &[&cleo]).await;
    world.channel("five", &[&cleo, &ben]).await;
    world
        .read(async |unit| {
            let store = unit.directory();
            for (one, other) in [(ben.id(), cleo.id()), (cleo.id(), ben.id())] {
                let shared = store.shared_channels(one, other).await?;
                let shared: Vec<&str> = shared.iter().map(|c| c.name().as_str()).collect();
                assert_eq!(shared, ["five", "Two"]);
            }
            assert_eq!(store.shared_channels(ben.id(), eli.id()).await?.len(), 1);
            assert!(store.shared_channels(ben.id(), world.id()).await?.is_empty());
            Ok(())
        })
        .await;
}

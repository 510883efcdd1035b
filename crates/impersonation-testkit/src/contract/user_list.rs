//! The list of users.

use std::collections::BTreeSet;

use impersonation_domain::{
    ids::{RoleId, UserId},
    ports::{PageLimit, UserQuery},
    user::{User, UserStatus},
};

use super::check::Pages;
use crate::{store::OpenStore, world::World};

/// The addresses on all pages of the list.
async fn list(world: &World, query: &UserQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut addresses = Vec::new();
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let page = world.read(async |unit| unit.directory_store().users(&query).await).await;
        assert!(page.items.len() <= usize::from(query.limit.get()), "no page exceeds its limit");
        addresses.extend(page.items.iter().map(|user| user.email().as_str().to_owned()));
        query.after = page.next;
        if query.after.is_none() {
            return addresses;
        }
    }
}

fn limited(limit: u64) -> UserQuery {
    UserQuery {
        limit: PageLimit::try_from(limit).expect("the limit is allowed"),
        ..UserQuery::default()
    }
}

fn searching(text: &str) -> UserQuery {
    UserQuery { search: Some(text.to_owned()), ..limited(2) }
}

/// Users are listed by address in ASCII lower case, whatever the size of the pages.
pub async fn users_are_listed_by_address(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let addresses = [
        "ben@acme.example",
        "Ada@acme.example",
        "a-b@acme.example",
        "ab@acme.example",
        "_x@acme.example",
        "B@acme.example",
    ];
    for address in addresses {
        world.save(world.new_user("Same name", address)).await;
    }
    let expected = [
        "_x@acme.example",
        "a-b@acme.example",
        "ab@acme.example",
        "Ada@acme.example",
        "B@acme.example",
        "ben@acme.example",
    ];
    for limit in [1, 2, 3, 5, 6, 7, 200] {
        assert_eq!(list(&world, &limited(limit)).await, expected, "in pages of {limit}");
    }
}

/// Removed users are in no list.
pub async fn removed_users_are_left_out_of_the_list(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let cleo = world.user("Cleo").await;
    world.save(ben.deactivate(&world.stamp())).await;
    world.save(cleo.remove(&world.stamp())).await;
    assert_eq!(list(&world, &limited(10)).await, ["ben@acme.example"]);
    let removed = UserQuery { status: Some(UserStatus::Removed), ..limited(10) };
    assert!(list(&world, &removed).await.is_empty());
    assert!(list(&world, &searching("cleo")).await.is_empty());
}

/// The search looks into names and addresses, without regard to ASCII case.
pub async fn users_are_searched_by_name_and_address(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    world.save(world.new_user("Ben Ólafur", "first@acme.example")).await;
    world.save(world.new_user("Cleo", "second.ben@acme.example")).await;
    world.save(world.new_user("Eli", "third@acme.example")).await;
    for text in ["ben", "BEN", "eN"] {
        let found = list(&world, &searching(text)).await;
        assert_eq!(found, ["first@acme.example", "second.ben@acme.example"], "{text}");
    }
    assert_eq!(list(&world, &searching("ACME")).await.len(), 3);
    assert_eq!(list(&world, &searching("n Ó")).await, ["first@acme.example"]);
    assert!(list(&world, &searching("ólafur")).await.is_empty(), "only ASCII letters are folded");
    assert!(list(&world, &searching("nobody")).await.is_empty());
}

/// The signs that a database takes for wildcards or quotes stand for themselves.
pub async fn wildcards_in_a_search_for_users_are_literal(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    for (called, address) in [
        ("100% Ada", "ada@acme.example"),
        ("Ben_B", "ben@acme.example"),
        ("Cleo\\C", "cleo@acme.example"),
        ("Dina'D", "dina@acme.example"),
        ("Eli*E", "eli@acme.example"),
        ("Plain", "plain@acme.example"),
    ] {
        world.save(world.new_user(called, address)).await;
    }
    for (text, expected) in [
        ("%", "ada@acme.example"),
        ("_", "ben@acme.example"),
        ("\\", "cleo@acme.example"),
        ("'", "dina@acme.example"),
        ("*", "eli@acme.example"),
    ] {
        assert_eq!(list(&world, &searching(text)).await, [expected], "{text}");
    }
    assert!(list(&world, &searching("a%a")).await.is_empty());
    assert!(list(&world, &searching("b_n")).await.is_empty());
}

/// Status, role and search narrow the list together.
pub async fn users_are_filtered_by_status_and_role(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ada = world.admin("Ada").await;
    world.user("Ben").await;
    let cleo = world.user("Cleo").await;
    let eva = world.admin("Eva").await;
    world.save(cleo.deactivate(&world.stamp())).await;
    world.save(eva.deactivate(&world.stamp())).await;
    let query = |status: Option<UserStatus>, role: Option<RoleId>, search: Option<&str>| {
        UserQuery { status, role, search: search.map(str::to_owned), ..limited(1) }
    };
    let (active, inactive) = (Some(UserStatus::Active), Some(UserStatus::Deactivated));
    let admin = Some(world.admin_role);
    for (query, expected) in [
        (query(active, None, None), &["ada", "ben"][..]),
        (query(inactive, None, None), &["cleo", "eva"]),
        (query(None, admin, None), &["ada", "eva"]),
        (query(active, admin, None), &["ada"]),
        (query(inactive, Some(world.member_role), None), &["cleo"]),
        (query(inactive, admin, Some("E")), &["eva"]),
        (query(active, admin, Some("ben")), &[]),
        (query(None, Some(world.id()), None), &[]),
    ] {
        let expected: Vec<String> =
            expected.iter().map(|called| format!("{called}@acme.example")).collect();
        assert_eq!(list(&world, &query).await, expected, "{query:?}");
    }
    assert_eq!(ada.role_id(), world.admin_role);
}

/// Who stays through the reading of all pages is on exactly one of them, whatever else comes and
/// goes; a cursor whose user has gone still tells where to go on.
pub async fn pages_of_users_stay_in_step_while_users_come_and_go(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let mut all = Vec::new();
    for number in 10..20 {
        all.push(world.user(&format!("u{number}")).await);
    }
    let mut query = limited(3);
    let page = world.read(async |unit| unit.directory_store().users(&query).await).await;
    let mut seen: Vec<User> = page.items;
    query.after = page.next;
    // The last one that was seen, one that was not, and a newcomer on each side.
    world.save(seen[2].clone().remove(&world.stamp())).await;
    world.save(all[5].clone().remove(&world.stamp())).await;
    world.user("u00").await;
    world.user("u165").await;
    let mut pages = Pages::default();
    while query.after.is_some() {
        pages.turn();
        let page = world.read(async |unit| unit.directory_store().users(&query).await).await;
        seen.extend(page.items);
        query.after = page.next;
    }
    let names: Vec<&str> = seen.iter().map(|user| user.name().as_str()).collect();
    assert_eq!(names, ["u10", "u11", "u12", "u13", "u14", "u165", "u16", "u17", "u18", "u19"]);
}

/// Several users are found at once; those that do not exist are left out.
pub async fn several_users_are_found_at_once(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let eli = world.user("Eli").await;
    let eli = world.save(eli.remove(&world.stamp())).await;
    world.user("Dina").await;
    let ids = [eli.id(), world.id(), cleo.id(), ben.id()];
    let found = world.read(async |unit| unit.directory().users_by_id(&ids).await).await;
    assert_eq!(found.len(), 3);
    let found: BTreeSet<UserId> = found.iter().map(User::id).collect();
    assert_eq!(found, BTreeSet::from([ben.id(), cleo.id(), eli.id()]));
    assert!(world.read(async |unit| unit.directory().users_by_id(&[]).await).await.is_empty());
    let many: Vec<UserId> = (0..2_000).map(|_| world.id()).chain([ben.id()]).collect();
    let found = world.read(async |unit| unit.directory().users_by_id(&many).await).await;
    assert_eq!(found, [ben]);
}
